"""Record format conversion: a buffer of JSON records to one file of columns, and the records that do not convert.

https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pyarrow as pa

from delivery import limits
from local.firehose.catalog import Columns
from local.firehose.config import Conversion
from local.firehose.convert_exact import RecordReader, RefusedError, record_reader, table_of
from local.firehose.convert_fast import FastReader, fast_reader
from local.firehose.convert_write import write_file
from local.firehose.deserializer import deserializer_of
from local.firehose.records import Item

_SLICE_BYTES = limits.MIB
"""How much is read at once."""
_SMALL_BYTES = 16 * limits.KIB
"""So little that narrowing down costs more than reading it exactly."""
_DIVISOR = 16
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
    deserializer = deserializer_of(columns, conversion.deserializer)
    reading = _Reading(
        columns, record_reader(deserializer), fast_reader(columns, deserializer, conversion.deserializer)
    )
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="convert") as pool:
        parts = [part for read in pool.map(reading.read, _slices(items)) for part in read]
    refused = [pair for _, bad in parts for pair in bad]
    bad_ones = {item.sequence for item, _ in refused}
    good = [item for item in items if item.sequence not in bad_ones] if refused else list(items)
    table = _concatenated([table for table, _ in parts])
    return Converted(write_file(table, conversion.serializer) if good else b"", table.num_rows, good, refused)


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
        return list(self._read(part))

    def _read(self, part: Sequence[Item]) -> Iterator[_Part]:
        table = self.fast.read([item.data for item in part]) if self.fast else None
        if table is not None:
            yield table, []
        elif self.fast is None or sum(len(item.data) for item in part) < _SMALL_BYTES:
            yield self._read_exactly(part)
        elif len(part) > 1:
            yield from self._read_divided(part)
        else:
            yield from self._read_lines(part[0])

    def _read_divided(self, part: Sequence[Item]) -> Iterator[_Part]:
        step = -(-len(part) // _DIVISOR)
        for start in range(0, len(part), step):
            yield from self._read(part[start : start + step])

    def _read_lines(self, item: Item) -> list[_Part]:
        """A large record whose lines are documents is as good as a record for each; any other is read exactly."""
        lines = [Item(item.sequence, item.arrival_ms, line) for line in item.data.split(b"\n") if line.strip()]
        parts = list(self._read_divided(lines)) if len(lines) > 1 else []
        return parts if parts and not any(bad for _, bad in parts) else [self._read_exactly([item])]

    def _read_exactly(self, part: Sequence[Item]) -> _Part:
        rows, refused = [], []
        for item in part:
            try:
                rows += self.exact(item.data)
            except RefusedError as reason:
                refused.append((item, reason))
        return table_of(rows, self.columns), refused


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
    """One table; if one part needed microseconds for its times, all have them (in the file both are INT96)."""
    coarse = next((table.schema for table in tables if table.schema != tables[0].schema), None)
    if coarse is None:
        return pa.concat_tables(tables)
    units = {str(table.schema): table.schema for table in tables}
    schema = next(schema for text, schema in units.items() if "[us]" in text)
    return pa.concat_tables([table.cast(schema, safe=False) for table in tables])
