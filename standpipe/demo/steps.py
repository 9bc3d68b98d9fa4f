"""The steps of the demo, as any client of AWS would take them.

Every step is an ordinary AWS call: EventBridge Scheduler runs the schedules, S3 takes the files, Athena answers.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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

DATASETS = ("accounts", "crypto_daily", "fx_daily", "instruments", "stocks_daily")
"""The scheduled datasets that the demo's sources serve. Others, such as one of the user's database, are not loaded."""

SAMPLE_PAIRS = ("USD/SEK", "EUR/SEK")
"""Rates that no API schedule loads; the demo drops them as a nested JSON file."""

ONE_TICKER = "closing_prices"
ALL_SOURCES = "portfolio_in_pounds"

_PATIENCE_SECONDS = 180
"""How long rows may take to land; the demo's take a fraction of that."""
_POLL_SECONDS = 1


class NotLandedError(Exception):
    """A source could not be loaded, or rows are still missing after a long wait; the message says which."""


@dataclass(frozen=True)
class Loading:
    """What is being loaded: how many loads there will be of each dataset, and since when."""

    connection: Connection
    expected: Counter[str]
    since: datetime

    def wait(self, report: Callable[[int], None]) -> None:
        """Wait until every load has come and all its rows are accounted for; `report` gets the number so far.

        Raises `NotLandedError`.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while remaining := self._remaining(report):
            if failed := self._failed():
                raise NotLandedError("\n".join(failed))
            if time.monotonic() > deadline:
                raise NotLandedError(
                    f"after {_PATIENCE_SECONDS} s not everything has landed: {', '.join(remaining)}; see "
                    f"`standpipe reconcile`, s3://{self.connection.lake}/errors/ and the gateway's log"
                )
            time.sleep(_POLL_SECONDS)

    def _remaining(self, report: Callable[[int], None]) -> list[str]:
        """What each dataset that is not complete still lacks."""
        found = _reconciled(self.connection)
        report(sum(found.get(dataset, _NONE)[0] for dataset in self.expected))
        return [
            f"{dataset} ({loaded} of {expected} loads, {missing} rows missing)"
            for dataset, expected in self.expected.items()
            for loaded, missing in [found.get(dataset, _NONE)]
            if loaded < expected or missing
        ]

    def _failed(self) -> list[str]:
        """The errors of loads that have failed for good: what Lambda puts in their queue."""
        sqs = self.connection.client("sqs")
        queue = sqs.get_queue_url(QueueName=self.connection.environment.named("loads-failed"))["QueueUrl"]
        found = sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0, AttributeNames=["SentTimestamp"]
        )
        return [
            _failure(json.loads(message["Body"]))
            for message in found.get("Messages", [])
            if float(message["Attributes"]["SentTimestamp"]) >= self.since.timestamp() * 1000
        ]


def trigger(connection: Connection) -> Loading:
    """Run every schedule of the demo once, now, and drop the sample files."""
    since, before = datetime.now(UTC), loads(connection)
    run_schedules(connection)
    return Loading(connection, before + scheduled_sources() + drop_files(connection), since)


def loads(connection: Connection) -> Counter[str]:
    """How many sources of each dataset have been loaded so far: each is a file, an API call or a query."""
    return Counter({dataset: found for dataset, (found, _) in _reconciled(connection).items()})


def scheduled_sources() -> Counter[str]:
    """How many sources of each dataset its schedule loads: one for each symbol, one for a SQL table."""
    sources = {name: contract.source for name, contract in load_contracts().items() if name in DATASETS}
    symbols = {name: len(source.symbols) for name, source in sources.items() if isinstance(source, AlphaVantage)}
    return Counter(symbols) + Counter(name for name, source in sources.items() if isinstance(source, Sql))


def run_schedules(connection: Connection) -> None:
    """Make every schedule of the demo fire once, outside its own timetable."""
    scheduler = connection.client("scheduler")
    for dataset in scheduled_sources():
        _run_once(scheduler, connection.environment.schedule_group, dataset)


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


def drop_files(connection: Connection) -> Counter[str]:
    """Upload the sample files, one CSV and one nested JSON; returns how many of each dataset."""
    files = {
        "drop/trades/trades.csv": (SAMPLES / "trades.csv").read_bytes(),
        "drop/fx_daily/swedish krona.json": json.dumps(fx_document(SAMPLE_PAIRS), indent=4).encode(),
    }
    s3 = connection.client("s3")
    for key, body in files.items():
        s3.put_object(Bucket=connection.drop, Key=key, Body=body)
    return Counter(key.split("/")[1] for key in files)


_NONE = (0, 0)


def _reconciled(connection: Connection) -> Mapping[str, tuple[int, int]]:
    """Of each dataset: how many sources have been loaded, and how many of their rows are missing."""
    rows = connection.query("SELECT dataset, count(*), sum(missing) FROM reconciliation GROUP BY dataset").rows
    return {str(dataset): (int(loaded or 0), int(missing or 0)) for dataset, loaded, missing in rows}


def _failure(event: dict[str, Any]) -> str:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    return f"{event['requestPayload'].get('dataset')}: {event['responsePayload'].get('errorMessage')}"


def named_query(name: str) -> str:
    """The text of a query in `queries/`."""
    return (QUERIES / f"{name}.sql").read_text()
