"""A history loaded again by the deployed function, and its missing days, as a user types it."""

import re
import subprocess
import sys
from pathlib import Path

from standpipe.connection import Connection
from tests.e2e.conftest import Query, eventually

ROOT = Path(__file__).parents[2]


def typed(pipeline: Connection, *arguments: str) -> str:
    command = [sys.executable, "-m", "standpipe", *arguments, "--endpoint", str(pipeline.url)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_backfill_lands_and_its_gaps_are_those_of_the_source(pipeline: Connection, query: Query) -> None:
    assert "662 rows put" in typed(pipeline, "backfill", "crypto_daily", "--yes")
    eventually(lambda: query("SELECT count(*) FROM crypto_daily").rows == [["662"]], "all days have landed")
    (row,) = [line for line in typed(pipeline, "gaps", "crypto_daily").splitlines() if line.startswith("BTC/USD")]
    assert row.split()[:5] == ["BTC/USD", "2020-01-01", "2021-10-27", "662", "4"]


def test_the_gaps_of_weekdays_in_sql(query: Query) -> None:
    (sql,) = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "sources.md").read_text(), re.DOTALL)
    assert query(sql).columns == ["base", "quote", "day"]
