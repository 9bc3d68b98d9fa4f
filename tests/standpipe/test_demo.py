"""The demo waits for its own sources alone, and says why one of them could not be loaded."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cdk.config import Environment, environment
from schemas import load as contracts
from standpipe.demo import steps
from standpipe.query.athena import Result, Statistics

NOW = datetime(2026, 11, 30, tzinfo=UTC)

PAYMENTS = """
dataset: payments
description: What was paid.
source: {kind: sql, table: payments, schedule: {expression: "rate(1 day)"}}
key: [payment_id]
columns:
  - {name: payment_id, type: string}
"""


@dataclass
class FakeAws:
    """A pipeline in which `landed` has landed and whose queue of failed loads has `failed`."""

    landed: list[list[str | None]]
    failed: list[dict[str, Any]] = field(default_factory=list)
    environment: Environment = field(default_factory=lambda: environment("local"))
    lake: str = "the-lake"

    def query(self, _: str) -> Result:
        return Result(["dataset", "loads", "missing"], self.landed, Statistics(0, 0, 0, 0, billed=True))

    def client(self, service: str) -> "FakeAws":
        assert service == "sqs"
        return self

    def get_queue_url(self, **_: str) -> dict[str, str]:
        return {"QueueUrl": "a queue"}

    def receive_message(self, **_: Any) -> dict[str, Any]:
        return {"Messages": self.failed}


def failure(dataset: str, why: str, when: datetime) -> dict[str, Any]:
    body = {"requestPayload": {"dataset": dataset}, "responsePayload": {"errorMessage": why}}
    sent = str(int(when.timestamp() * 1000))
    return {"Body": json.dumps(body), "Attributes": {"SentTimestamp": sent}}


def wait(aws: FakeAws, expected: dict[str, int], report: Callable[[int], None] = lambda _: None) -> None:
    steps.Loading(aws, Counter(expected), NOW).wait(report)  # type: ignore[arg-type]


def test_it_ends_when_its_own_datasets_have_landed_whatever_else_is_missing() -> None:
    counted: list[int] = []
    aws = FakeAws([["accounts", "1", "0"], ["fx_daily", "4", "0"], ["payments", "1", "7"]])
    wait(aws, {"accounts": 1, "fx_daily": 4}, counted.append)
    assert counted == [5]


def test_a_load_that_failed_ends_it_with_the_error() -> None:
    aws = FakeAws([["fx_daily", "4", "0"]], [failure("accounts", "no table 'accounts' in the database", NOW)])
    with pytest.raises(steps.NotLandedError, match=r"^accounts: no table 'accounts' in the database$"):
        wait(aws, {"accounts": 1, "fx_daily": 4})


def test_what_failed_in_an_earlier_run_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "_PATIENCE_SECONDS", -1)
    aws = FakeAws([["fx_daily", "4", "12"]], [failure("accounts", "no table", NOW - timedelta(hours=1))])
    with pytest.raises(steps.NotLandedError) as raised:
        wait(aws, {"accounts": 1, "fx_daily": 4})
    assert "accounts (0 of 1 loads, 0 rows missing), fx_daily (4 of 4 loads, 12 rows missing)" in str(raised.value)


def test_the_users_own_datasets_are_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = steps.scheduled_sources()
    assert set(before) == set(steps.DATASETS)
    for file in contracts.DATASETS.glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "payments.yaml").write_text(PAYMENTS)
    loaded = contracts.load_contracts(tmp_path)
    assert "payments" in loaded
    monkeypatch.setattr(steps, "load_contracts", lambda: loaded)
    assert steps.scheduled_sources() == before
