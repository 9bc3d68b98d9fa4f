"""Record format conversion: a buffer of JSON records to one file of columns, and the records that do not convert.

https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pyarrow as pa

from delivery import limits
from local.firehose.configuration.config import Conversion
from local.firehose.configuration.formats import HiveJson, OpenX
from local.firehose.conversion.catalog import Columns
from local.firehose.conversion.deserializer import deserializer_of
from local.firehose.conversion.exact import RecordReader, RefusedError, record_reader, table_of
from local.firehose.conversion.fast import DoubtError, FastReader, fast_reader
from local.firehose.conversion.write import write_file
from local.firehose.records import Item

_SLICE_BYTES = limits.MIB
"""How much is read at once."""
_SMALL_BYTES = 16 * limits.KIB
"""So little that narrowing down costs more than reading it exactly."""
_DOUBTS = 16
"""With more doubts than this, evenly spread over a slice, the rest of it is read exactly."""
_THREADS = min(4, os.cpu_count() or 1)
"""pyarrow reads outside of Python's lock. Each thread holds one slice, and all share the columns that come of it."""

_Part = tuple[pa.Table, list[tuple[Item, RefusedError]]]


@dataclass(frozen=True)
class Converted:
    """`body` is empty if no record could be converted; `refused` pairs the others with the reason."""

    body: bytes
    rows: int
    good: list[Item]
    refused: list[tuple[Item, RefusedError]]


def convert(items: Sequence[Item], columns: Columns, conversion: Conversion) -> Converted:
    """Every record of `items` as rows of one file, in their order, or refused with its reason."""
    table, refused = deserialize(items, columns, conversion.deserializer)
    bad_ones = {id(item) for item, _ in refused}  # sub-records share their record's sequence number
    good = [item for item in items if id(item) not in bad_ones] if refused else list(items)
    return Converted(write_file(table, conversion.serializer) if good else b"", table.num_rows, good, refused)


def deserialize(
    items: Sequence[Item], columns: Columns, options: OpenX | HiveJson
) -> tuple[pa.Table, list[tuple[Item, RefusedError]]]:
    """Every record of `items` as rows, in their order, and the records that are refused with the reason."""
    deserializer = deserializer_of(columns, options)
    reading = _Reading(columns, record_reader(deserializer), fast_reader(columns, deserializer, options))
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="convert") as pool:
        parts = [part for read in pool.map(reading.read, _slices(items)) for part in read]
    return _concatenated([table for table, _ in parts]), [pair for _, bad in parts for pair in bad]


def refuse_all(items: Sequence[Item], reason: str) -> Converted:
    """What becomes of a buffer whose table cannot be used."""
    return Converted(b"", 0, [], [(item, RefusedError("InvalidSchema", reason)) for item in items])


@dataclass(frozen=True)
class _Reading:
    """Reads fast what it can; where something wants the exact reader, narrows down what."""

    columns: Columns
    exact: RecordReader
    fast: FastReader | None

    def read(self, part: Sequence[Item]) -> list[_Part]:
        """Rows and refused records, in order."""
        return list(self._read(part))

    def _read(self, part: Sequence[Item]) -> Iterator[_Part]:
        position = doubts = 0
        while self.fast and position < len(part) and doubts <= 1 + _DOUBTS * position // len(part):
            tables, first, last = self._up_to_doubt(self.fast, part[position:])
            yield from ((table, []) for table in tables)
            yield from self._read_with_care(part[position + first : position + last])
            position, doubts = position + last, doubts + 1
        if position < len(part):
            yield self._read_exactly(part[position:])

    def _up_to_doubt(self, fast: FastReader, part: Sequence[Item]) -> tuple[list[pa.Table], int, int]:
        """The records before the first in doubt as tables, and where the few records in doubt begin and end."""
        tables: list[pa.Table] = []
        first, stop, last = 0, len(part), len(part)
        guess: int | None = None
        while True:
            try:
                tables.append(fast.read([item.data for item in part[first:stop]]))
                first = stop
            except DoubtError as doubt:
                last = stop
                guess = None if doubt.row is None else first + _record_of(part[first:last], doubt.row)
            if first == len(part) or last - first == 1 or (last < len(part) and _is_small(part[first:last])):
                return tables, first, last
            if guess == first:
                return tables, first, first + 1
            if guess is not None and first < guess < last:
                stop = guess
            elif not tables and last == len(part):
                stop = first + 1  # Where one record is odd, often all are.
            else:
                stop = (first + last) // 2

    def _read_with_care(self, part: Sequence[Item]) -> list[_Part]:
        """A large record whose lines are documents is as good as a record for each; any other is read exactly."""
        if len(part) != 1 or _is_small(part):
            return [self._read_exactly(part)] if part else []
        whole = part[0]
        lines = [Item(whole.sequence, whole.arrival_ms, line) for line in whole.data.split(b"\n") if line.strip()]
        parts: list[_Part] = []
        for table, bad in self._read(lines) if len(lines) > 1 else ():
            if bad:
                return [self._read_exactly(part)]
            parts.append((table, bad))
        return parts or [self._read_exactly(part)]

    def _read_exactly(self, part: Sequence[Item]) -> _Part:
        rows, refused = [], []
        for item in part:
            try:
                rows += self.exact(item.data)
            except RefusedError as reason:
                refused.append((item, reason))
        return table_of(rows, self.columns), refused


def _is_small(part: Sequence[Item]) -> bool:
    return sum(len(item.data) for item in part) <= _SMALL_BYTES


def _record_of(part: Sequence[Item], row: int) -> int:
    """The record that likely holds a row: most hold one document a line."""
    rows = 0
    for number, item in enumerate(part):
        rows += 1 + item.data.rstrip().count(b"\n")
        if rows > row:
            return number
    return 0


def _slices(items: Sequence[Item]) -> Iterator[list[Item]]:
    part: list[Item] = []
    size = 0
    for item in items:
        part.append(item)
        size += len(item.data)
        if size >= _SLICE_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _concatenated(tables: Sequence[pa.Table]) -> pa.Table:
    """One table; a column that needed microseconds in one part has them in all (in the file all are INT96)."""
    if all(table.schema == tables[0].schema for table in tables):
        return pa.concat_tables(tables)
    kinds = [{str(field.type): field for field in fields} for fields in zip(*(t.schema for t in tables), strict=True)]
    schema = pa.schema([_coarsest(kind) for kind in kinds])
    return pa.concat_tables([table.cast(schema, safe=False) for table in tables])


def _coarsest(kinds: Mapping[str, pa.Field]) -> pa.Field:
    """Of a column's fields by their types' names the one with microseconds, if there is one."""
    return next((field for name, field in kinds.items() if "[us]" in name), next(iter(kinds.values())))
