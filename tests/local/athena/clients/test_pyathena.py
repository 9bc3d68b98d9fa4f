"""The examples of PyAthena's documentation, against the local endpoint that the environment names.

https://pyathena.dev; the bucket, the region and the tables' contents are ours, the rest is as documented.
"""

import asyncio
import re
from collections import OrderedDict
from concurrent.futures.process import ProcessPoolExecutor
from datetime import date, datetime
from decimal import Decimal

import boto3
import pandas as pd
import pyarrow as pa
import pytest
from pyathena import ExecuteOptions, aio_connect, connect
from pyathena.aio.cursor import AioCursor
from pyathena.arrow.async_cursor import AsyncArrowCursor
from pyathena.arrow.cursor import ArrowCursor
from pyathena.async_cursor import AsyncCursor, AsyncDictCursor
from pyathena.connection import Connection
from pyathena.cursor import DictCursor
from pyathena.error import OperationalError
from pyathena.pandas.async_cursor import AsyncPandasCursor
from pyathena.pandas.cursor import PandasCursor
from pyathena.pandas.util import as_pandas, to_sql
from pyathena.s3fs.cursor import S3FSCursor

from tests.local.athena.clients.conftest import BUCKET, MANY, POLL_SECONDS, REGION, STAGING

pytestmark = pytest.mark.usefixtures("endpoint")


def test_usage_basic() -> None:
    cursor = connect(s3_staging_dir=STAGING, region_name=REGION).cursor()
    cursor.execute("SELECT * FROM one_row")
    assert cursor.description == [("number_of_rows", "integer", None, None, 10, 0, "UNKNOWN")]
    assert cursor.fetchall() == [(1,)]
    assert cursor.output_location == f"{STAGING}{cursor.query_id}.csv"


def test_usage_managed_query_result_storage() -> None:
    managed = {"ManagedQueryResultsConfiguration": {"Enabled": True}}
    boto3.client("athena").create_work_group(Name="managed", Configuration=managed)
    cursor = connect(work_group="managed", region_name=REGION).cursor()
    cursor.execute("SELECT * FROM one_row")
    assert cursor.fetchall() == [(1,)]
    table = connect(work_group="managed", region_name=REGION, cursor_class=ArrowCursor).cursor()
    assert table.execute("SELECT * FROM many_rows").as_arrow().num_rows == MANY  # read by the API, not from S3


def test_usage_cursor_iteration() -> None:
    cursor = connect(s3_staging_dir=STAGING, region_name=REGION).cursor()
    cursor.execute("SELECT * FROM many_rows LIMIT 10")
    assert len(list(cursor)) == 10


def test_usage_query_with_parameters() -> None:
    cursor = connect(s3_staging_dir=STAGING, region_name=REGION).cursor()
    cursor.execute(
        """
               SELECT col_string FROM one_row_complex
               WHERE col_string = %(param)s
               """,
        {"param": "a string"},
    )
    assert cursor.fetchall() == [("a string",)]
    cursor.execute(
        "SELECT col_string FROM one_row_complex WHERE col_string = %(param)s OR col_string LIKE 'a%%'", {"param": "x"}
    )
    assert cursor.fetchall() == [("a string",)]


def test_usage_parameterized_queries() -> None:
    cursor = connect(s3_staging_dir=STAGING, region_name=REGION).cursor()
    cursor.execute(
        """
               SELECT col_string FROM one_row_complex
               WHERE col_string = ?
               """,
        ["'a string'"],
        paramstyle="qmark",
    )
    assert cursor.fetchall() == [("a string",)]


def test_usage_execution_options_and_result_reuse() -> None:
    results = {"ResultConfiguration": {"OutputLocation": STAGING}}
    for name in ("YOUR_WORK_GROUP", "ANOTHER_WORK_GROUP"):
        boto3.client("athena").create_work_group(Name=name, Configuration=results)
    cursor = connect(s3_staging_dir=STAGING, region_name=REGION).cursor()
    options = ExecuteOptions(work_group="YOUR_WORK_GROUP", result_reuse_enable=True, result_reuse_minutes=60)
    cursor.execute("SELECT * FROM one_row", options=options)
    assert cursor.reused_previous_result is False
    cursor.execute("SELECT * FROM one_row", options=options)
    assert cursor.reused_previous_result is True
    assert (cursor.result_reuse_enabled, cursor.result_reuse_minutes) == (True, 60)
    assert cursor.fetchall() == [(1,)]
    cursor.execute("SELECT * FROM one_row", options=options, work_group="ANOTHER_WORK_GROUP")
    assert (cursor.work_group, cursor.reused_previous_result) == ("ANOTHER_WORK_GROUP", False)


