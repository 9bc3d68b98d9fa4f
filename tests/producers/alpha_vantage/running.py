"""A producer ready to run: the real quota and progress on a table in memory, a fake Firehose, a clock that is set."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from delivery.parking import Parking
from producers.alpha_vantage.calls import History, RunRequest
from producers.alpha_vantage.client import Client, Plan
from producers.alpha_vantage.progress import Progress
from producers.alpha_vantage.quota import FREE, Limits, Quota
from producers.alpha_vantage.reports import SymbolReport
from producers.alpha_vantage.run import run
from producers.alpha_vantage.transport import Service
from producers.loading import Destination
from schemas.contract import Contract
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.alpha_vantage import answers
from tests.producers.fake_table import FakeTable
from tests.producers.receiving import NOW, PREFIX

UNLIMITED = Limits(0, None)


@dataclass
class Producer:
    """Runs against the service at `url`. Sleeping moves the clock; `slept` holds the pauses, without the empty ones."""

    url: str
    table: Any
    plan: Plan = "premium"
    now: datetime = NOW
    seconds: float = 900
    """What Lambda still gives the function."""
    firehose: Any = field(default_factory=FakeFirehose)
    slept: list[float] = field(default_factory=list)
    runs: int = 0
    park: Parking | None = None

    def client(self) -> Client:
        limits = FREE if self.plan == "free" else UNLIMITED
        quota = Quota(self.table, limits, lambda: self.now, self._sleep)
        return Client(Service(answers.KEY, self.url), self.plan, quota, self._sleep, lambda: self.seconds)

    def run(
        self, contract: Contract, symbols: list[str] | None = None, history: History | None = None, name: str = ""
    ) -> dict[str, SymbolReport]:
        """One run, under a new name unless it has one."""
        self.runs += 1
        to = Destination(self.firehose, PREFIX, "alpha_vantage", lambda: self.now, self._sleep, park=self.park)
        progress = Progress(self.table, contract.name, lambda: self.now)
        return run(contract, RunRequest(name or f"run {self.runs}", symbols, history), self.client(), progress, to)

    def _sleep(self, seconds: float) -> None:
        if seconds:
            self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        self.seconds -= seconds


def producer(url: str, plan: Plan = "premium", now: datetime = NOW) -> Producer:
    """A producer with an empty progress table."""
    return Producer(url, FakeTable(), plan, now)


def at(text: str) -> datetime:
    """The time `text` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
