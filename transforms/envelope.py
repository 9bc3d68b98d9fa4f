"""Firehose's Lambda contract: the event's records, and one answer for each of them in under 6 MB.

https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html
"""

from collections.abc import Sequence
from typing import Final, Literal, NotRequired, TypedDict

import pybase64

from delivery.limits import LAMBDA_PAYLOAD_BYTES

_ANSWER_BYTES: Final = 200
"""JSON around one answer's data and id: names, result, partition keys."""
_ENVELOPE_BYTES: Final = LAMBDA_PAYLOAD_BYTES - 6_000_000 + 100
"""Kept free of every response: AWS's own blueprint reads the limit of 6 MB as 6,000,000 bytes."""


class EventRecord(TypedDict):
    """One record of the event; `data` is base64."""

    recordId: str
    data: str


class Event(TypedDict):
    """What Firehose invokes the function with, as far as it is used here."""

    deliveryStreamArn: str
    records: list[EventRecord]


class Metadata(TypedDict):
    """Values for `!{partitionKeyFromLambda:…}`."""

    partitionKeys: dict[str, str]


class Answer(TypedDict):
    """What becomes of one record."""

    recordId: str
    result: Literal["Ok", "Dropped", "ProcessingFailed"]
    data: NotRequired[str]
    metadata: NotRequired[Metadata]


class Response(TypedDict):
    """The function's result."""

    records: list[Answer]


def stream_name(event: Event) -> str:
    """The stream that invoked the function."""
    return event["deliveryStreamArn"].rpartition("/")[2]


def data_of(record: EventRecord) -> bytes:
    """The record's data; raises ValueError when they are not base64."""
    return pybase64.b64decode(record["data"], validate=True)


def ok(record_id: str, lines: bytes, partition_keys: dict[str, str]) -> Answer:
    """The record becomes `lines`, stored under `partition_keys`."""
    answer = Answer(recordId=record_id, result="Ok", data=pybase64.b64encode_as_string(lines))
    if partition_keys:
        answer["metadata"] = Metadata(partitionKeys=partition_keys)
    return answer


def dropped(record_id: str) -> Answer:
    """Everything in the record went elsewhere."""
    return Answer(recordId=record_id, result="Dropped")


def failed(record_id: str) -> Answer:
    """The record, as it came, goes to the stream's error prefix."""
    return Answer(recordId=record_id, result="ProcessingFailed")


class Room:
    """How many bytes of lines the response still takes when every record of the event gets an answer."""

    def __init__(self, records: Sequence[EventRecord]) -> None:
        # An id is a long number; should one ever hold other characters, JSON spells each in six at most.
        answers = sum(_ANSWER_BYTES + 6 * len(record["recordId"]) for record in records)
        self._left = LAMBDA_PAYLOAD_BYTES - _ENVELOPE_BYTES - answers

    def take(self, lines: bytes) -> bool:
        """Whether `lines` still fit; if so their room is taken."""
        needed = (len(lines) + 2) // 3 * 4
        if needed > self._left:
            return False
        self._left -= needed
        return True