def test_usage_cache_configuration() -> None:
    cursor = connect(s3_staging_dir=STAGING, region_name=REGION).cursor()
    cursor.execute("SELECT * FROM one_row")
    first = cursor.query_id
    cursor.execute("SELECT * FROM one_row", cache_size=10)
    assert cursor.query_id == first
    cursor.execute("SELECT * FROM one_row", cache_size=100, cache_expiration_time=3600)
    assert cursor.query_id == first


def test_usage_callbacks() -> None:
    started: list[str] = []
    states: list[str] = []
    cursor = connect(
        s3_staging_dir=STAGING,
        region_name=REGION,
        on_start_query_execution=started.append,
        on_poll=lambda execution: states.append(execution.state),
    ).cursor()
    cursor.execute("SELECT 1", on_start_query_execution=started.append)
    assert started == [cursor.query_id] * 2
    assert states[-1] == "SUCCEEDED"


@pytest.mark.parametrize("connection", [connect, Connection])
def test_cursor_dict_cursor(connection: type[Connection]) -> None:
    cursor = connection(s3_staging_dir=STAGING, region_name=REGION).cursor(DictCursor)
    cursor.execute("SELECT * FROM many_rows LIMIT 10")
    assert sorted(row["a"] for row in cursor) == list(range(10))
    ordered = connect(s3_staging_dir=STAGING, region_name=REGION).cursor(cursor=DictCursor, dict_type=OrderedDict)
    assert isinstance(ordered.execute("SELECT * FROM one_row").fetchone(), OrderedDict)


def test_cursor_async_cursor() -> None:
    cursor = connect(s3_staging_dir=STAGING, region_name=REGION, cursor_class=AsyncCursor).cursor(max_workers=10)
    _query_id, future = cursor.execute("SELECT * FROM many_rows")
    result_set = future.result()
    assert (result_set.state, result_set.state_change_reason) == ("SUCCEEDED", None)
    assert isinstance(result_set.completion_date_time, datetime)
    assert isinstance(result_set.submission_date_time, datetime)
    assert result_set.data_scanned_in_bytes > 0
    for milliseconds in (
        result_set.engine_execution_time_in_millis,
        result_set.query_queue_time_in_millis,
        result_set.total_execution_time_in_millis,
        result_set.query_planning_time_in_millis,
        result_set.service_processing_time_in_millis,
    ):
        assert milliseconds >= 0
    assert result_set.output_location.endswith(".csv")
    assert len(list(result_set)) == MANY


def test_cursor_async_cursor_cancel() -> None:
    cursor = connect(s3_staging_dir=STAGING, region_name=REGION, cursor_class=AsyncCursor).cursor()
    query_id, future = cursor.execute("SELECT sum(sin(a.a * b.a + c.a)) FROM many_rows a, many_rows b, many_rows c")
    cursor.cancel(query_id)
    assert future.result().state == "CANCELLED"


def test_cursor_async_dict_cursor() -> None:
    cursor = Connection(s3_staging_dir=STAGING, region_name=REGION).cursor(AsyncDictCursor)
    _query_id, future = cursor.execute("SELECT * FROM many_rows LIMIT 10")
    assert len([row["a"] for row in future.result()]) == 10


def test_pandas_dataframe() -> None:
    conn = connect(s3_staging_dir=STAGING, region_name=REGION)
    assert len(pd.read_sql_query("SELECT * FROM many_rows", conn)) == MANY
    cursor = conn.cursor()
    cursor.execute("SELECT * FROM many_rows")
    assert as_pandas(cursor)["a"].sum() == sum(range(MANY))


