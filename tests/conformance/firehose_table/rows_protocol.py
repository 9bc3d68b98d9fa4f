"""Sections 1.1 and 1.3 to 1.5: the protocol, its errors, and what holds for every put."""

import re
import time
from collections.abc import Iterator
from typing import Any

from tests.conformance.firehose_table.aws import Aws
from tests.conformance.firehose_table.configurations import hints
from tests.conformance.firehose_table.putting import taker
from tests.conformance.firehose_table.row import row
from tests.conformance.firehose_table.waiting import eventually

_TARGET = "Firehose_20150804."


# --- 1.3 errors -----------------------------------------------------------------------------------


def _unknown(operation: str, **request: Any) -> None:
    statement = (
        f"{operation} on a stream that does not exist: ResourceNotFoundException, which names stream and account."
    )

    @row(f"unknown-stream-{operation}", "1.3", statement, "documented" if operation.startswith("Put") else "code")
    def _(aws: Aws) -> None:
        assert aws.refused(operation, DeliveryStreamName="nothing", **request) == (
            "ResourceNotFoundException",
            "Firehose nothing under account 000000000000 not found.",
        )


_unknown("PutRecord", Record={"Data": b"x"})
_unknown("PutRecordBatch", Records=[{"Data": b"x"}])
_unknown("DescribeDeliveryStream")
_unknown("DeleteDeliveryStream")
_unknown("TagDeliveryStream", Tags=[{"Key": "a"}])
_unknown("StartDeliveryStreamEncryption")
_unknown("UpdateDestination", CurrentDeliveryStreamVersionId="1", DestinationId="x", ExtendedS3DestinationUpdate={})


@row("put-without-a-record", "1.3", "A required member that is missing is named: `Value null at 'record'`.", "inferred")
def _(aws: Aws) -> None:
    code, message = aws.refused("PutRecord", DeliveryStreamName=taker(aws).name)
    assert code == "ValidationException"
    assert message == (
        "1 validation error detected: Value null at 'record' failed to satisfy constraint: Member must not be null"
    )


@row(
    "data-that-is-not-base64", "1.3", "What becomes of data that is not base64 text.", "unknown",
    here="The call is refused by SerializationException, which names the record.",
)  # fmt: skip
def _(aws: Aws) -> None:
    body = b'{"DeliveryStreamName": "%s", "Records": [{"Data": "***"}]}' % taker(aws).name.encode()
    status, _, answer = aws.post(_TARGET + "PutRecordBatch", body)
    assert (status, answer["__type"]) == (400, "SerializationException")
    assert "records.1.member.data" in answer["message"]


# --- 1.1 protocol ---------------------------------------------------------------------------------


@row("content-type", "1.1", "Answers are JSON 1.1: `application/x-amz-json-1.1`.", "documented")
def _(aws: Aws) -> None:
    status, headers, answer = aws.post(_TARGET + "ListDeliveryStreams")
    assert (status, headers["content-type"]) == (200, "application/x-amz-json-1.1")
    assert set(answer) == {"DeliveryStreamNames", "HasMoreDeliveryStreams"}


@row("request-id", "1.1", "Every answer, an error's too, has an `x-amzn-RequestId` of its own.", "documented")
def _(aws: Aws) -> None:
    ids = [aws.post(_TARGET + operation)[1]["x-amzn-requestid"] for operation in ("ListDeliveryStreams", "Nothing")]
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", number) for number in ids)
    assert ids[0] != ids[1]


@row("error-shape", "1.1", "An error is status 400 with `__type` and `message`.", "documented")
def _(aws: Aws) -> None:
    status, _, answer = aws.post(_TARGET + "DescribeDeliveryStream", b'{"DeliveryStreamName": "nothing"}')
    assert (status, set(answer), answer["__type"]) == (400, {"__type", "message"}, "ResourceNotFoundException")


def _not_an_operation(row_id: str, statement: str, target: str | None) -> None:
    @row(row_id, "1.1", statement, "inferred")
    def _(aws: Aws) -> None:
        status, _, answer = aws.post(target)
        assert (status, answer["__type"]) == (400, "UnknownOperationException")


