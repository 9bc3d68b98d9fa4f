"""PutRecord and PutRecordBatch: the limits of a call, refused in AWS's words.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pybase64

from delivery import limits
from local.firehose.api.shapes import check_request, refuse, unfit, violation, without_nulls
from local.protocol import AwsError

_NAME = re.compile(limits.STREAM_NAME_PATTERN)


def stream_name(request: Mapping[str, Any]) -> str:
    """The stream that a put names; raises ValidationException or SerializationException."""
    name = request.get("DeliveryStreamName")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        # Refused as by the operations that the model checks: they have the name, and nothing else that is required.
        check_request("DescribeDeliveryStream", without_nulls({"DeliveryStreamName": name}))
    return str(name)


def one_record(request: Mapping[str, Any]) -> list[bytes]:
    """The data of a PutRecord call; raises ValidationException or SerializationException."""
    data = _data(request.get("Record"), "record")
    refuse(_too_long(data, "record.data"))
    return [data]


def batch_of_records(request: Mapping[str, Any]) -> list[bytes]:
    """The data of a PutRecordBatch call; raises AwsError for a broken limit."""
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
    """The data of every record. Each is looked at alone only when something is wrong with one: that is slower."""
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