def test_pandas_to_sql() -> None:
    conn = connect(s3_staging_dir=STAGING, region_name=REGION)
    df = pd.DataFrame({"a": [1, 2, 3, 4, 5]})
    for _ in range(2):
        to_sql(df, "YOUR_TABLE", conn, f"s3://{BUCKET}/to_sql/", schema="YOUR_SCHEMA", index=False, if_exists="replace")
    assert conn.cursor().execute("SELECT sum(a), count(*) FROM YOUR_SCHEMA.YOUR_TABLE").fetchall() == [(15, 5)]


def test_pandas_to_sql_with_partitions() -> None:
    conn = connect(s3_staging_dir=STAGING, region_name=REGION)
    days = [date(2020, 1, 1), date(2020, 1, 1), date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 3)]
    df = pd.DataFrame({"a": [1, 2, 3, 4, 5], "dt": days})
    to_sql(df, "partitioned", conn, f"s3://{BUCKET}/partitioned/", schema="default", partitions=["dt"])
    cursor = conn.cursor()
    cursor.execute("SHOW PARTITIONS partitioned")
    assert sorted(cursor.fetchall()) == [("dt=2020-01-01",), ("dt=2020-01-02",), ("dt=2020-01-03",)]
    assert cursor.execute("SELECT sum(a) FROM partitioned WHERE dt = DATE '2020-01-01'").fetchall() == [(6,)]


def test_pandas_to_sql_in_processes() -> None:
    conn = connect(s3_staging_dir=STAGING, region_name=REGION)
    df = pd.DataFrame({"a": [1, 2, 3, 4, 5]})
    to_sql(
        df,
        "in_processes",
        conn,
        f"s3://{BUCKET}/in_processes/",
        schema="YOUR_SCHEMA",
        index=False,
        if_exists="replace",
        chunksize=3,
        executor_class=ProcessPoolExecutor,
        max_workers=2,
    )
    assert conn.cursor().execute("SELECT count(*) FROM YOUR_SCHEMA.in_processes").fetchall() == [(5,)]


def test_pandas_cursor() -> None:
    cursor = connect(s3_staging_dir=STAGING, region_name=REGION, cursor_class=PandasCursor).cursor()
    df = cursor.execute("SELECT * FROM many_rows").as_pandas()
    assert df.describe().loc["count", "a"] == MANY
    cursor.execute("SELECT * FROM many_rows")
    assert cursor.fetchone() == (0,)
    assert len(cursor.fetchmany()) == cursor.arraysize
    cursor.execute("SELECT col_timestamp FROM one_row_complex")
    assert isinstance(cursor.fetchone()[0], datetime)
    assert cursor.execute("SELECT * FROM many_rows", keep_default_na=False, na_values=[""]).as_pandas().shape == (
        MANY,
        1,
    )


def test_pandas_cursor_chunksize() -> None:
    cursor = connect(s3_staging_dir=STAGING, region_name=REGION, cursor_class=PandasCursor).cursor()
    df_iter = cursor.execute("SELECT * FROM many_rows", chunksize=400).as_pandas()
    assert [len(df) for df in df_iter] == [400, 400, 400, 300]
    cursor.execute("SELECT * FROM many_rows", chunksize=1_000)
    assert [len(chunk) for chunk in cursor.iter_chunks()] == [1_000, 500]
    df_iter = cursor.execute("SELECT * FROM many_rows LIMIT 15", chunksize=1_000_000).as_pandas()
    assert (len(df_iter.get_chunk(10)), len(df_iter.get_chunk(10))) == (10, 5)
    with pytest.raises(StopIteration):
        df_iter.get_chunk(10)


def test_pandas_cursor_unload() -> None:
    cursor = connect(s3_staging_dir=STAGING, region_name=REGION, cursor_class=PandasCursor).cursor(unload=True)
    assert len(cursor.execute("SELECT * FROM many_rows").as_pandas()) == MANY
    assert re.search(r"-manifest\.csv$", cursor.data_manifest_location)
    with pytest.raises(OperationalError, match="Unsupported Hive type: time"):
        cursor.execute("SELECT TIME '10:00:00' AS t")
    with pytest.raises(OperationalError, match="Column name not specified at position 1"):
        cursor.execute("SELECT 1")