_not_an_operation(
    "unknown-operation", "An operation that Firehose does not have: UnknownOperationException.", _TARGET + "PutRecords"
)
_not_an_operation("no-target", "A request for Firehose without `X-Amz-Target`: UnknownOperationException.", None)
_not_an_operation(
    "other-version", "A target of another API version: UnknownOperationException.", "Firehose_2015.PutRecord"
)


def _not_serialized(row_id: str, statement: str, body: bytes) -> None:
    @row(row_id, "1.1", statement, "inferred")
    def _(aws: Aws) -> None:
        status, _, answer = aws.post(_TARGET + "DescribeDeliveryStream", body)
        assert (status, answer["__type"]) == (400, "SerializationException")
        status, _, answer = aws.post(_TARGET + "PutRecord", body)
        assert (status, answer["__type"]) == (400, "SerializationException")


_not_serialized("malformed-json", "A body that is not JSON: SerializationException.", b'{"DeliveryStreamName"')
_not_serialized("json-array", "A body that is not a JSON object: SerializationException.", b"[]")
_not_serialized("wrong-type", "A member of the wrong type: SerializationException.", b'{"DeliveryStreamName": 5}')


@row("null-member", "1.1", "A member that is null counts as left out.", "documented")
def _(aws: Aws) -> None:
    name = aws.stream().active().name
    tagged, _, _ = aws.post(
        _TARGET + "TagDeliveryStream",
        b'{"DeliveryStreamName": "%s", "Tags": [{"Key": "k", "Value": null}]}' % name.encode(),
    )
    status, _, answer = aws.post(
        _TARGET + "ListTagsForDeliveryStream", b'{"DeliveryStreamName": "%s", "Limit": null}' % name.encode()
    )
    assert (tagged, status, answer["Tags"]) == (200, 200, [{"Key": "k", "Value": ""}])


# --- 1.4, 1.5 semantics and quotas ----------------------------------------------------------------


@row("deletion-discards", "1.4", "Deleting a stream discards what it has buffered.", "probed")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(BufferingHints=hints(5, 900))
    stream.put(b"lost")
    aws.firehose.delete_delivery_stream(DeliveryStreamName=stream.name)
    time.sleep(2)
    yield
    assert stream.objects() == []


@row("nothing-is-lost", "1.4", "Every record of every batch is delivered.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream()
    for first in range(0, 1500, 500):
        stream.put(*(b"%04d " % number for number in range(first, first + 500)))
    yield
    assert sorted(map(int, stream.body(7500).split())) == list(range(1500))


@row("throughput-hint", "1.5", "ThroughputHintInMBs is shown by Describe and limits nothing.", "documented")
def _(aws: Aws) -> None:
    stream = aws.stream(request={"DirectPutSourceConfiguration": {"ThroughputHintInMBs": 1}})
    shown = {"DirectPutSourceDescription": {"ThroughputHintInMBs": 1}}
    assert stream.describe()["Source"] == shown
    assert stream.put(*4 * [bytes(1_000_000)])["FailedPutCount"] == 0


@row("throughput-hint-range", "1.5", "ThroughputHintInMBs is 1 to 100.", "documented")
def _(aws: Aws) -> None:
    code, message = aws.refused(
        "CreateDeliveryStream", DeliveryStreamName="x", DirectPutSourceConfiguration={"ThroughputHintInMBs": 101}
    )
    assert (code, "less than or equal to 100" in message) == ("ValidationException", True)


@row(
    "control-plane-rate", "1.5", "Each operation of the control plane may be called 5 times a second.", "documented",
    here="Not limited.",
)  # fmt: skip
def _(aws: Aws) -> None:
    def seconds_of_twenty() -> float:
        began = time.monotonic()
        for _ in range(20):
            aws.firehose.list_delivery_streams()
        return time.monotonic() - began

    assert eventually(seconds_of_twenty, lambda seconds: seconds < 3)
