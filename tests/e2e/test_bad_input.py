"""Bad input gets one clear error each, loses nothing, and its good neighbours go through."""

import json
import uuid

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
    by_year: dict[str, dict[str, dict[str, str]]] = {}
    for day, row in rows.items():
        by_year.setdefault(day[:4], {})[day] = row
    firehose = pipeline.client("firehose")
    for year in by_year.values():
        document = {base: {"GBP": year}}
        firehose.put_record(
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
