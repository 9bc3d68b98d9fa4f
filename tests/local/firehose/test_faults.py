"""The fault matrix: what fails, what becomes of the records meanwhile and afterwards. None is ever lost.

A fault is there from before the records are put until it is mended. Rows with `delays` deliver nothing before that;
the others deliver or divert without it. Waits take a thousandth of their time.
"""

import io
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from local.clock import Clock
from local.firehose.pipeline import Pipeline
from local.firehose.service import Firehose
from local.firehose.stages import output
from local.protocol import AwsError
from tests.local.firehose.fakes import FakeS3, Neighbours, b64, client_error, data_of, ok
from tests.local.firehose.journal.failing_disk import failing
from tests.local.firehose.putting import put
from tests.local.firehose.streams import DATABASE, ERRORS, TABLE, create_request, hints, partitioned, s3, transform
from tests.waiting import eventually

SPEED = 1000.0
NUMBERS = range(20)
COLUMNS = [("ticker", "string"), ("close", "double")]
Break = Callable[[Neighbours], None]


@dataclass(frozen=True)
class Fault:
    """One row: what is broken, in which kind of stream, and where the records are at last."""

    breaks: Break
    ends: str
    """`lake`, or the kind and code of the error objects."""
    partitions: bool = False
    delays: bool = False
    attempts: int = 0
    mends: Break = field(default=lambda neighbours: mend(neighbours))


def mend(neighbours: Neighbours) -> None:
    neighbours.s3.before = lambda request: None
    neighbours.s3.unreachable = neighbours.function.unreachable = neighbours.glue.unreachable = 0
    neighbours.function.handler = passes
    neighbours.glue.tables[DATABASE, TABLE] = COLUMNS


def passes(event: dict[str, Any]) -> dict[str, Any]:
    return {"records": [ok(record, data_of(record), year="2026") for record in event["records"]]}


def s3_fails(error: Exception, times: int = 1_000_000, only: str = "") -> Break:
    def broken(neighbours: Neighbours) -> None:
        left = [times]

        def fail(request: dict[str, Any]) -> None:
            if only in request["Key"] and left[0]:
                left[0] -= 1
                raise error

        neighbours.s3.before = fail

    return broken


def s3_stores_and_does_not_answer(neighbours: Neighbours) -> None:
    left = [2]

    def late(request: dict[str, Any]) -> None:
        if left[0]:
            left[0] -= 1
            neighbours.s3.objects[f"{request['Bucket']}/{request['Key']}"] = request
            raise ReadTimeoutError(endpoint_url="http://127.0.0.1")

    neighbours.s3.before = late


def s3_is_slow(neighbours: Neighbours) -> None:
    neighbours.s3.before = lambda request: time.sleep(0.3)


def answers(records: Callable[[list[dict[str, Any]]], Any]) -> Break:
    def broken(neighbours: Neighbours) -> None:
        neighbours.function.handler = lambda event: {"records": records(event["records"])}

    return broken


def function_fails(error: Exception, times: int = 1_000_000) -> Break:
    def broken(neighbours: Neighbours) -> None:
        left = [times]

        def handler(event: dict[str, Any]) -> dict[str, Any]:
            if left[0]:
                left[0] -= 1
                raise error
            return passes(event)

        neighbours.function.handler = handler

    return broken


def nobody_answers(service: str) -> Break:
    return lambda neighbours: setattr(getattr(neighbours, service), "unreachable", 1_000_000)


def the_table_is_dropped(neighbours: Neighbours) -> None:
    del neighbours.glue.tables[DATABASE, TABLE]


def the_error_prefix_is_unwritable(neighbours: Neighbours) -> None:
    s3_fails(client_error("AccessDenied", "PutObject"), only="errors/")(neighbours)
    answers(lambda records: [{"recordId": r["recordId"], "result": "ProcessingFailed"} for r in records])(neighbours)


def only_the_error_prefix_is_mended(neighbours: Neighbours) -> None:
    neighbours.s3.before = lambda request: None


