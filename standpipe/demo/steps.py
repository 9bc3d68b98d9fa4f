"""The steps of the demo, as any client of AWS would take them.

Every step is an ordinary AWS call: EventBridge Scheduler runs the schedules, S3 takes the files, Athena answers.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from schemas.alpha_vantage import AlphaVantage
from schemas.load import load_contracts
from schemas.sql import Sql
from standpipe.connection import Connection
from standpipe.demo.rates import fx_document

SAMPLES = Path(__file__).parents[1] / "samples"
QUERIES = Path(__file__).parents[2] / "queries"

SAMPLE_PAIRS = ("USD/SEK", "EUR/SEK")
"""Rates that no API schedule loads; the demo drops them as a nested JSON file."""

ONE_TICKER = "closing_prices"
ALL_SOURCES = "portfolio_in_pounds"

_PATIENCE_SECONDS = 180
"""How long rows may take to land; the demo's take a fraction of that."""
_POLL_SECONDS = 1


class NotLandedError(Exception):
    """Rows are still missing after a long wait."""


def trigger(connection: Connection) -> int:
    """Run every schedule once, now, and drop the sample files; returns how many loads there will be in total."""
    before = loads(connection)
    run_schedules(connection)
    return before + scheduled_sources() + drop_files(connection)


def scheduled_sources() -> int:
    """How many sources one run of every schedule loads: one for each symbol, one for each SQL table."""
    sources = [contract.source for contract in load_contracts().values()]
    symbols = sum(len(source.symbols) for source in sources if isinstance(source, AlphaVantage))
    return symbols + sum(isinstance(source, Sql) for source in sources)


def run_schedules(connection: Connection) -> None:
    """Make every schedule fire once, outside its own timetable."""
    scheduler = connection.client("scheduler")
    group = connection.environment.schedule_group
    for summary in scheduler.list_schedules(GroupName=group)["Schedules"]:
        _run_once(scheduler, group, summary["Name"])


def _run_once(scheduler: Any, group: str, name: str) -> None:
    target = scheduler.get_schedule(GroupName=group, Name=name)["Target"]
    now = datetime.now(UTC)
    scheduler.create_schedule(
        GroupName=group,
        Name=f"{name}-once-{now:%Y%m%d%H%M%S}",
        ScheduleExpression=f"at({now + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target=target,
    )


def drop_files(connection: Connection) -> int:
    """Upload the sample files, one CSV and one nested JSON; returns how many."""
    files = {
        "drop/trades/trades.csv": (SAMPLES / "trades.csv").read_bytes(),
        "drop/fx_daily/swedish krona.json": json.dumps(fx_document(SAMPLE_PAIRS), indent=4).encode(),
    }
    s3 = connection.client("s3")
    for key, body in files.items():
        s3.put_object(Bucket=connection.drop, Key=key, Body=body)
    return len(files)


def loads(connection: Connection) -> int:
    """How many sources have been loaded so far: each is a file, an API call or a query."""
    return _count(connection, "SELECT count(*) FROM loads")


def await_landing(connection: Connection, expected: int, report: Callable[[int], None]) -> None:
    """Wait until there are `expected` loads and all their rows are accounted for.

    `report` gets the number so far. Raises `NotLandedError`.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not _landed(connection, expected, report):
        if time.monotonic() > deadline:
            raise NotLandedError(
                f"after {_PATIENCE_SECONDS} s rows are still missing; `standpipe reconcile` shows from which sources, "
                f"and s3://{connection.lake}/errors/ and the gateway's log show why"
            )
        time.sleep(_POLL_SECONDS)


def _landed(connection: Connection, expected: int, report: Callable[[int], None]) -> bool:
    found = loads(connection)
    report(found)
    return found >= expected and not _count(connection, "SELECT count_if(missing <> 0) FROM reconciliation")


def _count(connection: Connection, sql: str) -> int:
    return int(connection.query(sql).rows[0][0] or 0)


def named_query(name: str) -> str:
    """The text of a query in `queries/`."""
    return (QUERIES / f"{name}.sql").read_text()
