"""The contract between Firehose and a transform function: the event, and the effect of each answer. Pure functions.

https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec
import pybase64

from delivery import limits
from local.firehose.records import Item, Record

_ENVELOPE_BYTES = 512
_RECORD_ENVELOPE_BYTES = 160
"""Id, time stamp and punctuation around one record's data in the event."""

MISSING: Final = (
    "Lambda.MissingRecordId",
    "One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids.",
)
DUPLICATED: Final = (
    "Lambda.DuplicatedRecordId",
    "Multiple records were returned with the same record ID. Ensure that the Lambda function returns unique record IDs "
    "for each record.",
)
FAILED: Final = ("Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record")
NO_DATA: Final = (
    "Lambda.InvalidReturnFormat",
    "The data field cannot be null when the SourceType is DirectPut or KinesisStreamAsSource and processing result is "
    "Ok.",
)
BAD_RESULT: Final = ("Lambda.InvalidReturnFormat", "The result field must be one of Ok, Dropped, ProcessingFailed.")
BAD_DATA: Final = ("Lambda.JsonProcessingException", "The data field is not valid base64.")


@dataclass
class Answer:
    """The outcome of a batch: every record is in exactly one list; `failed` has code and message."""

    ok: list[Item] = field(default_factory=list)
    dropped: list[Record] = field(default_factory=list)
    failed: list[tuple[Record, str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Caller:
    """What an event says about the stream that sends it."""

    stream_arn: str
    region: str


def batches(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """Cut a buffer so that no event exceeds Lambda's payload limit."""
    start, size = 0, _ENVELOPE_BYTES
    for at, record in enumerate(records):
        cost = 4 * ((len(record.data) + 2) // 3) + _RECORD_ENVELOPE_BYTES
        if size + cost > limits.LAMBDA_PAYLOAD_BYTES and at > start:
            yield records[start:at]
            start, size = at, _ENVELOPE_BYTES
        size += cost
    if records:
        yield records[start:]


class _SentRecord(msgspec.Struct, gc=False):
    recordId: str  # noqa: N815
    approximateArrivalTimestamp: int  # noqa: N815
    data: str


class _Event(msgspec.Struct):
    invocationId: str  # noqa: N815
    deliveryStreamArn: str  # noqa: N815
    region: str
    records: list[_SentRecord]


def event(caller: Caller, invocation_id: str, records: Sequence[Record]) -> bytes:
    """The invocation's payload."""
    sent = [
        _SentRecord(record.record_id, record.arrival_ms, pybase64.b64encode_as_string(record.data))
        for record in records
    ]
    return msgspec.json.encode(_Event(invocation_id, caller.stream_arn, caller.region, sent))


class _Metadata(msgspec.Struct, frozen=True, gc=False):
    partitionKeys: dict[str, str] = {}  # noqa: N815


class _Transformed(msgspec.Struct, gc=False):
    recordId: str  # noqa: N815
    result: Literal["Ok"]
    data: str
    metadata: _Metadata = _Metadata()


class _AllOk(msgspec.Struct):
    records: list[_Transformed]


_ALL_OK: Final = msgspec.json.Decoder(_AllOk)


def read_answer(payload: bytes, records: Sequence[Record]) -> Answer:
    """The outcome of each of `records`; ids that were never sent are ignored."""
    items = _all_ok(payload, records)
    return _judged(payload, records) if items is None else Answer(ok=items)


def _all_ok(payload: bytes, records: Sequence[Record]) -> list[Item] | None:
    """The records if the function returned all of them as `Ok` and in order, as most answers do; else None."""
    try:
        entries = _ALL_OK.decode(payload).records
        if [entry.recordId for entry in entries] != [record.record_id for record in records]:
            return None
        return [
            Item(
                record.sequence,
                record.arrival_ms,
                pybase64.b64decode(entry.data, validate=True),
                entry.metadata.partitionKeys,
            )
            for record, entry in zip(records, entries, strict=True)
        ]
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def _judged(payload: bytes, records: Sequence[Record]) -> Answer:
    by_id: dict[str, Mapping[str, Any]] = {}
    several = set()
    for entry in _returned(payload):
        if by_id.setdefault(entry["recordId"], entry) is not entry:
            several.add(entry["recordId"])
    answer = Answer()
    for record in records:
        sent_id = record.record_id
        returned = by_id.get(sent_id)
        if returned is None:
            answer.failed.append((record, *MISSING))
        elif sent_id in several:
            answer.failed.append((record, *DUPLICATED))
        else:
            _judge(record, returned, answer)
    return answer


def _returned(payload: bytes) -> list[Mapping[str, Any]]:
    try:
        document = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    records = document.get("records") if isinstance(document, dict) else None
    entries = records if isinstance(records, list) else []
    return [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("recordId"), str)]


def _judge(record: Record, entry: Mapping[str, Any], answer: Answer) -> None:
    result, data = entry.get("result"), entry.get("data")
    if result == "Dropped":
        answer.dropped.append(record)
    elif result == "ProcessingFailed":
        answer.failed.append((record, *FAILED))
    elif result != "Ok":
        answer.failed.append((record, *BAD_RESULT))
    elif data is None:
        answer.failed.append((record, *NO_DATA))
    else:
        _accept(record, data, entry, answer)


def _accept(record: Record, data: object, entry: Mapping[str, Any], answer: Answer) -> None:
    try:
        decoded = pybase64.b64decode(data, validate=True) if isinstance(data, str) else None
    except ValueError:
        decoded = None
    if decoded is None:
        answer.failed.append((record, *BAD_DATA))
        return
    metadata = entry.get("metadata")
    keys = metadata.get("partitionKeys") if isinstance(metadata, dict) else None
    keys = keys if isinstance(keys, dict) else {}
    answer.ok.append(Item(record.sequence, record.arrival_ms, decoded, keys))
