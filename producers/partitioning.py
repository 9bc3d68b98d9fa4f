"""Which partition a row belongs to, from the raw text of its partition column, and how a nested document is cut.

The transform decides what a date is; here the text only has to be clear enough to sort rows into records. What is not
clear travels in records of its own, where the transform can refuse it without holding up its neighbours.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from delivery.packing import Leaf
from producers.rejects import Reject
from schemas.contract import Contract, Partition, Unit

_LENGTHS: Final[dict[Unit, int]] = {"year": len("2010"), "month": len("2010-01"), "day": len("2010-01-04")}
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_OFFSET: Final = re.compile(r"[+-]\d{2}:?\d{2}$")
_branch: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def partition_of(value: object, partition: Partition | None) -> str | None:
    """`2010`, `2010-01` or `2010-01-04` for a date or timestamp in ISO text, in UTC; None where it is not clear."""
    if partition is None or not isinstance(value, str) or not _DATE.match(value):
        return None
    if len(value) > len("2010-01-04") and _OFFSET.search(value, len("2010-01-04")):
        value = _in_utc(value)
    return value[: _LENGTHS[partition.unit]] or None


def partition_in(row: dict[str, Any], contract: Contract) -> str | None:
    """The partition of a row by any name that its partition column may come under."""
    if contract.partition is None:
        return None
    names = contract.column(contract.partition.by).accepted_names
    value = next((row[name] for name in names if name in row), None)
    return partition_of(value, contract.partition)


def cut(document: bytes, contract: Contract) -> Iterator[Leaf | Reject]:
    """The rows of a document nested by `contract.nest`; a branch that ends too early is a `Reject`.

    Raises `msgspec.DecodeError` when `document` is not one JSON object.
    """
    for key, below in _branch.decode(document).items():
        yield from _below(bytes(below), (key,), contract)


def _below(branch: bytes, path: tuple[str, ...], contract: Contract) -> Iterator[Leaf | Reject]:
    if len(path) == len(contract.nest):
        yield Leaf(_partition_at(path, contract), path, branch)
        return
    try:
        children = _branch.decode(branch)
    except msgspec.DecodeError:
        found = msgspec.json.encode({path[-1]: msgspec.Raw(branch)}).decode()
        wanted = " > ".join(contract.nest)
        reason = f"{' > '.join(path)} is not an object; the document is nested by {wanted}, then the row's columns"
        yield Reject("parse", reason, found)
        return
    for key, below in children.items():
        yield from _below(bytes(below), (*path, key), contract)


def _partition_at(path: tuple[str, ...], contract: Contract) -> str | None:
    if contract.partition is None or contract.partition.by not in contract.nest:
        return None
    return partition_of(path[contract.nest.index(contract.partition.by)], contract.partition)


def _in_utc(text: str) -> str:
    """`text` moved to UTC; empty when it is no timestamp."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return ""
