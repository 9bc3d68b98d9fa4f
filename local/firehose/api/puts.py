"""PutRecord and PutRecordBatch: refused in AWS's words, or answered when the records are on disk.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pybase64

from delivery import limits
from local.firehose.api.encryption import is_encrypted
from local.firehose.api.registry import Registry
from local.firehose.api.shapes import check_request, refuse, unfit, violation, without_nulls
from local.firehose.stream import Stream
from local.protocol import AwsError, Json

_NAME = re.compile(limits.STREAM_NAME_PATTERN)
_SLOW_DOWN = {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}


class Puts:
    """The operations of producers."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def put_record(self, request: Mapping[str, Any]) -> Json:
        """Take one record; raises AwsError."""
        name, payloads = _stream_name(request), _one_record(request)
        stream = self._registry.active(name)
        with stream.metrics.timed("PutRecord.Latency"):
            accepted = stream.put(payloads)
        if not accepted:
            raise AwsError("ServiceUnavailableException", "Slow down.", status=503)
        stream.metrics.add(PutRecord_Requests=1, PutRecord_Bytes=len(payloads[0]))
        return {"RecordId": accepted[0], "Encrypted": self._encrypts(stream)}

    def put_record_batch(self, request: Mapping[str, Any]) -> Json:
        """Take up to 500 records; raises AwsError."""
        name, payloads = _stream_name(request), _batch_of_records(request)
        stream = self._registry.active(name)
        with stream.metrics.timed("PutRecordBatch.Latency"):
            accepted = stream.put(payloads)
        size = sum(map(len, payloads[: len(accepted)]))
        stream.metrics.add(PutRecordBatch_Requests=1, PutRecordBatch_Records=len(accepted), PutRecordBatch_Bytes=size)
        failed = len(payloads) - len(accepted)
        responses = [{"RecordId": number} for number in accepted] + failed * [_SLOW_DOWN]
        return {"FailedPutCount": failed, "Encrypted": self._encrypts(stream), "RequestResponses": responses}

    def _encrypts(self, stream: Stream) -> bool:
        return is_encrypted(stream.state.encryption, self._registry.surface.clock.now())


def _stream_name(request: Mapping[str, Any]) -> str:
    """The stream that a put names; raises ValidationException or SerializationException."""
    name = request.get("DeliveryStreamName")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        # Refused like the operations that the model checks, by one that requires nothing but the name.
        check_request("DescribeDeliveryStream", without_nulls({"DeliveryStreamName": name}))
    return str(name)


def _one_record(request: Mapping[str, Any]) -> list[bytes]:
    """The data of a PutRecord call; raises ValidationException or SerializationException."""
    data = _data(request.get("Record"), "record")
    refuse(_too_long(data, "record.data"))
    return [data]


def _batch_of_records(request: Mapping[str, Any]) -> list[bytes]:
    """The data of a PutRecordBatch call; raises AwsError for an exceeded limit."""
    records = _given(request.get("Records"), list, "list", "records")
    if not records:
        refuse([violation("[]", "records", "have length greater than or equal to 1")])
    if len(records) > limits.MAX_BATCH_RECORDS:
        refuse([violation("[...]", "records", f"have length less than or equal to {limits.MAX_BATCH_RECORDS}")])
    payloads = _all_data(records)
    if max(map(len, payloads)) > limits.MAX_RECORD_BYTES:
        refuse([v for number, data in enumerate(payloads, 1) for v in _too_long(data, f"{_member(number)}.data")])
    if sum(map(len, payloads)) > limits.MAX_BATCH_BYTES:
        raise AwsError("InvalidArgumentException", "Records size exceeds 4 MB limit")
    return payloads


def _all_data(records: Sequence[Any]) -> list[bytes]:
    """The data of every record. They are checked one by one, which is slower, only if one of them is wrong."""
    try:
        return [pybase64.b64decode(record["Data"], validate=True) for record in records]
    except (KeyError, TypeError, ValueError):
        return [_data(record, _member(number)) for number, record in enumerate(records, 1)]


def _member(number: int) -> str:
    return f"records.{number}.member"


def _data(record: Any, path: str) -> bytes:
    member = f"{path}.data"
    data = _given(_given(record, Mapping, "structure", path).get("Data"), str, "blob", member)
    try:
        return pybase64.b64decode(data, validate=True)
    except ValueError as error:
        raise AwsError("SerializationException", f"{member} is not base64 text: {error}") from error


def _given(value: Any, kind: type, wanted: str, path: str) -> Any:
    """A required value of this type; raises ValidationException or SerializationException."""
    if value is None:
        refuse([violation(None, path, "not be null")])
    if not isinstance(value, kind):
        raise unfit(value, wanted, path)
    return value


def _too_long(data: bytes, path: str) -> list[str]:
    size = len(data)
    if size <= limits.MAX_RECORD_BYTES:
        return []
    shown = f"java.nio.HeapByteBuffer[pos=0 lim={size} cap={size}]"
    return [violation(shown, path, f"have length less than or equal to {limits.MAX_RECORD_BYTES}")]
