"""PutRecord and PutRecordBatch: the limits of a call, refused in AWS's words.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pybase64

from delivery import limits
from local.firehose.api.shapes import refuse, violation
from local.protocol import AwsError

_NAME = re.compile(limits.STREAM_NAME_PATTERN)


def stream_name(request: Mapping[str, Any]) -> str:
    """The stream that a put names; raises ValidationException."""
    name = request.get("DeliveryStreamName")
    if not isinstance(name, str):
        refuse([violation(None, "deliveryStreamName", "not be null")])
    if not _NAME.fullmatch(str(name)):
        pattern = violation(name, "deliveryStreamName", "satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
        refuse([pattern])
    return str(name)


def one_record(request: Mapping[str, Any]) -> list[bytes]:
    """The data of a PutRecord call; raises ValidationException or SerializationException."""
    if request.get("Record") is None:
        refuse([violation(None, "record", "not be null")])
    data = _data(request["Record"], "record.data")
    refuse(_too_long(data, "record.data"))
    return [data]


def batch_of_records(request: Mapping[str, Any]) -> list[bytes]:
    """The data of a PutRecordBatch call; raises AwsError for a broken limit."""
    records = request.get("Records")
    if not isinstance(records, Sequence) or isinstance(records, str):
        refuse([violation(None, "records", "not be null")])
        raise AwsError("SerializationException", "records: str can not be converted to list")
    if not records:
        refuse([violation("[]", "records", "have length greater than or equal to 1")])
    if len(records) > limits.MAX_BATCH_RECORDS:
        refuse([violation("[...]", "records", f"have length less than or equal to {limits.MAX_BATCH_RECORDS}")])
    payloads = _all_data(records)
    if max(map(len, payloads)) > limits.MAX_RECORD_BYTES:
        refuse([v for number, data in enumerate(payloads, 1) for v in _too_long(data, _member(number))])
    if sum(map(len, payloads)) > limits.MAX_BATCH_BYTES:
        raise AwsError("InvalidArgumentException", "Records size exceeds 4 MB limit")
    return payloads


def _all_data(records: Sequence[Any]) -> list[bytes]:
    """The data of every record. Each is looked at alone only when something is wrong with one: that is slower."""
    try:
        return [pybase64.b64decode(record["Data"], validate=True) for record in records]
    except (KeyError, TypeError, ValueError):
        return [_data(record, _member(number)) for number, record in enumerate(records, 1)]


def _member(number: int) -> str:
    return f"records.{number}.member.data"


def _data(record: Any, path: str) -> bytes:
    data = record.get("Data") if isinstance(record, Mapping) else None
    if data is None:
        refuse([violation(None, path, "not be null")])
    try:
        return pybase64.b64decode(data or "", validate=True)
    except (ValueError, TypeError) as error:
        raise AwsError("SerializationException", f"{path} is not base64 text: {error}") from error


def _too_long(data: bytes, path: str) -> list[str]:
    size = len(data)
    if size <= limits.MAX_RECORD_BYTES:
        return []
    shown = f"java.nio.HeapByteBuffer[pos=0 lim={size} cap={size}]"
    return [violation(shown, path, f"have length less than or equal to {limits.MAX_RECORD_BYTES}")]
