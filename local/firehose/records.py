"""The values that pass through the stages: a record as put, an item on its way to S3, a failure."""

from collections.abc import Mapping
from typing import Literal

import msgspec

ErrorType = Literal[
    "processing-failed",
    "format-conversion-failed",
    "metadata-extraction-failed",
    "activePartitionExceeded",
    "delivery-failed",
]
"""What `!{firehose:error-output-type}` becomes."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """A record as it was put, or the `part`-th of its sub-records; `arrival_ms` is epoch milliseconds."""

    sequence: int
    arrival_ms: int
    data: bytes
    part: int = 0

    @property
    def record_id(self) -> str:
        """The id that the client and the transform see: decimal digits, opaque, unique in the stream."""
        return record_id(self.sequence, self.part)


class Item(msgspec.Struct, frozen=True, gc=False):
    """A record after the transform: its bytes, and the partition keys that the transform gave it."""

    sequence: int
    arrival_ms: int
    data: bytes
    keys: Mapping[str, str] = {}


class Failure(msgspec.Struct, frozen=True, gc=False):
    """A record that goes to the error prefix; `ended_ms` is when its last attempt ended (epoch milliseconds)."""

    sequence: int
    arrival_ms: int
    data: bytes
    kind: ErrorType
    code: str
    message: str
    attempts: int
    ended_ms: int


def record_id(sequence: int, part: int = 0) -> str:
    """The id of the record with this sequence number, or of its `part`-th sub-record."""
    return f"4964{str(sequence).zfill(52)}{str(part).zfill(6)}"  # half the time of a width in the format
