"""What every answer of a transform does to a record: documented, and as probes of AWS found it."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery import limits
from local.clock import Clock
from local.firehose.records import Record
from local.firehose.service import Firehose
from local.firehose.stages.transform import batches
from tests.local.firehose.fakes import Handler, Neighbours, b64, client_error, data_of, ok
from tests.local.firehose.putting import deliver
from tests.local.firehose.streams import ERRORS, FUNCTION, create_request, hints, parquet, partitioned, s3, transform

Answer = Callable[[dict[str, Any]], list[dict[str, Any]]]


def bare(result: str, **more: Any) -> Answer:
    return lambda record: [{"recordId": record["recordId"], "result": result, **more}]


def answering(bad: Answer) -> Handler:
    """A transform that passes every record on but those that start with `bad`, for which it gives another answer."""

    def handler(event: dict[str, Any]) -> dict[str, Any]:
        answers = []
        for record in event["records"]:
            answers += bad(record) if data_of(record).startswith(b"bad") else [ok(record, data_of(record).upper())]
        return {"records": [*answers, {"recordId": "never sent", "result": "Ok", "data": ""}]}

    return handler


@pytest.fixture
def stream(firehose: Firehose) -> Firehose:
    destination = s3(ProcessingConfiguration=transform(), Prefix="data/!{timestamp:yyyy}/", ErrorOutputPrefix=ERRORS)
    firehose.call("CreateDeliveryStream", create_request(destination))
    return firehose


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (bare("ProcessingFailed", data=b64(b"x")), "Lambda.ProcessingFailedStatus"),
        (lambda record: [], "Lambda.MissingRecordId"),
        (lambda record: 2 * [ok(record, b"x")], "Lambda.DuplicatedRecordId"),
        (bare("Ok"), "Lambda.InvalidReturnFormat"),
        (bare("Ok", data=None), "Lambda.InvalidReturnFormat"),
        (bare("OK", data=b64(b"x")), "Lambda.InvalidReturnFormat"),
        (bare("Ok", data="not base64!"), "Lambda.JsonProcessingException"),
    ],
)
def test_a_record_fails_alone_and_at_once(stream: Firehose, neighbours: Neighbours, bad: Answer, code: str) -> None:
    neighbours.function.handler = answering(bad)
    deliver(stream, b"one ", b"bad", b"two")
    assert neighbours.s3.bodies("lake/data/") == [b"ONE TWO"]
    [error] = neighbours.s3.errors("lake/errors/processing-failed/")
    assert list(error) == [
        "rawData",
        "errorCode",
        "errorMessage",
        "attemptsMade",
        "arrivalTimestamp",
        "attemptEndingTimestamp",
        "lambdaARN",
    ]
    assert (error["errorCode"], error["attemptsMade"], error["lambdaARN"]) == (code, 1, FUNCTION)
    assert base64.b64decode(error["rawData"]) == b"bad"
    assert len(neighbours.function.events) == 1


def test_a_dropped_record_leaves_no_trace(stream: Firehose, neighbours: Neighbours) -> None:
    neighbours.function.handler = answering(bare("Dropped"))
    deliver(stream, b"bad")
    assert neighbours.s3.objects == {}


@pytest.mark.parametrize("answer", [{}, {"records": None}, [], "text", {"records": [1, {"recordId": 5}]}])
def test_an_answer_without_records_misses_every_id(stream: Firehose, neighbours: Neighbours, answer: Any) -> None:
    neighbours.function.handler = lambda event: answer
    deliver(stream, b"one", b"two")
    errors = neighbours.s3.errors("lake/errors/processing-failed/")
    assert [error["errorCode"] for error in errors] == 2 * ["Lambda.MissingRecordId"]
    assert len(neighbours.function.events) == 1


def _raise(error: Exception) -> Handler:
    def handler(event: dict[str, Any]) -> dict[str, Any]:
        raise error

    return handler


@pytest.mark.parametrize(
    ("handler", "code"),
    [
        (_raise(ValueError("no")), "Lambda.FunctionError"),
        (_raise(TimeoutError("2026-01-02 Task timed out after 3.00 seconds")), "Lambda.FunctionTimedOut"),
        (_raise(client_error("TooManyRequestsException", "Invoke")), "Lambda.InvokeLimitExceeded"),
        (_raise(client_error("ResourceNotFoundException", "Invoke")), "Lambda.ResourceNotFound"),
        (_raise(client_error("AccessDeniedException", "Invoke")), "Lambda.InvokeAccessDenied"),
        (lambda event: {"records": [ok(r, 5_000_000 * b"x") for r in event["records"]]}, "Lambda.FunctionError"),
    ],
)
def test_a_failed_invocation_is_tried_four_times(
    stream: Firehose, neighbours: Neighbours, handler: Handler, code: str
) -> None:
    neighbours.function.handler = handler
    deliver(stream, b"one", b"two")
    errors = neighbours.s3.errors("lake/errors/processing-failed/")
    assert [(error["errorCode"], error["attemptsMade"]) for error in errors] == 2 * [(code, 4)]
    events = neighbours.function.events
    assert len({event["invocationId"] for event in events}) == len(events) == 4
    assert len({tuple(r["recordId"] for r in event["records"]) for event in events}) == 1


def test_a_second_attempt_may_succeed(stream: Firehose, neighbours: Neighbours) -> None:
    def once(event: dict[str, Any]) -> dict[str, Any]:
        if len(neighbours.function.events) == 1:
            raise ValueError("only once")
        return {"records": [ok(record, b"good") for record in event["records"]]}

    neighbours.function.handler = once
    deliver(stream, b"one")
    assert neighbours.s3.bodies("lake/") == [b"good"]


def test_the_number_of_retries_is_obeyed(firehose: Firehose, neighbours: Neighbours) -> None:
    neighbours.function.handler = _raise(ValueError("no"))
    destination = s3(ProcessingConfiguration=transform(NumberOfRetries="0"), ErrorOutputPrefix=ERRORS)
    firehose.call("CreateDeliveryStream", create_request(destination))
    deliver(firehose, b"one")
    assert len(neighbours.function.events) == 1


@pytest.mark.parametrize("keys", [{}, {"year": ""}, {"other": "x"}, {"year": None}, {"year": 2024}])
def test_a_record_without_its_partition_key_fails(firehose: Firehose, neighbours: Neighbours, keys: Any) -> None:
    neighbours.function.handler = lambda event: {"records": [ok(r, b"{}", **keys) for r in event["records"]]}
    firehose.call("CreateDeliveryStream", create_request(partitioned()))
    deliver(firehose, b"one")
    [error] = neighbours.s3.errors("lake/errors/metadata-extraction-failed/")
    assert error["errorMessage"] == "partitionKeys values must not be null or empty"
    assert len(neighbours.s3.objects) == 1


def test_more_than_500_partitions_are_refused_record_by_record(tmp_path: Path, neighbours: Neighbours) -> None:
    firehose = Firehose(neighbours.clients, tmp_path, Clock())

    def by_itself(event: dict[str, Any]) -> dict[str, Any]:
        return {"records": [ok(r, b"{}", year=data_of(r).decode()) for r in event["records"]]}

    neighbours.function.handler = by_itself
    firehose.call("CreateDeliveryStream", create_request(partitioned()))
    records = [{"Data": b64(b"%d" % number)} for number in range(limits.MAX_ACTIVE_PARTITIONS)]
    for batch in (records, [{"Data": b64(b"x")}, {"Data": b64(b"7")}]):
        firehose.call("PutRecordBatch", {"DeliveryStreamName": "prices", "Records": batch})
    firehose.flush()
    firehose.close()
    errors = neighbours.s3.errors("lake/errors/activePartitionExceeded/")
    assert len(neighbours.s3.bodies("lake/landing/")) == limits.MAX_ACTIVE_PARTITIONS
    assert len(errors) == firehose.metrics("prices")["PartitionCountExceeded"] == 1


def test_a_record_that_does_not_convert_is_named_with_its_table(firehose: Firehose, neighbours: Neighbours) -> None:
    destination = s3(
        Prefix="data/!{timestamp:yyyy}/",
        ErrorOutputPrefix=ERRORS,
        BufferingHints=hints(64, 60),
        DataFormatConversionConfiguration=parquet(),
    )
    firehose.call("CreateDeliveryStream", create_request(destination))
    deliver(firehose, b'{"close":"oops"}', b'{"close":1}', b" ", b"garbage")
    errors = neighbours.s3.errors("lake/errors/format-conversion-failed/")
    assert list(errors[0]) == [
        "attemptsMade",
        "arrivalTimestamp",
        "lastErrorCode",
        "lastErrorMessage",
        "attemptEndingTimestamp",
        "rawData",
        "sequenceNumber",
        "subSequenceNumber",
        "dataCatalogTable",
    ]
    assert errors[0]["dataCatalogTable"]["tableName"] == "prices_landing"
    assert errors[0]["dataCatalogTable"]["versionId"] == "LATEST"
    codes = [error["lastErrorCode"].partition(".")[2] for error in errors]
    assert codes == ["MalformedData", "MalformedData", "ParseError"]
    assert errors[1]["lastErrorMessage"] == "The record was empty or contained only whitespace."
    assert len(neighbours.s3.bodies("lake/data/")) == 1
    [key] = [key for key in neighbours.s3.objects if "errors" in key]
    assert "." not in key.rpartition("/")[2]


def test_a_table_that_went_away_fails_every_record(firehose: Firehose, neighbours: Neighbours) -> None:
    destination = s3(BufferingHints=hints(64, 60), DataFormatConversionConfiguration=parquet())
    firehose.call("CreateDeliveryStream", create_request(destination))
    neighbours.glue.tables.clear()
    deliver(firehose, b"{}", b"{}")
    errors = [json.loads(line) for body in neighbours.s3.bodies("lake/format-conv") for line in body.splitlines()]
    assert [error["lastErrorCode"] for error in errors] == 2 * ["DataFormatConversion.InvalidSchema"]


@given(st.lists(st.integers(0, 400_000), max_size=40))
def test_no_event_passes_the_payload_limit(sizes: list[int]) -> None:
    records = [Record(number, 0, bytes(size)) for number, size in enumerate(sizes)]
    cut = list(batches(records))
    assert [record for batch in cut for record in batch] == records
    for batch in cut:
        assert sum(4 * ((len(r.data) + 2) // 3) + 150 for r in batch) <= limits.LAMBDA_PAYLOAD_BYTES
