"""Each bad input gets one clear error, nothing is lost, and the good rows around it land."""

import json
import uuid

import pytest

from standpipe.connection import Connection
from tests.e2e.conftest import Query, eventually


def counted(query: Query, sql: str) -> int:
    return int(query(sql).rows[0][0] or 0)


def test_three_bad_rows_among_a_thousand(pipeline: Connection, query: Query) -> None:
    base = f"T{uuid.uuid4().hex[:5].upper()}"
    days = {
        f"{1990 + number // 300}-{number % 300 // 25 + 1:02d}-{number % 25 + 1:02d}": number for number in range(1000)
    }
    rows = {day: {"1. open": "1", "2. high": "1", "3. low": "1", "4. close": "1"} for day in days}
    bad = list(rows)[100], list(rows)[200], list(rows)[250]
    rows[bad[0]]["4. close"] = "n/a"
    rows[bad[1]]["3. low"] = "-1"
    del rows[bad[2]]["1. open"]
    document = {base: {"GBP": rows}}  # four years, so four partitions: the transform splits it
    pipeline.client("firehose").put_record(
        DeliveryStreamName=pipeline.environment.stream("fx_daily"), Record={"Data": json.dumps(document).encode()}
    )
    where = f"WHERE base = '{base}'"
    eventually(lambda: counted(query, f"SELECT count(*) FROM fx_daily {where}") == 997, "997 rows land")
    quarantined = f"FROM quarantine WHERE dataset = 'fx_daily' AND source_row LIKE '%{base}%'"
    eventually(lambda: counted(query, f"SELECT count(*) {quarantined}") == 3, "3 rows are quarantined")
    reasons = {row[0]: row[1] or "" for row in query(f"SELECT rule, reason {quarantined}").rows}
    assert set(reasons) == {"type", "positive", "required"}
    assert "close" in reasons["type"]
    assert "n/a" in reasons["type"]
    assert "low" in reasons["positive"]
    assert "open" in reasons["required"]


@pytest.mark.parametrize(
    ("key", "body", "said"),
    [
        ("drop/trades/report.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", ["a PDF", "CSV or TSV with a header line"]),
        ("drop/trades/empty.csv", b"", ["empty"]),
        ("drop/tradse/typo + space.csv", b"trade_id\nT1\n", ["names no dataset", "drop/<dataset>/<file>", "trades"]),
        ("drop/trades/other.csv", b"name,colour\nrose,red\n", ["trade_id"]),
        ("drop/trades/list.json", b"trade_id,account\nT1,A\n", ["its name says json"]),
    ],
)
def test_a_file_that_cannot_be_read(pipeline: Connection, query: Query, key: str, body: bytes, said: list[str]) -> None:
    pipeline.client("s3").put_object(Bucket=pipeline.drop, Key=key, Body=body)
    sql = f"SELECT rule, reason FROM quarantine WHERE source_row = 's3://{pipeline.drop}/{key}'"
    eventually(lambda: bool(query(sql).rows), f"the quarantine has {key}")
    rule, reason = query(sql).rows[0]
    assert rule == "parse"
    assert [text for text in said if text not in (reason or "")] == []
    kept = pipeline.client("s3").get_object(Bucket=pipeline.drop, Key=key)["Body"].read()
    assert kept == body


def test_an_error_answer_of_the_api_fails_its_symbol_alone(pipeline: Connection, query: Query) -> None:
    before = counted(query, "SELECT count(*) FROM loads WHERE dataset = 'stocks_daily'")
    answer = pipeline.client("lambda").invoke(
        FunctionName=pipeline.environment.producer_function("alpha-vantage"),
        Payload=json.dumps({"dataset": "stocks_daily", "symbols": ["NOSUCH", "IBM"]}),
    )
    error = json.loads(answer["Payload"].read())
    assert "FunctionError" in answer
    assert "NOSUCH" in error["errorMessage"]
    assert "IBM" not in error["errorMessage"]
    sql = "SELECT count(*) FROM loads WHERE dataset = 'stocks_daily'"
    eventually(lambda: counted(query, sql) == before + 1, "IBM is loaded all the same")
