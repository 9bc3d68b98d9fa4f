"""A load is written down only when all of it has been acknowledged."""

from collections.abc import Iterator

import pytest

from delivery.limits import MAX_RECORD_BYTES
from delivery.putting import UndeliveredError
from delivery.retrying import MAX_ATTEMPTS
from delivery.rows import Row
from producers.loading import Load, load
from producers.rejects import Reject
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.receiving import destination, lines

BAD = Reject("parse", "line 2: odd", "x")
SOURCE = "s3://drop/trades/t.csv?versionId=1"


class OrderedFirehose(FakeFirehose):
    """Remembers which stream was put to, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.streams: list[str] = []

    def put_record_batch(self, **request: object) -> dict[str, object]:
        self.streams.append(str(request["DeliveryStreamName"]).removeprefix("standpipe-test-"))
        return super().put_record_batch(**request)


def test_rows_then_rejects_then_the_load() -> None:
    firehose = OrderedFirehose()
    done = load([Row("2010", b"{}"), BAD, Row("2011", b"{}")], "trades", SOURCE, destination(firehose))
    assert firehose.streams == ["trades", "quarantine", "loads"]
    sizes = sum(map(len, firehose.taken["standpipe-test-trades"]))
    assert done == Load("trades", SOURCE, rows=3, rejected=1, records=2, record_bytes=sizes, billed_bytes=2 * 5120)


def test_a_load_that_is_not_acknowledged_is_not_written_down() -> None:
    firehose = FakeFirehose([{0}] * MAX_ATTEMPTS)
    with pytest.raises(UndeliveredError):
        load([Row("2010", b"{}")], "trades", SOURCE, destination(firehose))
    assert lines(firehose, "loads") == []


def test_a_source_that_breaks_off_is_not_written_down_and_its_rejects_are_kept() -> None:
    def broken() -> Iterator[Row | Reject]:
        yield BAD
        raise ConnectionError("the database has gone")

    firehose = FakeFirehose()
    with pytest.raises(ConnectionError):
        load(broken(), "trades", SOURCE, destination(firehose))
    assert lines(firehose, "loads") == []
    assert [row["reason"] for row in lines(firehose, "quarantine")] == ["line 2: odd"]


def test_a_load_of_nothing_is_written_down() -> None:
    firehose = FakeFirehose()
    load([], "trades", SOURCE, destination(firehose))
    assert [row["rows_in"] for row in lines(firehose, "loads")] == [0]


def test_many_long_rejects_all_arrive_within_the_limits() -> None:
    firehose = FakeFirehose()
    rejects = [Reject("parse", f"line {number}: odd", "\x1f" * 900_000) for number in range(12)]
    done = load(rejects, "trades", SOURCE, destination(firehose))
    assert done.rejected == 12
    found = lines(firehose, "quarantine")
    assert [row["reason"] for row in found] == [f"line {number}: odd" for number in range(12)]
    assert found[0]["source_row"].endswith("… (900,000 characters)")
    assert all(len(record) <= MAX_RECORD_BYTES for call in firehose.calls for record in call)
