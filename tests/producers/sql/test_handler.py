"""The function as Lambda runs it, from its secret to its summary, and on to the next run."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities import parameters
from moto import mock_aws
from sqlalchemy import create_engine, text

from delivery.retrying import MAX_ATTEMPTS
from producers.sql import run
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.receiving import destination, lines
from tests.producers.sql.reading import FakeTable


class Invoked:
    """Lambda, which remembers what it was asked to run."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []

    def invoke(self, **request: Any) -> None:
        self.requests.append(request)


class World:
    """A database with two instruments, a secret that names it, and the function's surroundings."""

    def __init__(self, secrets: Any, url: str) -> None:
        self.firehose, self.table, self.functions = FakeFirehose(), FakeTable(), Invoked()
        self.milliseconds = 900_000
        self.secrets, self.url = secrets, url
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE instruments (ticker TEXT, name TEXT, exchange TEXT, currency TEXT)"))
            for ticker in ("AAPL", "IBM"):
                connection.execute(text(f"INSERT INTO instruments VALUES ('{ticker}', 'A name', 'NYSE', 'USD')"))
        engine.dispose()

    def handle(self, **event: Any) -> dict[str, Any]:
        from producers.sql import handler  # which reads the function's surroundings when it is imported

        context: Any = SimpleNamespace(
            function_name="standpipe-test-sql", memory_limit_in_mb=512, aws_request_id="1",
            invoked_function_arn="arn:aws:lambda:us-east-1:111122223333:function:standpipe-test-sql",
            get_remaining_time_in_millis=lambda: self.milliseconds,
        )  # fmt: skip
        return handler.handler({"dataset": "instruments", **event}, context)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    for name, value in {
        "AWS_DEFAULT_REGION": "us-east-1",
        "POWERTOOLS_METRICS_NAMESPACE": "Standpipe",
        "POWERTOOLS_SERVICE_NAME": "test",
        "STANDPIPE_DATABASE_SECRET": "database",
    }.items():
        monkeypatch.setenv(name, value)
    from producers.sql import handler

    parameters.clear_caches()
    with mock_aws():
        made = World(boto3.client("secretsmanager"), f"sqlite:///{tmp_path / 'bank.db'}")
        monkeypatch.setattr(handler, "destination", lambda producer: destination(made.firehose, producer))
        monkeypatch.setattr(handler, "progress_table", lambda: made.table)
        client = boto3.client
        monkeypatch.setattr(boto3, "client", lambda name: made.functions if name == "lambda" else client(name))
        yield made
    parameters.clear_caches()


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_table_is_loaded_through_its_secret(world: World, form: str) -> None:
    value = world.url if form == "text" else json.dumps({"url": world.url})
    world.secrets.create_secret(Name="database", SecretString=value)
    summary = world.handle()
    assert (summary["dataset"], summary["rows"], summary["remaining"]) == ("instruments", 2, "")
    assert summary["warnings"] == ["table 'instruments': column 'sector' is not there; it lands as NULL"]
    assert lines(world.firehose, "instruments")[1] == {
        "ticker": "IBM", "name": "A name", "exchange": "NYSE", "currency": "USD",
    }  # fmt: skip
    assert world.functions.requests == []


def test_a_throttled_stream_is_waited_for(world: World) -> None:
    world.secrets.create_secret(Name="database", SecretString=world.url)
    world.firehose = FakeFirehose([{0}] * 3 * MAX_ATTEMPTS)
    assert world.handle()["rows"] == 2
    assert len(lines(world.firehose, "instruments")) == 2


def test_a_rotated_secret_is_read_at_once(world: World) -> None:
    world.secrets.create_secret(Name="database", SecretString="sqlite:////nowhere/bank.db")
    with pytest.raises(Exception, match="OperationalError"):
        world.handle()
    world.secrets.put_secret_value(SecretId="database", SecretString=world.url)
    assert world.handle()["rows"] == 2


def test_a_run_short_of_time_starts_the_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PAGE_ROWS", 1)
    world.secrets.create_secret(Name="database", SecretString=world.url)
    world.milliseconds = 1000
    assert world.handle()["remaining"] == "the rows after ticker=AAPL"
    (request,) = world.functions.requests
    assert (request["FunctionName"], request["InvocationType"]) == ("standpipe-test-sql", "Event")
    assert json.loads(request["Payload"]) == {"dataset": "instruments"}
    assert world.handle()["remaining"] == ""
    assert [row["ticker"] for row in lines(world.firehose, "instruments")] == ["AAPL", "IBM"]
    assert len(world.functions.requests) == 1


def test_a_second_run_at_the_same_time_leaves_it_to_the_first(world: World) -> None:
    world.secrets.create_secret(Name="database", SecretString=world.url)
    world.table.put_item({"owner": "sql/instruments", "item": "position", "version": 1, "until": 2**33})
    summary = world.handle()
    assert summary["rows"] == 0
    assert summary["remaining"].startswith("sql/instruments: another run is reading until")
    assert world.functions.requests == []
