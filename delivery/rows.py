"""What travels: rows in any of their formats, and the records that they become."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from delivery.header import OBJECTS, Format


class Row(NamedTuple):
    """A row that travels as one line in `format`, without a newline in it.

    `partition` is None where it is not known, `line`, the one of its file that it was read from, 0.
    """

    partition: str | None
    data: bytes
    format: Format = OBJECTS
    line: int = 0


class Leaf(NamedTuple):
    """A row that travels inside a nested document: `path` holds the keys that lead to its JSON, outermost first.

    Many rows travel as one where their `path` ends above their last keys: `data` is the object that holds `rows` of
    them.
    """

    partition: str | None
    path: tuple[str, ...]
    data: bytes
    rows: int = 1


class Block(NamedTuple):
    """Many rows of one partition, ready to travel as lines: `data` holds `rows` of them, each ending in a newline.

    `lines` are those of the file that they were read from, one for each row; empty where that is not known.
    """

    partition: str | None
    data: bytes
    rows: int
    format: Format = OBJECTS
    lines: Sequence[int] = ()


@dataclass(frozen=True)
class Record:
    """The data of one Firehose record, header line included, and how many rows are in it."""

    data: bytes
    rows: int


@dataclass(frozen=True)
class Oversized:
    """A row that no record can hold, and why."""

    row: Row | Leaf
    reason: str
