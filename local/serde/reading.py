"""JSON records to columns: by the fast reader where possible, by the exact one otherwise."""

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from delivery import limits
from local.serde.columns import Columns
from local.serde.deserializer import deserializer_of
from local.serde.exact import RecordReader, RefusedError, record_reader, table_of
from local.serde.fast import DoubtError, FastReader, fast_reader
from local.serde.options import HiveJson, OpenX

_SLICE_BYTES = limits.MIB
"""How much is read at once."""
_SMALL_BYTES = 16 * limits.KIB
"""Less than this is read exactly: narrowing it down would cost more."""
_DOUBTS = 16
"""With more doubts than this, evenly spread over a slice, the rest of it is read exactly."""
_THREADS = min(4, os.cpu_count() or 1)
"""pyarrow releases Python's lock. Each thread holds one slice in memory."""


class _Record(NamedTuple):
    number: int
    data: bytes


_Part = tuple[pa.Table, list[tuple[int, RefusedError]]]


def deserialize(
    records: Iterable[bytes], columns: Columns, options: OpenX | HiveJson
) -> tuple[pa.Table, list[tuple[int, RefusedError]]]:
    """Every record as rows, in their order, and which records (counted from 0) are refused, with the reason."""
    deserializer = deserializer_of(columns, options)
    reading = _Reading(columns, record_reader(deserializer), fast_reader(columns, deserializer, options))
    slices = _slices(itertools.starmap(_Record, enumerate(records)))
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="convert") as pool:
        parts = [part for read in pool.map(reading.read, slices) for part in read]
    return _concatenated([table for table, _ in parts]), [pair for _, bad in parts for pair in bad]


@dataclass(frozen=True)
class _Reading:
    """Reads fast where possible, and narrows down what needs the exact reader."""

    columns: Columns
    exact: RecordReader
    fast: FastReader | None

    def read(self, part: Sequence[_Record]) -> list[_Part]:
        """Rows and refused records, in order."""
        return list(self._read(part))

    def _read(self, part: Sequence[_Record]) -> Iterator[_Part]:
        position = doubts = 0
        while self.fast and position < len(part) and doubts <= 1 + _DOUBTS * position // len(part):
            tables, first, last = self._up_to_doubt(self.fast, part[position:])
            yield from ((table, []) for table in tables)
            yield from self._read_with_care(part[position + first : position + last])
            position, doubts = position + last, doubts + 1
        if position < len(part):
            yield self._read_exactly(part[position:])

    def _up_to_doubt(self, fast: FastReader, part: Sequence[_Record]) -> tuple[list[pa.Table], int, int]:
        """The records before the first in doubt as tables, and where the few records in doubt begin and end."""
        tables: list[pa.Table] = []
        first, stop, last = 0, len(part), len(part)
        guess: int | None = None
        while True:
            try:
                tables.append(fast.read([record.data for record in part[first:stop]]))
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
                stop = first + 1  # Where one record is unusual, often all are.
            else:
                stop = (first + last) // 2

    def _read_with_care(self, part: Sequence[_Record]) -> list[_Part]:
        """A large record with one document per line is read like a record for each; any other is read exactly."""
        if len(part) != 1 or _is_small(part):
            return [self._read_exactly(part)] if part else []
        whole = part[0]
        lines = [_Record(whole.number, line) for line in whole.data.split(b"\n") if line.strip()]
        parts: list[_Part] = []
        for table, bad in self._read(lines) if len(lines) > 1 else ():
            if bad:
                return [self._read_exactly(part)]
            parts.append((table, bad))
        return parts or [self._read_exactly(part)]

    def _read_exactly(self, part: Sequence[_Record]) -> _Part:
        rows, refused = [], []
        for record in part:
            try:
                rows += self.exact(record.data)
            except RefusedError as reason:
                refused.append((record.number, reason))
        return table_of(rows, self.columns), refused


def _is_small(part: Sequence[_Record]) -> bool:
    return sum(len(record.data) for record in part) <= _SMALL_BYTES


def _record_of(part: Sequence[_Record], row: int) -> int:
    """The record that likely holds a row: most hold one document per line."""
    rows = 0
    for number, record in enumerate(part):
        rows += 1 + record.data.rstrip().count(b"\n")
        if rows > row:
            return number
    return 0


def _slices(records: Iterable[_Record]) -> Iterator[list[_Record]]:
    part: list[_Record] = []
    size = 0
    for record in records:
        part.append(record)
        size += len(record.data)
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