INTERNAL = client_error("InternalError", "PutObject")
REFUSED = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
FAULTS = {
    "S3 refuses connections": Fault(s3_fails(REFUSED), "lake", delays=True),
    "S3 refuses connections, partitions": Fault(s3_fails(REFUSED), "lake", partitions=True, delays=True),
    "S3 answers 500": Fault(s3_fails(INTERNAL), "lake", delays=True),
    "S3 answers 500 for a while": Fault(s3_fails(INTERNAL, 3), "lake"),
    "S3 answers 500 for a while, partitions": Fault(s3_fails(INTERNAL, 3), "lake", partitions=True),
    "S3 answers 500 for longer than the retry duration": Fault(
        s3_fails(INTERNAL, only="landing/"), "delivery-failed S3.InternalError", partitions=True
    ),
    "the bucket is gone": Fault(s3_fails(client_error("NoSuchBucket", "PutObject")), "lake", delays=True),
    "S3 is slow": Fault(s3_is_slow, "lake"),
    "S3 stores and does not answer in time": Fault(s3_stores_and_does_not_answer, "lake"),
    "the function fails": Fault(
        function_fails(ValueError("no")), "processing-failed Lambda.FunctionError", partitions=True, attempts=4
    ),
    "the function fails twice": Fault(function_fails(ValueError("no"), 2), "lake", partitions=True),
    "the function times out": Fault(
        function_fails(RuntimeError("Task timed out after 60.00 seconds")),
        "processing-failed Lambda.FunctionTimedOut",
        partitions=True,
        attempts=4,
    ),
    "the function is throttled": Fault(
        function_fails(client_error("TooManyRequestsException", "Invoke")),
        "processing-failed Lambda.InvokeLimitExceeded",
        partitions=True,
        attempts=4,
    ),
    "the function is throttled for a while": Fault(
        function_fails(client_error("TooManyRequestsException", "Invoke"), 3), "lake", partitions=True
    ),
    "the function is gone": Fault(
        function_fails(client_error("ResourceNotFoundException", "Invoke")),
        "processing-failed Lambda.ResourceNotFound",
        partitions=True,
        attempts=4,
    ),
    "the function may not be invoked": Fault(
        function_fails(client_error("AccessDeniedException", "Invoke")),
        "processing-failed Lambda.InvokeAccessDenied",
        partitions=True,
        attempts=4,
    ),
    "Lambda refuses connections": Fault(nobody_answers("function"), "lake", partitions=True, delays=True),
    "the answer has no records": Fault(
        answers(lambda records: None), "processing-failed Lambda.MissingRecordId", partitions=True, attempts=1
    ),
    "the answer lacks ids": Fault(
        answers(lambda records: []), "processing-failed Lambda.MissingRecordId", partitions=True, attempts=1
    ),
    "the answer has ids twice": Fault(
        answers(lambda records: [ok(record, b"{}") for record in records] * 2),
        "processing-failed Lambda.DuplicatedRecordId",
        partitions=True,
        attempts=1,
    ),
    "the answer has no data": Fault(
        answers(lambda records: [{"recordId": r["recordId"], "result": "Ok"} for r in records]),
        "processing-failed Lambda.InvalidReturnFormat",
        partitions=True,
        attempts=1,
    ),
    "the answer has unknown results": Fault(
        answers(lambda records: [{"recordId": r["recordId"], "result": "Fine"} for r in records]),
        "processing-failed Lambda.InvalidReturnFormat",
        partitions=True,
        attempts=1,
    ),
    "the answer is not base64": Fault(
        answers(lambda records: [{"recordId": r["recordId"], "result": "Ok", "data": "?"} for r in records]),
        "processing-failed Lambda.JsonProcessingException",
        partitions=True,
        attempts=1,
    ),
    "the answer has no partition": Fault(
        answers(lambda records: [ok(record, data_of(record)) for record in records]),
        "metadata-extraction-failed DynamicPartitioning.MetadataExtractionFailed",
        partitions=True,
    ),
    "the table is dropped": Fault(
        the_table_is_dropped, "format-conversion-failed DataFormatConversion.InvalidSchema", partitions=True
    ),
    "Glue refuses connections": Fault(nobody_answers("glue"), "lake", partitions=True, delays=True),
    "the error prefix is unwritable": Fault(
        the_error_prefix_is_unwritable,
        "processing-failed Lambda.ProcessingFailedStatus",
        partitions=True,
        delays=True,
        mends=only_the_error_prefix_is_mended,
    ),
}


