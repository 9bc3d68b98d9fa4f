"""Dropped files on the whole pipeline: any format, odd keys, the same twice, and corrected."""

import gzip
import io

import openpyxl

from standpipe.connection import Connection
from tests.e2e.conftest import Query, eventually

HEADER = "trade_id,account,ticker,side,quantity,price,currency,traded_at"


def trade(name: str, price: str) -> str:
    return f"{name},GB-1,MSFT,BUY,1,{price},USD,2006-01-04 15:04:21"


def test_a_file_lands_once_and_a_corrected_one_supersedes(pipeline: Connection, query: Query) -> None:
    s3, key = pipeline.client("s3"), "drop/trades/e2e +%3D ü.csv.gz"

    def prices() -> list[list[str | None]]:
        return query("SELECT trade_id, price FROM trades WHERE trade_id LIKE 'E2E%' ORDER BY trade_id").rows

    def drop(key: str, *rows: str) -> None:
        s3.put_object(Bucket=pipeline.drop, Key=key, Body=gzip.compress("\n".join([HEADER, *rows]).encode(), mtime=0))

    drop(key, trade("E2E1", "1.5"), trade("E2E2", "2.5"))
    eventually(lambda: prices() == [["E2E1", "1.5"], ["E2E2", "2.5"]], "two trades land")
    drop("drop/trades/e2e copy.csv.gz", trade("E2E1", "1.5"), trade("E2E2", "2.5"))
    notes = "SELECT note FROM loads WHERE loaded_source LIKE '%e2e copy%' AND rows_in = 0"
    eventually(lambda: bool(query(notes).rows), "the copy is recorded")
    assert "its content has landed as s3://" in (query(notes).rows[0][0] or "")
    drop(key, trade("E2E1", "3.5"))
    eventually(lambda: prices() == [["E2E1", "3.5"], ["E2E2", "2.5"]], "one trade is corrected, the other stays")
    assert query("SELECT count(*) FROM trades_history WHERE trade_id LIKE 'E2E%'").rows == [["3"]]


def test_a_workbook_lands_with_its_bad_row_by_number(pipeline: Connection, query: Query) -> None:
    book, written = openpyxl.Workbook(), io.BytesIO()
    for row in (HEADER, trade("XLS1", "1.5"), trade("XLS2", "2.5") + ",one,more"):
        book["Sheet"].append(row.split(","))
    book.save(written)
    pipeline.client("s3").put_object(Bucket=pipeline.drop, Key="drop/trades/e2e.xlsx", Body=written.getvalue())
    sql = "SELECT line, reason FROM quarantine WHERE source LIKE '%e2e.xlsx%'"
    eventually(lambda: bool(query(sql).rows), "the row is in the quarantine")
    ((line, reason),) = query(sql).rows
    assert (line, (reason or "").partition(";")[0]) == (
        "3",
        "sheet Sheet, row 3: it has more cells than the header, which has 8",
    )
    eventually(lambda: query("SELECT count(*) FROM trades WHERE trade_id = 'XLS1'").rows == [["1"]], "the other lands")
