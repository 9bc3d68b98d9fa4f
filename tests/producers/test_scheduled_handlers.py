"""The scheduled functions as Lambda runs them, from their secret to their summary."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities import parameters
from moto import mock_aws

from delivery.retrying import MAX_ATTEMPTS
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.alpha_vantage import answers
from tests.producers.fake_table import FakeTable
from tests.producers.receiving import destination, lines
from tests.producers.scripted_http import Answer, Query, serving

CONTEXT: Any = SimpleNamespace(
    function_name="standpipe-test", memory_limit_in_mb=512, aws_request_id="1",
    invoked_function_arn="arn:aws:lambda:us-east-1:111122223333:function:standpipe-test",
    get_remaining_time_in_millis=lambda: 900_000,
)  # fmt: skip


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Secrets Manager in process, and a function's environment."""
    for name, value in {
        "AWS_DEFAULT_REGION": "us-east-1",
        "POWERTOOLS_METRICS_NAMESPACE": "Standpipe",
        "POWERTOOLS_SERVICE_NAME": "test",
        "ALPHA_VANTAGE_SECRET": "key",
    }.items():
        monkeypatch.setenv(name, value)
    parameters.clear_caches()
    with mock_aws():
        yield boto3.client("secretsmanager")
    parameters.clear_caches()


def test_alpha_vantage(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from producers.alpha_vantage import handler

    def answer(query: Query) -> Answer:
        return Answer.json(answers.FX if query["apikey"] == answers.KEY else answers.BAD_KEY)

    aws.create_secret(Name="key", SecretString=answers.KEY)
    monkeypatch.setenv("ALPHA_VANTAGE_PLAN", "premium")
    firehose = FakeFirehose([{0}] * 3 * MAX_ATTEMPTS)  # a throttled stream is waited for
    table = FakeTable()
    monkeypatch.setattr(handler, "destination", lambda producer: destination(firehose, producer))
    monkeypatch.setattr(handler, "progress_table", lambda: table)
    with serving(answer) as service:
        monkeypatch.setenv("ALPHA_VANTAGE_URL", service.url)
        summaries = [handler.handler({"dataset": "fx_daily", "symbols": ["USD/GBP"]}, CONTEXT) for _ in range(2)]
        report = {"outcome": "Data", "rows": 3, "records": 2, "reason": "", "note": ""}
        expected = {"dataset": "fx_daily", "rows": 3, "symbols": {"USD/GBP": report}}
        assert summaries == [expected, expected]  # the second was the same invocation, tried again
        assert len(service.asked) == 1
        history = {"dataset": "fx_daily", "symbols": ["USD/GBP"], "run": "backfill", "history": {"since": "2010-01-01"}}
        assert handler.handler(history, CONTEXT)["rows"] == 1
        assert len(service.asked) == 2
    assert lines(firehose, "loads")[0]["source"] == "alpha_vantage"


def test_an_unknown_plan_is_named(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from producers.alpha_vantage import handler

    aws.create_secret(Name="key", SecretString="k")
    monkeypatch.setenv("ALPHA_VANTAGE_PLAN", "gold")
    with pytest.raises(ValueError, match="'gold'; it must be free or premium"):
        handler.handler({"dataset": "fx_daily"}, CONTEXT)