@pytest.fixture
def neighbours() -> Neighbours:
    neighbours = Neighbours()
    mend(neighbours)
    return neighbours


@pytest.fixture
def firehose(neighbours: Neighbours, tmp_path: Path) -> Iterator[Firehose]:
    service = Firehose(neighbours.clients, tmp_path, Clock(SPEED))
    yield service
    service.close()


@pytest.mark.parametrize("name", FAULTS)
def test_no_fault_loses_a_record(name: str, firehose: Firehose, neighbours: Neighbours) -> None:
    fault = FAULTS[name]
    destination = partitioned() if fault.partitions else s3(ErrorOutputPrefix=ERRORS, BufferingHints=hints(1, 60))
    firehose.call("CreateDeliveryStream", create_request(destination))
    fault.breaks(neighbours)
    put(firehose, *map(record_of, NUMBERS))
    if fault.delays:
        time.sleep(0.2)
        assert neighbours.s3.objects == {}
        fault.mends(neighbours)
    eventually(lambda: found(neighbours.s3).keys() >= set(NUMBERS))
    everything = found(neighbours.s3)
    assert everything.keys() == set(NUMBERS)
    assert {place for places in everything.values() for place in places} == {fault.ends}
    if fault.attempts:
        assert {line["attemptsMade"] for line in neighbours.s3.errors("lake/errors/")} == {fault.attempts}
    mend(neighbours)
    put(firehose, record_of(100))
    firehose.flush()
    assert found(neighbours.s3)[100] == Counter({"lake": 1}) or "table" in name, "the stream continues"


def record_of(number: int) -> bytes:
    return json.dumps({"ticker": "A", "close": float(number)}).encode()


def found(s3: FakeS3) -> dict[int, Counter[str]]:
    """Where each record is, and how often: `lake`, or the kind and code of its error object."""
    places: dict[int, Counter[str]] = {}
    for key, request in list(s3.objects.items()):
        for number, place in _contents(key.removeprefix("lake/"), request["Body"]):
            places.setdefault(number, Counter())[place] += 1
    return places


def _contents(key: str, body: bytes) -> Iterator[tuple[int, str]]:
    if key.startswith("errors/"):
        for line in map(json.loads, body.splitlines()):
            code = line.get("errorCode") or line["lastErrorCode"]
            number = int(json.loads(data_of({"data": line["rawData"]}))["close"])
            yield number, f"{key.split('/')[1]} {code}"
    elif body.startswith(b"PAR1"):
        yield from ((int(row["close"]), "lake") for row in pq.read_table(io.BytesIO(body)).to_pylist())
    else:
        yield from ((int(row["close"]), "lake") for row in map(json.loads, body.replace(b"}{", b"}\n{").splitlines()))


def test_a_table_that_was_made_again_is_used_again(firehose: Firehose, neighbours: Neighbours) -> None:
    firehose.call("CreateDeliveryStream", create_request(partitioned()))
    the_table_is_dropped(neighbours)
    put(firehose, record_of(1))
    firehose.flush()
    mend(neighbours)
    time.sleep(1.1)  # what is known of a table is not asked for again at once
    put(firehose, record_of(2))
    firehose.flush()
    assert found(neighbours.s3)[2] == Counter({"lake": 1})


def test_what_aws_loses_after_a_day_is_kept(
    neighbours: Neighbours, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    firehose = Firehose(neighbours.clients, tmp_path, Clock(1_000_000.0))
    firehose.call("CreateDeliveryStream", create_request(s3()))
    s3_fails(INTERNAL)(neighbours)
    put(firehose, record_of(1))
    eventually(lambda: "AWS loses s3://lake/" in caplog.text)
    mend(neighbours)
    firehose.flush()
    firehose.close()
    assert found(neighbours.s3) == {1: Counter({"lake": 1})}


@dataclass(frozen=True)
class SetClock(Clock):
    """A wall clock that is set."""

    offset: list[float] = field(default_factory=lambda: [0.0])

    def now(self) -> float:
        return time.time() + self.offset[0]


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0])
def test_a_clock_that_is_set_neither_delays_nor_hurries(jump: float, neighbours: Neighbours, tmp_path: Path) -> None:
    clock = SetClock(60.0)
    firehose = Firehose(neighbours.clients, tmp_path, clock)
    firehose.call("CreateDeliveryStream", create_request(s3(BufferingHints=hints(1, 60))))
    put(firehose, record_of(1))
    clock.offset[0] = jump
    put(firehose, record_of(2))
    time.sleep(0.3)
    assert neighbours.s3.objects == {}, "60 s take 1 s, whatever the wall clock says"
    eventually(lambda: neighbours.s3.objects)
    firehose.close()
    assert found(neighbours.s3) == {1: Counter({"lake": 1}), 2: Counter({"lake": 1})}


