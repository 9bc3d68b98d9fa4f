"""Multi-record de-aggregation: one record as put, cut into sub-records that are then processed one by one.

https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-multirecord-deaggergation.html
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from delivery import limits
from local.firehose.records import Record
from local.serde.documents import documents

_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Deaggregation:
    """Where records are cut: at every `delimiter`; if that is empty, after every JSON object."""

    delimiter: bytes


def deaggregate(record: Record, how: Deaggregation) -> list[Record]:
    """The sub-records of a record, without what separates them, numbered from 1.

    Just the whole record if it has none or more than 500, or does not consist of JSON objects alone.
    """
    parts = _delimited(record.data, how.delimiter) if how.delimiter else _objects(record.data)
    if not 0 < len(parts) <= limits.MAX_SUB_RECORDS:
        return [record]
    return [Record(record.sequence, record.arrival_ms, data, part) for part, data in enumerate(parts, 1)]


def _delimited(data: bytes, delimiter: bytes) -> list[bytes]:
    return [part for part in data.split(delimiter) if part]


def _objects(data: bytes) -> list[bytes]:
    """The JSON objects that `data` consists of, at most one over the limit; none if it contains anything else."""
    try:
        objects = list(islice(_texts(data.decode()), limits.MAX_SUB_RECORDS + 1))
    except (ValueError, RecursionError):
        return []
    return [text.encode() for text in objects]


def _texts(text: str) -> Iterator[str]:
    for start, end, value in documents(text, _DECODER):
        if not isinstance(value, dict):
            raise ValueError(f"what begins at {start} is not a JSON object")
        yield text[start:end]
