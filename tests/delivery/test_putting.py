"""Only what was refused is sent again; what is not taken in the end is handed back."""

import threading
import time
from collections.abc import Iterator

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from delivery.putting import Acknowledged, FirehoseSink, UndeliveredError
from delivery.retrying import MAX_ATTEMPTS
from tests.delivery.fake_firehose import FakeFirehose


def no_sleep(seconds: float) -> None:
    assert 0 <= seconds <= 10


def test_only_refused_records_are_sent_again() -> None:
    firehose = FakeFirehose([{1, 3}, {0}])
    done = FirehoseSink(firehose, "s", no_sleep).put([b"a", b"b", b"c", b"dd"])
    assert firehose.calls == [[b"a", b"b", b"c", b"dd"], [b"b", b"dd"], [b"b"]]
    assert done == Acknowledged(records=4, record_bytes=5, billed_bytes=4 * 5120)


@given(st.lists(st.sets(st.integers(0, 600)), max_size=MAX_ATTEMPTS - 1), st.integers(0, 1100))
def test_every_record_arrives_once_whatever_is_refused_on_the_way(refused: list[set[int]], count: int) -> None:
    firehose = FakeFirehose(refused)
    records = [b"%d" % number for number in range(count)]
    done = FirehoseSink(firehose, "s", no_sleep).put(iter(records))
    assert sorted(firehose.taken.get("s", [])) == sorted(records)
    assert done.records == count


def test_unsent_records_come_with_the_error() -> None:
    firehose = FakeFirehose([set(), *[{0, 1}] * MAX_ATTEMPTS])
    sent = [b"x"] * 500 + [b"stuck", b"stuck too"]
    with pytest.raises(UndeliveredError, match="Slow down") as failure:
        FirehoseSink(firehose, "s", no_sleep).put(sent)
    assert failure.value.unsent == [b"stuck", b"stuck too"]
    assert failure.value.acknowledged == Acknowledged(500, 500, 500 * 5120)
    assert len(firehose.calls) == 1 + MAX_ATTEMPTS


def test_nothing_to_put_is_no_call() -> None:
    firehose = FakeFirehose()
    assert FirehoseSink(firehose, "s").put([]) == Acknowledged()
    assert firehose.calls == []


@mock_aws
def test_a_stream_that_does_not_exist_is_named_and_nothing_is_lost() -> None:
    client = boto3.client("firehose", region_name="us-east-1")
    with pytest.raises(UndeliveredError, match=r"standpipe-local-nowhere.*ResourceNotFound") as failure:
        FirehoseSink(client, "standpipe-local-nowhere", no_sleep).put([b"a", b"b"])
    assert failure.value.unsent == [b"a", b"b"]


class SlowFirehose(FakeFirehose):
    """Takes its time, and counts the calls that are on their way at once."""

    def __init__(self) -> None:
        super().__init__()
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def put_record_batch(self, **request: object) -> dict[str, object]:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(0.01)
        with self._lock:
            self._now -= 1
            return super().put_record_batch(**request)


def test_several_batches_are_in_flight_and_no_more_than_allowed() -> None:
    firehose = SlowFirehose()
    records = [b"%d" % number for number in range(10_000)]
    done = FirehoseSink(firehose, "s", no_sleep, in_flight=3).put(iter(records))
    assert firehose.most == 3
    assert done.records == 10_000
    assert sorted(firehose.taken["s"]) == sorted(records)


def test_of_batches_in_flight_all_that_was_refused_is_handed_back_and_no_more_is_sent() -> None:
    firehose = FakeFirehose([{0}] * 10_000)
    asked = 0

    def records() -> Iterator[bytes]:
        nonlocal asked
        for number in range(100_000):
            asked += 1
            yield b"%d" % number

    with pytest.raises(UndeliveredError) as failure:
        FirehoseSink(firehose, "s", no_sleep, in_flight=2).put(records())
    assert len(failure.value.unsent) == 2
    assert asked <= 4 * 500
    assert failure.value.acknowledged.records + len(failure.value.unsent) == len(firehose.taken["s"]) + 2


def test_a_source_that_breaks_off_waits_for_what_is_in_flight() -> None:
    def broken() -> Iterator[bytes]:
        yield from [b"x"] * 1200
        raise ConnectionError("gone")

    firehose = SlowFirehose()
    with pytest.raises(ConnectionError):
        FirehoseSink(firehose, "s", no_sleep, in_flight=4).put(broken())
    assert len(firehose.taken["s"]) == 1000