@pytest.mark.parametrize("call", ["write", "fdatasync"])
def test_a_full_disk_refuses_puts_and_loses_nothing(call: str, firehose: Firehose, neighbours: Neighbours) -> None:
    firehose.call("CreateDeliveryStream", create_request(s3()))
    put(firehose, record_of(1))
    with failing(call, written=5):
        for number in (2, 3):
            with pytest.raises(AwsError) as refused:
                put(firehose, record_of(number))
            assert (refused.value.code, refused.value.status) == ("ServiceUnavailableException", 503)
    put(firehose, record_of(4))
    firehose.flush()
    assert found(neighbours.s3) == {1: Counter({"lake": 1}), 4: Counter({"lake": 1})}


def test_a_record_that_our_converter_fails_on_keeps_no_other_back(
    firehose: Firehose, neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = output.convert

    def fails_on_seven(items: Any, *rest: Any) -> Any:
        if any(b"7.0" in item.data for item in items):
            raise ZeroDivisionError
        return real(items, *rest)

    monkeypatch.setattr(output, "convert", fails_on_seven)
    firehose.call("CreateDeliveryStream", create_request(partitioned()))
    put(firehose, *map(record_of, range(10)))
    firehose.flush()
    everything = found(neighbours.s3)
    assert everything.pop(7) == Counter({"format-conversion-failed InternalFailure": 1})
    assert everything == {number: Counter({"lake": 1}) for number in range(10) if number != 7}


def test_a_stage_that_fails_is_started_again(
    firehose: Firehose, neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = Pipeline.accept, [2]

    def fails_twice(self: Pipeline, records: Any) -> None:
        real(self, records)
        if left[0]:
            left[0] -= 1
            raise ZeroDivisionError

    monkeypatch.setattr(Pipeline, "accept", fails_twice)
    firehose.call("CreateDeliveryStream", create_request(s3()))
    put(firehose, record_of(1), record_of(2))
    eventually(lambda: neighbours.s3.objects)
    firehose.flush()
    assert found(neighbours.s3) == {1: Counter({"lake": 1}), 2: Counter({"lake": 1})}


def test_a_blocked_stream_fills_its_journal_and_then_throttles_record_by_record(
    firehose: Firehose, neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.firehose.stream._MOST_JOURNAL_BYTES", 3_000_000)
    firehose.call("CreateDeliveryStream", create_request(s3(ProcessingConfiguration=transform())))
    s3_fails(INTERNAL)(neighbours)
    request = {"DeliveryStreamName": "prices", "Records": [{"Data": b64(bytes(900_000))}] * 4}
    answer = firehose.call("PutRecordBatch", request)
    assert answer["FailedPutCount"] == 1
    assert answer["RequestResponses"][3] == {
        "ErrorCode": "ServiceUnavailableException",
        "ErrorMessage": "Slow down.",
    }
    assert all("RecordId" in response for response in answer["RequestResponses"][:3])
    with pytest.raises(AwsError, match=r"ServiceUnavailableException: Slow down\."):
        firehose.call("PutRecord", {"DeliveryStreamName": "prices", "Record": {"Data": b64(bytes(900_000))}})
    assert firehose.metrics("prices")["ThrottledRecords"] == 2
    mend(neighbours)
    firehose.flush()
    assert sum(map(len, neighbours.s3.bodies("lake/"))) == 2_700_000
    assert "RecordId" in firehose.call("PutRecordBatch", request)["RequestResponses"][0]
