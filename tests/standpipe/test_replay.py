"""Parked records are put once, and a replay that was stopped resumes."""

from collections.abc import Iterator
from itertools import repeat
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cdk.config import environment
from delivery.parking import Parking
from delivery.putting import UndeliveredError
from delivery.retrying import MAX_ATTEMPTS
from standpipe.connection import Connection
from standpipe.replay import Replayed, replay
from tests.delivery.fake_firehose import FakeFirehose

TRADES, LOADS = "standpipe-local-trades", "standpipe-local-loads"


class FakeConnection(Connection):
    """S3 in process and a Firehose that can refuse."""

    firehose: Any = None

    def client(self, service: str) -> Any:
        return self.firehose if service == "firehose" else boto3.client(service)


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeConnection]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        made = FakeConnection(environment("local"), None)
        boto3.client("s3").create_bucket(Bucket=made.lake)
        park = Parking(boto3.client("s3"), made.lake)
        park(TRADES, [b"a\n", b"b\x00"])
        park(TRADES, [b"c"])
        park(LOADS, [b"d"])
        yield made


def test_everything_is_put_once(connection: FakeConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    firehose = FakeFirehose()
    monkeypatch.setattr(FakeConnection, "firehose", firehose)
    assert replay(connection, "loads") == [Replayed(LOADS, 1, 1)]
    assert replay(connection) == [Replayed(TRADES, 2, 3)]
    assert replay(connection) == []
    assert {stream: sorted(taken) for stream, taken in firehose.taken.items()} == {
        LOADS: [b"d"], TRADES: [b"a\n", b"b\x00", b"c"],
    }  # fmt: skip


def test_what_is_refused_again_stays_parked(connection: FakeConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standpipe.replay.time.sleep", lambda seconds: None)
    refusals = [set[int](), *[{0}] * MAX_ATTEMPTS]
    monkeypatch.setattr(FakeConnection, "firehose", FakeFirehose(refusals, repeat("InternalFailure")))
    with pytest.raises(UndeliveredError):
        replay(connection)
    firehose = FakeFirehose()
    monkeypatch.setattr(FakeConnection, "firehose", firehose)
    done = replay(connection)
    assert sum(each.objects for each in done) == 2


def test_a_throttled_stream_is_waited_for(connection: FakeConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standpipe.replay.time.sleep", lambda seconds: None)
    monkeypatch.setattr(FakeConnection, "firehose", FakeFirehose([{0}] * 3 * MAX_ATTEMPTS))
    assert replay(connection, "loads") == [Replayed(LOADS, 1, 1)]
