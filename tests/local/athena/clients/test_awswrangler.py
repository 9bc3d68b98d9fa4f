"""The examples of awswrangler's tutorials, against the local endpoint that the environment names.

https://aws-sdk-pandas.readthedocs.io/en/stable/tutorials.html; the bucket and the data are ours (tutorials 6 and 19
read gigabytes of public data first), the rest is as documented.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import awswrangler as wr
import botocore.config
import pandas as pd
import pytest

from tests.local.athena.clients.conftest import BUCKET, POLL_SECONDS

pytestmark = [
    pytest.mark.usefixtures("endpoint"),
    pytest.mark.filterwarnings("ignore:No `s3_output` was provided"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

wr.config.athena_query_wait_polling_delay = POLL_SECONDS  # its environment variable is read by the import

COLUMNS = ["id", "dt", "element", "value", "m_flag", "q_flag", "s_flag", "obs_time"]
DF = pd.DataFrame({"id": [1, 2], "value": ["foo", "boo"], "date": [date(2020, 1, 1), date(2020, 1, 2)]})


@pytest.fixture(scope="module")
def noaa(endpoint: str) -> Iterator[pd.DataFrame]:
    """The table `noaa` of tutorials 6 and 19, with fifteen rows."""
    rows = pd.DataFrame(
        {
            "id": ["AGE00135039", "ASN00019036", "ASN00021118"] * 5,
            "dt": pd.to_datetime(["1890-01-01"] * 15),
            "element": ["TMAX", "TMIN", "PRCP"] * 5,
            "value": range(15),
            "m_flag": pd.Series([None] * 15, dtype="string"),
            "q_flag": pd.Series([None] * 15, dtype="string"),
            "s_flag": ["E", "a", "E"] * 5,
            "obs_time": pd.Series([None] * 15, dtype="float64"),
        }
    )
    path = f"s3://{BUCKET}/data/"
    if "awswrangler_test" not in wr.catalog.databases().values:
        wr.catalog.create_database("awswrangler_test")
    wr.s3.to_parquet(df=rows, path=path, dataset=True, mode="overwrite", database="awswrangler_test", table="noaa")
    yield rows
    wr.s3.delete_objects(path)
    wr.catalog.delete_table_if_exists(database="awswrangler_test", table="noaa")


def test_004_parquet_datasets() -> None:
    path = f"s3://{BUCKET}/dataset/"
    wr.s3.to_parquet(df=DF, path=path, dataset=True, mode="overwrite")
    df = pd.DataFrame({"id": [3], "value": ["bar"], "date": [date(2020, 1, 3)]})
    wr.s3.to_parquet(df=df, path=path, dataset=True, mode="append")
    assert len(wr.s3.read_parquet(path, dataset=True)) == 3
    wr.s3.to_parquet(df=DF, path=path, dataset=True, mode="overwrite", partition_cols=["date"])
    df = pd.DataFrame({"id": [2, 3], "value": ["xoo", "bar"], "date": [date(2020, 1, 2), date(2020, 1, 3)]})
    wr.s3.to_parquet(df=df, path=path, dataset=True, mode="overwrite_partitions", partition_cols=["date"])
    assert sorted(wr.s3.read_parquet(path, dataset=True)["value"]) == ["bar", "foo", "xoo"]
    wr.s3.to_parquet(df=DF, path=path, dataset=True, mode="overwrite", database="aws_sdk_pandas", table="my_table")
    found = wr.athena.read_sql_query("SELECT * FROM my_table", database="aws_sdk_pandas")
    assert found.sort_values("id")["value"].tolist() == ["foo", "boo"]


def test_modes_of_a_partitioned_table_in_the_catalogue() -> None:
    where: dict[str, Any] = {
        "path": f"s3://{BUCKET}/modes/",
        "dataset": True,
        "database": "aws_sdk_pandas",
        "table": "modes",
        "partition_cols": ["date"],
    }
    counts = []
    for mode in ("overwrite", "append", "overwrite_partitions"):
        wr.s3.to_parquet(df=DF, mode=mode, **where)
        counts.append(len(wr.athena.read_sql_query("SELECT * FROM modes", database="aws_sdk_pandas")))
    assert counts == [2, 4, 2]
    assert wr.athena.read_sql_table(table="modes", database="aws_sdk_pandas").shape == (2, 3)


def test_005_glue_catalog() -> None:
    df = pd.DataFrame({"id": [1, 2, 3], "name": ["shoes", "tshirt", "ball"], "price": [50.3, 10.5, 20.0]})
    if "shop" not in wr.catalog.databases().values:
        wr.catalog.create_database("shop")
    wr.s3.to_parquet(
        df=df,
        path=f"s3://{BUCKET}/products/",
        dataset=True,
        database="shop",
        table="products",
        mode="overwrite",
        glue_table_settings=wr.typing.GlueTableSettings(
            description="This is my product table.",
            parameters={"source": "Product Web Service", "class": "e-commerce"},
            columns_comments={"id": "Unique product ID."},
        ),
    )
    for wanted in ({"name_contains": "roduc"}, {"name_prefix": "pro"}, {"name_suffix": "ts"}):
        assert "products" in wr.catalog.tables(database="shop", **wanted)["Table"].tolist()
    assert wr.catalog.tables(search_text="This is my")["Table"].tolist() == ["products"]
    table = wr.catalog.table(database="shop", table="products")
    assert table.iloc[0].tolist() == ["id", "bigint", False, "Unique product ID."]
    described = wr.athena.describe_table(database="shop", table="products")
    assert described.values.tolist() == table.values.tolist()
    for each in wr.catalog.get_tables(database="shop"):
        wr.catalog.delete_table_if_exists(database="shop", table=each["Name"])
    wr.catalog.delete_database("shop")
    assert "shop" not in wr.catalog.databases().values


def test_006_athena_three_ways_to_read(noaa: pd.DataFrame) -> None:
    read = wr.athena.read_sql_query
    plain = read("SELECT * FROM noaa", database="awswrangler_test", ctas_approach=False)
    by_table = read("SELECT * FROM noaa", database="awswrangler_test")
    unloaded = read(
        "SELECT * FROM noaa",
        database="awswrangler_test",
        ctas_approach=False,
        unload_approach=True,
        s3_output=f"s3://{BUCKET}/unload/",
    )
    for found in (plain, by_table, unloaded):
        assert found.columns.tolist() == COLUMNS
        assert found["value"].tolist() == noaa["value"].tolist()
        assert found["dt"].tolist() == noaa["dt"].tolist()
    assert not [name for name in wr.catalog.tables(database="awswrangler_test")["Table"] if name.startswith("temp")]


def test_006_athena_categories_and_chunks(noaa: pd.DataFrame) -> None:
    text = ["id", "element", "m_flag", "q_flag", "s_flag"]  # awswrangler 3.17.1 cannot make categories of numbers
    found = wr.athena.read_sql_query("SELECT * FROM noaa", database="awswrangler_test", categories=text)
    assert found["element"].tolist() == noaa["element"].tolist()
    for chunksize in (True, 10):
        dfs = wr.athena.read_sql_query("SELECT * FROM noaa", database="awswrangler_test", chunksize=chunksize)
        assert sum(len(df.index) for df in dfs) == len(noaa)


def test_006_athena_parameters(noaa: pd.DataFrame) -> None:
    expected = (noaa["s_flag"] == "E").sum()
    named = wr.athena.read_sql_query(
        "SELECT * FROM noaa WHERE S_FLAG = :flag_value", database="awswrangler_test", params={"flag_value": "E"}
    )
    marked = wr.athena.read_sql_query(
        "SELECT * FROM noaa WHERE S_FLAG = ?", database="awswrangler_test", params=["E"], paramstyle="qmark"
    )
    assert (len(named), len(marked)) == (expected, expected)


def test_006_athena_prepared_statements(noaa: pd.DataFrame) -> None:
    """The tutorial leaves out ctas_approach; awswrangler then asks for CREATE TABLE AS EXECUTE, which is not SQL."""
    wr.athena.create_prepared_statement(sql="SELECT * FROM noaa WHERE S_FLAG = ?", statement_name="statement")
    assert [each["StatementName"] for each in wr.athena.list_prepared_statements()] == ["statement"]
    marked: dict[str, Any] = {"params": ["E"], "paramstyle": "qmark"}
    named: dict[str, Any] = {"params": {"flag_value": "E"}, "paramstyle": "named"}
    for sql, how in (
        ("EXECUTE statement", marked),
        ("EXECUTE statement USING ?", marked),
        ("EXECUTE statement USING :flag_value", named),
    ):
        found = wr.athena.read_sql_query(sql=sql, database="awswrangler_test", ctas_approach=False, **how)
        assert len(found) == (noaa["s_flag"] == "E").sum()
    wr.athena.delete_prepared_statement(statement_name="statement")
    assert wr.athena.list_prepared_statements() == []


def test_011_csv_datasets() -> None:
    where: dict[str, Any] = {
        "path": f"s3://{BUCKET}/csv_dataset/",
        "index": False,
        "dataset": True,
        "database": "awswrangler_test",
        "table": "csv_dataset",
    }
    more = pd.DataFrame({"id": [3], "value": ["bar"], "date": [date(2020, 1, 3)]})
    changed = pd.DataFrame({"id": [2, 3], "value": ["xoo", "bar"], "date": [date(2020, 1, 2), date(2020, 1, 3)]})
    steps: list[tuple[pd.DataFrame, dict[str, Any], list[str]]] = [
        (DF, {"mode": "overwrite"}, ["boo", "foo"]),
        (more, {"mode": "append"}, ["bar", "boo", "foo"]),
        (DF, {"mode": "overwrite", "partition_cols": ["date"]}, ["boo", "foo"]),
        (changed, {"mode": "overwrite_partitions", "partition_cols": ["date"]}, ["bar", "foo", "xoo"]),
        (DF, {"mode": "overwrite", "compression": "gzip"}, ["boo", "foo"]),
    ]
    for df, how, values in steps:
        wr.s3.to_csv(df=df, **how, **where)
        found = wr.athena.read_sql_table(database="awswrangler_test", table="csv_dataset")
        assert sorted(found["value"]) == values
        assert set(found["date"]) <= {date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 3)}


def test_014_schema_evolution() -> None:
    where: dict[str, Any] = {"dataset": True, "database": "aws_sdk_pandas", "table": "evolving"}
    path = f"s3://{BUCKET}/evolving/"
    wr.s3.to_parquet(df=DF[["id", "value"]], path=path, mode="overwrite", **where)
    df = pd.DataFrame({"id": [3, 4], "value": ["bar", None], "flag": [True, False]})
    wr.s3.to_parquet(df=df, path=path, mode="append", catalog_versioning=True, **where)
    found = wr.athena.read_sql_query("SELECT * FROM evolving ORDER BY id", database="aws_sdk_pandas")
    assert found["flag"].isna().tolist() == [True, True, False, False]


def test_017_partition_projection() -> None:
    def dt(text: str) -> date:
        return date.fromisoformat(text)

    def ts(text: str) -> datetime:
        return datetime.fromisoformat(text)

    moments = [ts("2020-01-01 00:00:00"), ts("2020-01-01 00:00:01"), ts("2020-01-01 00:00:02")]
    tables: dict[str, tuple[dict[str, list[Any]], dict[str, Any]]] = {
        "table_integer": (
            {"year": [2019, 2020, 2021], "month": [10, 11, 12], "day": [25, 26, 27]},
            {
                "projection_types": {"year": "integer", "month": "integer", "day": "integer"},
                "projection_ranges": {"year": "2000,2025", "month": "1,12", "day": "1,31"},
            },
        ),
        "table_enum": (
            {"city": ["São Paulo", "Tokio", "Seattle"]},
            {"projection_types": {"city": "enum"}, "projection_values": {"city": "São Paulo,Tokio,Seattle"}},
        ),
        "table_date": (
            {"dt": [dt("2020-01-01"), dt("2020-01-02"), dt("2020-01-03")], "ts": moments},
            {
                "projection_types": {"dt": "date", "ts": "date"},
                "projection_ranges": {
                    "dt": "2020-01-01,2020-01-03",
                    "ts": "2020-01-01 00:00:00,2020-01-01 00:00:02",
                },
            },
        ),
        "table_injected": (
            {"uuid": ["761e2488", "b89ed095", "87adc586"]},
            {"projection_types": {"uuid": "injected"}},
        ),
    }
    for table, (keys, settings) in tables.items():
        wr.s3.to_parquet(
            df=pd.DataFrame({"value": [1, 2, 3], **keys}),
            path=f"s3://{BUCKET}/{table}/",
            dataset=True,
            partition_cols=list(keys),
            database="default",
            table=table,
            athena_partition_projection_settings=settings,
        )
        only = " WHERE uuid = 'b89ed095'" if table == "table_injected" else ""
        found = wr.athena.read_sql_query(f"SELECT * FROM {table}{only}", database="default")
        assert sorted(found["value"]) == ([2] if only else [1, 2, 3])


def test_019_athena_cache(noaa: pd.DataFrame) -> None:
    query = """
