"""One run at a time, and never backwards: against DynamoDB in process."""

import secrets
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from producers.sql.keys import Chunk, KeyStore
from producers.sql.progress import BusyError, OvertakenError, Saved, held
from producers.sql.state import Mark, State

STATE = State("payments by updated_at, id", b"[1]", (Mark(1.5, b"[2]"),), b"[3]", 2.5, b"[4]")
SAVED = Saved(STATE, b"known\x00", b"")


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        keys = [("owner", "HASH"), ("item", "RANGE")]
        yield boto3.resource("dynamodb").create_table(
            TableName="progress",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            BillingMode="PAY_PER_REQUEST",
        )


def test_what_was_saved_is_there_for_the_next_run(table: Any) -> None:
    with held(table, "sql/payments", 1000, 1900) as position:
        assert position.saved == Saved()
        position.save(SAVED)
    with held(table, "sql/payments", 1001, 1901) as position:
        assert position.saved == SAVED
    with held(table, "sql/accounts", 1001, 1901) as other:
        assert other.saved == Saved()


def test_a_second_run_waits_until_the_first_has_ended_or_must_be_dead(table: Any) -> None:
    with held(table, "sql/payments", 1000, 1900) as first:
        with (
            pytest.raises(BusyError, match="another run is reading until 00:31:40 UTC"),
            held(table, "sql/payments", 1899, 2000),
        ):
            pass
        first.save(SAVED)
        with held(table, "sql/payments", 1900, 2800) as second:
            assert second.saved == SAVED
            with pytest.raises(OvertakenError):
                first.save(Saved(STATE, b"older"))
        assert second.saved == SAVED
        with pytest.raises(OvertakenError):
            first.save(Saved(STATE, b"older"))
        first.release = lambda: None  # type: ignore[method-assign]


def test_a_run_that_fails_lets_the_next_one_in(table: Any) -> None:
    def failing() -> None:
        with held(table, "sql/payments", 1000, 1900) as position:
            position.save(SAVED)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        failing()
    with held(table, "sql/payments", 1001, 1901) as position:
        assert position.saved == SAVED


def test_of_two_runs_that_begin_at_once_one_goes_on(table: Any) -> None:
    class Slow:
        """Reads before the other has written."""

        def __init__(self) -> None:
            self.item = table.get_item(Key={"owner": "sql/payments", "item": "position"})

        def get_item(self, **_: Any) -> Any:
            return self.item

        def __getattr__(self, name: str) -> Any:
            return getattr(table, name)

    slow: Any = Slow()
    with held(table, "sql/payments", 1000, 1900), pytest.raises(OvertakenError), held(slow, "sql/payments", 1000, 1900):
        pass


def test_chunks_of_keys_come_back_in_order(table: Any) -> None:
    store = KeyStore(table, "sql/payments")
    chunks = [Chunk(f"keys/{name}", name.encode(), b"[1]") for name in ("000001", "000001.25", "000001.5", "000002")]
    for chunk in reversed(chunks):
        store.write(chunk)
    KeyStore(table, "sql/other").write(chunks[0])
    with held(table, "sql/payments", 1000, 1900):
        assert store.chunks() == chunks
    store.remove("keys/000001")
    assert store.chunks() == chunks[1:]
    store.clear()
    assert store.chunks() == []
    assert len(KeyStore(table, "sql/other").chunks()) == 1


def test_more_keys_than_one_answer_holds(table: Any) -> None:
    store = KeyStore(table, "sql/payments")
    written = [Chunk(f"keys/{number:06}", secrets.token_bytes(100_000), b"[1]") for number in range(12)]
    for chunk in written:
        store.write(chunk)
    assert store.chunks() == written
