"""No call is made that the quota does not hold, however many runs ask for one."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from producers.alpha_vantage.outcomes import QuotaSpent
from producers.alpha_vantage.quota import FREE, Limits, Quota, premium
from tests.producers.progress_table import items, progress_table


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self, now: str) -> None:
        self.time = datetime.fromisoformat(now).replace(tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def table() -> Iterator[Any]:
    with progress_table() as found:
        yield found


def test_a_free_key_has_25_calls_until_midnight_in_new_york(table: Any) -> None:
    clock = Clock("2026-11-24 04:00")  # 23:00 on the 23rd
    quota = Quota(table, FREE, clock.now, clock.sleep)
    assert [quota.spend() for _ in range(25)] == [None] * 25
    spent = quota.spend()
    assert isinstance(spent, QuotaSpent)
    assert "25 calls of 2026-11-23" in spent.text
    assert quota.left_today() == 0
    assert quota.resumes_at() == datetime(2026, 11, 24, 5, tzinfo=UTC)
    clock.time = quota.resumes_at()
    assert quota.spend() is None
    assert quota.left_today() == 24


def test_calls_keep_the_distance_of_the_plan_across_runs(table: Any) -> None:
    clock = Clock("2026-11-24 12:00")
    for _ in range(3):
        Quota(table, FREE, clock.now, clock.sleep).spend()
    assert [round(seconds, 3) for seconds in clock.slept] == [1.2, 1.2]


def test_no_minute_of_a_premium_plan_sees_more_calls_than_it_allows(table: Any) -> None:
    clock = Clock("2026-11-24 12:00")
    quota = Quota(table, premium(75), clock.now, clock.sleep)
    starts = []
    for _ in range(200):
        assert quota.spend() is None
        starts.append(clock.time)
    assert max(sum(start <= other < start + timedelta(minutes=1) for other in starts) for start in starts) <= 75
    assert quota.left_today() is None


class AtomicTable:
    """DynamoDB checks a condition and writes at once; moto does not, between threads."""

    def __init__(self, table: Any) -> None:
        self.get_item = table.get_item
        self._table, self._lock = table, threading.Lock()

    def put_item(self, **request: Any) -> Any:
        with self._lock:
            return self._table.put_item(**request)


def test_concurrent_runs_never_take_the_same_call(table: Any) -> None:
    clock = Clock("2026-11-24 12:00")
    shared = AtomicTable(table)

    def spend(_: int) -> object:
        return Quota(shared, Limits(0.001, 25), clock.now, lambda seconds: None).spend()

    with ThreadPoolExecutor(8) as runs:
        outcomes = list(runs.map(spend, range(40)))
    assert outcomes.count(None) == 25
    assert items(table)[0]["spent"] == 25


def test_what_the_service_says_counts_for_every_run(table: Any) -> None:
    clock = Clock("2026-11-24 12:00")
    Quota(table, FREE, clock.now, clock.sleep).exhaust()
    assert isinstance(Quota(table, FREE, clock.now, clock.sleep).spend(), QuotaSpent)
