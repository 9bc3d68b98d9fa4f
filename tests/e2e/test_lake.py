"""What is in the lake after the producers ran: the right Parquet, and the same answers from two engines."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.load import load_contracts
from standpipe.connection import Connection
from standpipe.demo import steps
from tests.e2e.conftest import Query

GLUE_TO_ARROW = {
    "string": pa.string(), "boolean": pa.bool_(), "int": pa.int32(), "bigint": pa.int64(),
    "double": pa.float64(), "date": pa.date32(), "timestamp": pa.timestamp("ns"),
}  # fmt: skip


def objects(connection: Connection, prefix: str) -> Iterator[tuple[str, bytes]]:
    s3 = connection.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=connection.lake, Prefix=prefix):
        for found in page.get("Contents", []):
            yield found["Key"], s3.get_object(Bucket=connection.lake, Key=found["Key"])["Body"].read()


def glue_schema(connection: Connection, table: str) -> pa.Schema:
    found = connection.client("glue").get_table(DatabaseName=connection.environment.database, Name=table)
    columns: list[dict[str, Any]] = found["Table"]["StorageDescriptor"]["Columns"]
    return pa.schema([(column["Name"], GLUE_TO_ARROW[column["Type"]]) for column in columns])


def test_every_row_is_accounted_for(loaded: Connection, query: Query) -> None:
    assert query("SELECT count(*) FROM stocks_daily").rows == [["12154"]]
    assert int(query("SELECT count(*) FROM fx_daily").rows[0][0] or 0) > 100_000
    assert query("SELECT count(*) FROM reconciliation WHERE missing <> 0").rows == [["0"]]
    trades = query(
        "SELECT rows_in, landed, quarantined, duplicates FROM reconciliation "
        "WHERE dataset = 'trades' AND source LIKE '%/trades.csv?%'"
    )
    assert trades.rows == [["243", "240", "2", "1"]]


def test_money_is_exact_from_the_file_to_the_answer(loaded: Connection, query: Query) -> None:
    """Asked of the view, of the history, and of the rows as Firehose landed them."""
    sums = "SELECT sum(fees), typeof(sum(fees)) FROM"
    landed = "(SELECT DISTINCT trade_id, CAST(fees AS decimal(18,2)) AS fees FROM trades_landing)"
    for rows in ("trades", "(SELECT DISTINCT trade_id, fees FROM trades_history)", landed):
        assert query(f"{sums} {rows} WHERE trade_id < 'T00241'").rows == [["1001.54", "decimal(38,2)"]]


@pytest.mark.parametrize("dataset", sorted(load_contracts()))
def test_every_landed_object_has_the_schema_of_its_glue_table(loaded: Connection, dataset: str) -> None:
    expected = glue_schema(loaded, f"{dataset}_landing")
    found = list(objects(loaded, f"landing/{dataset}/"))
    assert found
    for key, body in found:
        assert key.endswith(".parquet")
        assert pq.ParquetFile(io.BytesIO(body)).schema_arrow.remove_metadata().equals(expected), key


def test_duckdb_over_the_lake_agrees_with_athena(loaded: Connection, query: Query) -> None:
    files = [pq.read_table(io.BytesIO(body)) for _, body in objects(loaded, "landing/fx_daily/")]
    lake = pa.concat_tables(files)  # noqa: F841  DuckDB finds it by name
    latest = (
        "SELECT * FROM lake QUALIFY row_number() OVER (PARTITION BY base, quote, date ORDER BY ingested_at DESC) = 1"
    )
    # sums of integers: those of doubles depend on the order in which they are added
    question = (
        "SELECT base, quote, count(*), sum(CAST(round(close * 100000) AS bigint)) FROM {} GROUP BY 1, 2 ORDER BY 1, 2"
    )
    direct = duckdb.execute(question.format(f"({latest})")).fetchall()
    through_athena = query(question.format("fx_daily")).rows
    assert [[str(value) for value in row] for row in direct] == through_athena


def test_the_two_questions_of_the_demo(loaded: Connection, query: Query) -> None:
    newest = query(steps.named_query(steps.ONE_TICKER)).rows[0]
    assert newest[:2] == ["2013-03-01", "202.91"]
    portfolio = query(steps.named_query(steps.ALL_SOURCES)).rows
    assert portfolio[0] == ["2013-03-01", "689113.19", "3"]


def test_nothing_went_to_the_error_prefix(loaded: Connection) -> None:
    assert [key for key, _ in objects(loaded, "errors/")] == []


def test_the_same_files_dropped_again_are_loads_without_rows(loaded: Connection, query: Query) -> None:
    def drop() -> None:
        since, before = datetime.now(UTC), steps.loads(loaded)
        steps.Loading(loaded, before + steps.drop_files(loaded), since).wait(lambda count: None)

    drop()  # other tests may have dropped other files since
    before = query("SELECT count(*) FROM trades_history").rows
    drop()
    assert query("SELECT count(*) FROM trades_history").rows == before