def test_pandas_async_cursor() -> None:
    for unload in (False, True):
        conn = connect(s3_staging_dir=STAGING, region_name=REGION, cursor_class=AsyncPandasCursor)
        _query_id, future = conn.cursor(unload=unload).execute("SELECT * FROM many_rows")
        assert len(future.result().as_pandas()) == MANY


@pytest.mark.usefixtures("arrow_endpoint")
def test_arrow_cursor() -> None:
    cursor = connect(s3_staging_dir=STAGING, region_name=REGION, cursor_class=ArrowCursor).cursor()
    table = cursor.execute("SELECT * FROM many_rows").as_arrow()
    assert (table.column_names, table.shape) == (["a"], (MANY, 1))
    assert table.schema.field("a").type == pa.int32()
    cursor.execute("SELECT * FROM many_rows")
    assert cursor.fetchone() == (0,)
    assert cursor.state == "SUCCEEDED"


@pytest.mark.usefixtures("arrow_endpoint")
def test_arrow_cursor_unload() -> None:
    cursor = connect(s3_staging_dir=STAGING, region_name=REGION, cursor_class=ArrowCursor).cursor(unload=True)
    (row,) = cursor.execute("SELECT * FROM one_row_complex").as_arrow().to_pylist()
    assert row["col_array"] == [1, 2]
    assert row["col_struct"] == {"a": 1, "b": 2}
    assert row["col_decimal"] == Decimal("0.1")
    assert row["col_timestamp"] == datetime.fromisoformat("2017-01-01T00:00:00")


@pytest.mark.usefixtures("arrow_endpoint")
def test_arrow_async_cursor() -> None:
    conn = connect(s3_staging_dir=STAGING, region_name=REGION, cursor_class=AsyncArrowCursor)
    _query_id, future = conn.cursor().execute("SELECT * FROM many_rows")
    assert future.result().as_arrow().num_rows == MANY


def test_s3fs_cursor() -> None:
    cursor = connect(s3_staging_dir=STAGING, region_name=REGION, cursor_class=S3FSCursor).cursor()
    cursor.execute("SELECT * FROM many_rows")
    assert len(cursor.fetchmany(10)) == 10


def test_aio_cursor() -> None:
    async def example() -> list[tuple[int, ...]]:
        async with await aio_connect(s3_staging_dir=STAGING, region_name=REGION, poll_interval=POLL_SECONDS) as conn:
            cursor = conn.cursor(AioCursor)
            await cursor.execute("SELECT * FROM one_row")
            return await cursor.fetchall()

    assert asyncio.run(example()) == [(1,)]


def test_a_ctas_and_an_insert_count_their_rows() -> None:
    cursor = connect(s3_staging_dir=STAGING, region_name=REGION).cursor()
    cursor.execute(f"CREATE TABLE counted WITH (external_location='s3://{BUCKET}/counted/') AS SELECT a FROM many_rows")
    assert cursor.description == [("rows", "bigint", None, None, 19, 0, "UNKNOWN")]
    assert (cursor.rowcount, cursor.fetchone()) == (MANY, None)
    cursor.execute("INSERT INTO counted VALUES (1), (2)")
    assert cursor.rowcount == 2


def test_every_type_is_converted() -> None:
    cursor = connect(s3_staging_dir=STAGING, region_name=REGION).cursor()
    cursor.execute("SELECT * FROM one_row_complex")
    (row,) = cursor.fetchall()
    assert row == (
        True,
        127,
        32767,
        2147483647,
        9223372036854775807,
        0.5,
        0.25,
        "a string",
        "varchar",
        datetime.fromisoformat("2017-01-01T00:00:00"),
        date(2017, 1, 2),
        b"123",
        [1, 2],
        {"1": "2", "3": "4"},
        {"a": "1", "b": "2"},
        Decimal("0.1"),
    )


def test_a_failed_query_says_why() -> None:
    cursor = connect(s3_staging_dir=STAGING, region_name=REGION).cursor()
    with pytest.raises(
        OperationalError, match=r"TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog\.default\.nope' does not"
    ):
        cursor.execute("SELECT * FROM nope")
