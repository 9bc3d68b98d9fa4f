"""A throttled stream is waited for while there is time, a batch at a time; any other refusal is tried a few times."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import Any

import pytest
from botocore.exceptions import ClientError

from delivery.limits import KIB, MAX_BATCH_BYTES, MAX_BATCH_RECORDS
from delivery.putting import IN_FLIGHT, Acknowledged, FirehoseSink, UndeliveredError
from delivery.retrying import MAX_ATTEMPTS, RESERVE_SECONDS, THROTTLED
from tests.delivery.busy_firehose import BusyFirehose, Clock
from tests.delivery.fake_firehose import FakeFirehose

RUN_SECONDS = 900.0
RECORD_BYTES = 500 * KIB


def no_sleep(seconds: float) -> None:
    assert 0 <= seconds <= 10


def records(function: str, mebibytes: int) -> Iterator[bytes]:
    return (f"{function}-{number} ".encode().ljust(RECORD_BYTES) for number in range(2 * mebibytes))


def load(
    firehose: BusyFirehose, clock: Clock, function: str, found: Iterable[bytes], sleep: Callable[[float], None]
) -> Acknowledged:
    """What the function of a producer does that began when the clock did."""
    sink = FirehoseSink(firehose, "s", sleep, IN_FLIGHT, firehose.park, lambda: RUN_SECONDS - clock.now)
    try:
        return sink.put(found)
    finally:
        clock.end(function)


@pytest.mark.parametrize(("quota", "functions", "mebibytes"), [(1, 1, 96), (5, 1, 96), (5, 5, 64), (1, 5, 32)])
def test_what_functions_put_above_the_quota_arrives_later_and_once(quota: int, functions: int, mebibytes: int) -> None:
    clock = Clock()
    firehose = BusyFirehose(clock, quota)
    names = [f"function-{number}" for number in range(functions)]
    sleeps = {name: clock.begin(name) for name in names}
    with ThreadPoolExecutor(functions) as running:
        done = list(
            running.map(lambda name: load(firehose, clock, name, records(name, mebibytes), sleeps[name]), names)
        )
    assert [each.parked for each in done] == [0] * functions
    assert [each.records for each in done] == [2 * mebibytes] * functions
    assert firehose.refusals
    assert len(firehose.taken) == 2 * mebibytes * functions
    assert set(firehose.taken.values()) == {1}


def test_what_a_stream_does_not_take_until_the_time_is_up_is_parked() -> None:
    clock = Clock()
    firehose = BusyFirehose(clock, 0)
    done = load(firehose, clock, "only", records("only", 64), clock.begin("only"))
    assert done == Acknowledged(parked=128)
    assert set(firehose.parked.values()) == {1}
    assert RUN_SECONDS - RESERVE_SECONDS - 2 <= clock.now <= RUN_SECONDS - RESERVE_SECONDS
    assert len(firehose.offered) <= IN_FLIGHT * MAX_BATCH_BYTES / RECORD_BYTES


def test_batches_of_a_throttled_stream_go_one_at_a_time() -> None:
    clock = Clock()
    firehose, read, waiting = BusyFirehose(clock, 1), 0, []

    def found() -> Iterator[bytes]:
        nonlocal read
        for record in records("only", 64):
            waiting.append(read - firehose.taken.total())
            read += 1
            yield record

    load(firehose, clock, "only", found(), clock.begin("only"))
    batch = MAX_BATCH_BYTES // RECORD_BYTES
    assert max(waiting[-32:]) <= batch


class Meeting(FakeFirehose):
    """Refuses at first; later three calls wait for each other."""

    def __init__(self) -> None:
        super().__init__([{0}])
        self.met = threading.Barrier(3, timeout=10)

    def put_record_batch(self, **request: Any) -> dict[str, Any]:
        answer = super().put_record_batch(**request)
        if 20 <= int(request["Records"][0]["Data"]) // MAX_BATCH_RECORDS < 23:
            self.met.wait()
        return answer


def test_batches_go_together_again_once_they_are_taken_at_the_first_try() -> None:
    found = (b"%d" % number for number in range(40 * MAX_BATCH_RECORDS))
    done = FirehoseSink(Meeting(), "s", no_sleep, in_flight=3, seconds_left=lambda: RUN_SECONDS).put(found)
    assert done.records == 40 * MAX_BATCH_RECORDS


def test_pauses_are_short_since_a_quota_counts_seconds_and_differ_since_others_wait_too() -> None:
    pauses: list[float] = []
    firehose = FakeFirehose([{0}] * 100)
    FirehoseSink(firehose, "s", pauses.append, seconds_left=lambda: RUN_SECONDS).put([b"a"])
    assert len(set(pauses)) == 100
    assert max(pauses) <= 2


class ThrowingFirehose(FakeFirehose):
    """Throws each of `codes` in turn, then takes everything."""

    def __init__(self, codes: Iterable[str]) -> None:
        super().__init__()
        self.thrown: list[str] = []
        self._codes = iter(codes)

    def put_record_batch(self, **request: Any) -> dict[str, Any]:
        if code := next(self._codes, ""):
            self.thrown.append(code)
            raise ClientError({"Error": {"Code": code, "Message": "No."}}, "PutRecordBatch")
        return super().put_record_batch(**request)


@pytest.mark.parametrize("code", sorted(THROTTLED))
def test_a_call_that_is_throttled_as_a_whole_is_made_again(code: str) -> None:
    firehose = ThrowingFirehose([code] * 3 * MAX_ATTEMPTS)
    done = FirehoseSink(firehose, "s", no_sleep, seconds_left=lambda: RUN_SECONDS).put([b"a", b"b"])
    assert done.records == 2
    assert firehose.taken["s"] == [b"a", b"b"]


def test_a_call_that_is_throttled_until_the_time_is_up_says_so() -> None:
    clock = Clock()
    firehose = ThrowingFirehose(repeat("ServiceUnavailableException"))
    sink = FirehoseSink(firehose, "s", clock.begin("only"), seconds_left=lambda: RUN_SECONDS - clock.now)
    with pytest.raises(UndeliveredError, match="ServiceUnavailableException"):
        sink.put([b"a"])
    assert len(firehose.thrown) > MAX_ATTEMPTS


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "InvalidArgumentException", "AccessDeniedException"])
def test_a_call_that_fails_otherwise_is_not_made_again(code: str) -> None:
    firehose = ThrowingFirehose([code])
    with pytest.raises(UndeliveredError, match=code):
        FirehoseSink(firehose, "s", no_sleep, seconds_left=lambda: RUN_SECONDS).put([b"a"])
    assert firehose.calls == []


def test_who_has_no_time_to_wait_does_not_make_a_throttled_call_again() -> None:
    firehose = ThrowingFirehose(["ServiceUnavailableException"])
    with pytest.raises(UndeliveredError, match="ServiceUnavailableException"):
        FirehoseSink(firehose, "s", no_sleep).put([b"a"])
    assert firehose.calls == []


def test_another_refusal_is_tried_a_few_times_however_long_the_stream_was_throttled() -> None:
    answers = [*["ServiceUnavailableException"] * 3 * MAX_ATTEMPTS, *["InternalFailure"] * 2 * MAX_ATTEMPTS]
    firehose = FakeFirehose([{0}] * len(answers), answers)
    with pytest.raises(UndeliveredError, match="InternalFailure"):
        FirehoseSink(firehose, "s", no_sleep, seconds_left=lambda: RUN_SECONDS).put([b"a"])
    assert len(firehose.calls) == 4 * MAX_ATTEMPTS


def test_after_a_batch_that_is_refused_otherwise_the_next_is_tried() -> None:
    firehose = FakeFirehose([{0}] * MAX_ATTEMPTS, repeat("InternalFailure"))
    parked: list[bytes] = []
    sink = FirehoseSink(
        firehose, "s", no_sleep, park=lambda stream, refused: parked.extend(refused), seconds_left=lambda: RUN_SECONDS
    )
    assert sink.put([b"stuck", *[b"x"] * MAX_BATCH_RECORDS]).records == MAX_BATCH_RECORDS
    assert parked == [b"stuck"]
