"""How a nested document is cut into leaves, the rows of one branch and partition each."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from delivery.limits import KIB
from delivery.rows import Leaf
from producers.partitioning import partition_of
from producers.rejects import Reject
from schemas.contract import Contract

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_scanner: Final = json.JSONDecoder(parse_float=str, parse_int=str)
_TOGETHER_BYTES: Final = 64 * KIB
"""Rows that travel as one: few enough for a record to be filled well."""
_branch: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def cut(document: bytes, contract: Contract) -> Iterator[Leaf | Reject]:
    """The rows of a document nested by `contract.nest`, those of one branch and partition together; a branch that ends
    too early is a `Reject`.

    Keys that occur twice give their rows twice. Raises `msgspec.DecodeError` when `document` is not one JSON object.
    """
    yield from _below(document, (), contract)


def _below(branch: bytes | msgspec.Raw, path: tuple[str, ...], contract: Contract) -> Iterator[Leaf | Reject]:
    try:
        children = fields_of(branch)
    except msgspec.DecodeError:
        if not path:
            raise
        found = msgspec.json.encode({path[-1]: msgspec.Raw(bytes(branch))}).decode()
        wanted = " > ".join(contract.nest)
        reason = f"{' > '.join(path)} is not an object; the document is nested by {wanted}, then the row's columns"
        yield Reject("parse", reason, found, column=contract.nest[len(path)])
        return
    if len(contract.nest) == 1:
        yield from (Leaf(_partition_at((key,), contract), (key,), bytes(below)) for key, below in children)
        return
    if len(path) == len(contract.nest) - 1:
        yield from _together(children, path, contract)
        return
    for key, below in children:
        yield from _below(below, (*path, key), contract)


def _together(rows: Iterable[tuple[str, msgspec.Raw]], path: tuple[str, ...], contract: Contract) -> Iterator[Leaf]:
    """The rows below `path`, in a leaf for each partition or more; another one begins where a key occurs again."""
    groups: dict[str | None, dict[str, msgspec.Raw]] = {}
    for key, row in rows:
        partition = _partition_at((*path, key), contract)
        group = groups.setdefault(partition, {})
        if key in group:
            yield from _leaves(partition, path, group)
            group = groups[partition] = {}
        group[key] = row
    for partition, group in groups.items():
        yield from _leaves(partition, path, group)


def _leaves(partition: str | None, path: tuple[str, ...], rows: dict[str, msgspec.Raw]) -> Iterator[Leaf]:
    """One leaf; halves of it, and so on, where that would be too long."""
    data = msgspec.json.encode(rows)
    if len(data) <= _TOGETHER_BYTES or len(rows) == 1:
        yield Leaf(partition, path, data, len(rows))
        return
    items = list(rows.items())
    for half in (items[: len(items) // 2], items[len(items) // 2 :]):
        yield from _leaves(partition, path, dict(half))


def fields_of(branch: bytes | msgspec.Raw) -> Iterable[tuple[str, msgspec.Raw]]:
    """The keys of a JSON object in order, and their values as they stand there; a repeated key is repeated.

    Raises `msgspec.DecodeError` when `branch` is not one object.
    """
    found = _branch.decode(branch)
    if len(msgspec.json.encode(found)) < memoryview(branch).nbytes:  # spaces and escapes, or else a key that came twice
        return _pairs(bytes(branch).decode())
    return found.items()


def _pairs(text: str) -> list[tuple[str, msgspec.Raw]]:
    """The fields of one valid JSON object, found with the standard library's own scanner."""
    pairs: list[tuple[str, msgspec.Raw]] = []
    at = _past_space(text, text.index("{") + 1)
    while text[at] != "}":
        key, at = _scanner.raw_decode(text, at)
        start = _past_space(text, _past_space(text, at) + len(":"))
        _, at = _scanner.raw_decode(text, start)
        pairs.append((key, msgspec.Raw(text[start:at].encode())))
        at = _past_space(text, at)
        at = _past_space(text, at + len(",")) if text[at] == "," else at
    return pairs


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _partition_at(path: tuple[str, ...], contract: Contract) -> str | None:
    if contract.partition is None or contract.partition.by not in contract.nest:
        return None
    return partition_of(path[contract.nest.index(contract.partition.by)], contract.partition)
