"""Record format conversion: a buffer of JSON records to one Parquet file, and the records that could not be converted.

https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from delivery import limits
from local.firehose.catalog import Columns
from local.firehose.config import Conversion
from local.firehose.convert_exact import RecordReader, RefusedError, record_reader, table_of
from local.firehose.convert_fast import is_eligible, read_clean
from local.firehose.records import Item

_SLICE_BYTES = limits.MIB
"""How much is read at once."""
_FEW_RECORDS = 16
"""So few that narrowing down costs more than reading them exactly."""

_Part = tuple[pa.Table, list[tuple[Item, RefusedError]]]


@dataclass(frozen=True)
class Converted:
    """`parquet` is empty if no record could be converted; `refused` pairs the others with the reason."""

    parquet: bytes
    rows: int
    good: list[Item]
    refused: list[tuple[Item, RefusedError]]


def convert(items: Sequence[Item], columns: Columns, conversion: Conversion) -> Converted:
    """Every record of `items` as rows of one Parquet file, in their order, or refused with its reason."""
    tables: list[pa.Table] = []
    refused: list[tuple[Item, RefusedError]] = []
    fast = is_eligible(columns, conversion.openx)
    read = record_reader(columns, conversion.openx)
    for part in _slices(items):
        for table, bad in _read(part, columns, read, fast=fast):
            tables.append(table)
            refused += bad
    bad_ones = {id(item) for item, _ in refused}  # sub-records share their record's sequence number
    good = [item for item in items if id(item) not in bad_ones]
    table = _concatenated(tables)
    return Converted(_parquet(table, conversion) if good else b"", table.num_rows, good, refused)


def refuse_all(items: Sequence[Item], reason: str) -> Converted:
    """What becomes of a buffer whose table cannot be used."""
    return Converted(b"", 0, [], [(item, RefusedError("InvalidSchema", reason)) for item in items])


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


def _read(part: Sequence[Item], columns: Columns, read: RecordReader, *, fast: bool) -> Iterator[_Part]:
    """Read a slice fast; if something in it wants the exact reader, narrow down where."""
    table = read_clean([item.data for item in part], columns) if fast else None
    if table is not None:
        yield table, []
    elif fast and len(part) > _FEW_RECORDS:
        middle = len(part) // 2
        yield from _read(part[:middle], columns, read, fast=True)
        yield from _read(part[middle:], columns, read, fast=True)
    else:
        yield _read_exactly(part, columns, read)


def _read_exactly(part: Sequence[Item], columns: Columns, read: RecordReader) -> _Part:
    rows, refused = [], []
    for item in part:
        try:
            rows += read(item.data)
        except RefusedError as reason:
            refused.append((item, reason))
    return table_of(rows, columns), refused


def _concatenated(tables: Sequence[pa.Table]) -> pa.Table:
    """One table; if one part needed microseconds for its times, all have them (in the file both are INT96)."""
    coarse = next((table.schema for table in tables if table.schema != tables[0].schema), None)
    if coarse is None:
        return pa.concat_tables(tables)
    units = {str(table.schema): table.schema for table in tables}
    schema = next(schema for text, schema in units.items() if "[us]" in text)
    return pa.concat_tables([table.cast(schema, safe=False) for table in tables])


def _parquet(table: pa.Table, conversion: Conversion) -> bytes:
    sink = io.BytesIO()
    pq.write_table(
        table,
        sink,
        compression="NONE" if conversion.compression == "UNCOMPRESSED" else conversion.compression,
        use_dictionary=conversion.dictionary,
        data_page_size=conversion.page_bytes,
        data_page_version="2.0" if conversion.writer_v2 else "1.0",
        use_deprecated_int96_timestamps=True,
        store_schema=False,
    )
    return sink.getvalue()