SELECT
    n1.element,
    count(1) as cnt
FROM
    noaa n1
JOIN
    noaa n2
ON
    n1.id = n2.id
GROUP BY
    n1.element
"""
    first = wr.athena.read_sql_query(query, database="awswrangler_test")
    for settings in ({"max_cache_seconds": 900}, {"max_cache_seconds": 900, "max_cache_query_inspections": 500}):
        again = wr.athena.read_sql_query(query, database="awswrangler_test", athena_cache_settings=settings)
        assert again.query_metadata["QueryExecutionId"] == first.query_metadata["QueryExecutionId"]
        assert set(again["cnt"]) == {25}


def test_021_global_configurations() -> None:
    wr.config.database = "default"
    wr.config.ctas_approach = False
    wr.config.max_cache_seconds = 900
    wr.config.botocore_config = botocore.config.Config(retries={"max_attempts": 10}, connect_timeout=20)
    assert wr.athena.read_sql_query("SELECT 1 AS FOO")["FOO"].tolist() == [1]
    for name in ("database", "ctas_approach", "max_cache_seconds", "botocore_config"):
        wr.config.reset(name)


def test_024_athena_query_metadata() -> None:
    df = wr.athena.read_sql_query("SELECT 1 AS foo", database="default")
    statistics = df.query_metadata["Statistics"]
    for name in ("Total", "QueryQueue", "QueryPlanning", "ServiceProcessing"):
        assert statistics[f"{name}{'Execution' if name == 'Total' else ''}TimeInMillis"] >= 0
    assert statistics["DataScannedInBytes"] == 0


def test_tables_made_and_rows_unloaded_by_functions(noaa: pd.DataFrame) -> None:
    made = wr.athena.create_ctas_table(
        sql="SELECT id, value, s_flag FROM noaa",
        database="awswrangler_test",
        ctas_table="copied",
        ctas_database="default",
        storage_format="parquet",
        write_compression="snappy",
        partitioning_info=["s_flag"],
        wait=True,
    )
    assert (made["ctas_database"], made["ctas_table"]) == ("default", "copied")
    assert sorted(wr.catalog.get_partitions(database="default", table="copied").values()) == [["E"], ["a"]]
    wr.athena.create_ctas_table(
        sql="select id, value from noaa", database="awswrangler_test", ctas_table="shape", schema_only=True, wait=True
    )
    assert wr.catalog.get_table_types("awswrangler_test", "shape") == {"id": "string", "value": "bigint"}
    unloaded = wr.athena.unload(
        sql="SELECT * FROM noaa", path=f"s3://{BUCKET}/unloaded/", file_format="PARQUET", database="awswrangler_test"
    )
    assert unloaded.manifest_location is not None
    files = [path for path in wr.s3.list_objects(f"s3://{BUCKET}/unloaded/") if "manifest" not in path]
    assert wr.s3.read_parquet([path for path in files if not path.endswith("metadata")]).shape == (15, 8)


def test_queries_by_their_ids() -> None:
    execution_id = wr.athena.start_query_execution(sql="SELECT 1 AS foo", database="default")
    assert wr.athena.wait_query(query_execution_id=execution_id)["Status"]["State"] == "SUCCEEDED"
    assert wr.athena.get_query_results(query_execution_id=execution_id)["foo"].tolist() == [1]
    assert wr.athena.get_query_columns_types(execution_id) == {"foo": "integer"}
    assert execution_id in wr.athena.list_query_executions()
    assert wr.athena.get_query_executions([execution_id])["QueryExecutionId"].tolist() == [execution_id]
    assert wr.athena.create_athena_bucket().startswith("s3://aws-athena-query-results-")


def test_partitions_are_repaired_and_the_table_is_shown() -> None:
    path = f"s3://{BUCKET}/repaired/"
    where: dict[str, Any] = {"database": "default", "table": "repaired"}
    wr.s3.to_parquet(df=DF, path=path, dataset=True, partition_cols=["date"])
    columns = {"id": "bigint", "value": "string"}
    wr.catalog.create_parquet_table(
        path=path, columns_types=columns, partitions_types={"date": "date"}, compression="snappy", **where
    )
    assert wr.athena.repair_table(**where) == "SUCCEEDED"
    assert len(wr.catalog.get_partitions(**where)) == 2
    assert wr.athena.show_create_table(**where).startswith("CREATE EXTERNAL TABLE `default.repaired`( `id` bigint,")


def test_iceberg_is_refused() -> None:
    with pytest.raises(wr.exceptions.QueryFailed, match="Iceberg tables are not supported here"):
        wr.athena.to_iceberg(
            df=DF,
            database="default",
            table="ice",
            table_location=f"s3://{BUCKET}/ice/",
            temp_path=f"s3://{BUCKET}/ice_tmp/",
        )
