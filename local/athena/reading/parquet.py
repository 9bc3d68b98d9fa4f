"""Reads Parquet: footers first, then the column chunks of row groups that may match, or only their pages."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from local.athena.errors import QueryError
from local.athena.reading import pages
from local.athena.reading.columns import check, conform
from local.athena.reading.files import StoredObject
from local.athena.reading.pieces import Piece, ahead
from local.athena.reading.predicate import Predicate
from local.athena.reading.scan import ObjectFile, Objects

_THREADS = 8
_AHEAD_BYTES = 64 * 2**20
_TAIL_BYTES = 4096
"""Read of a file first: most footers of small files, and little of large ones."""
_TRAILER = 8
_MAGIC = b"PAR1"
_TIME_UNIT = "us"
_FORMAT = ds.ParquetFileFormat(coerce_int96_timestamp_unit=_TIME_UNIT)


@dataclass(frozen=True)
class Footer:
    """A file's metadata; `tail` is the end of the file that holds it."""

    stored: StoredObject
    tail: bytes

    @cached_property
    def metadata(self) -> pq.FileMetaData:
        return self._file(pa.BufferReader(self.tail)).metadata

    @cached_property
    def schema(self) -> pa.Schema:
        """The file's columns; its INT96 times have the unit that they are read with."""
        return self._file(pa.BufferReader(self.tail), metadata=self.metadata).schema_arrow

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The file's column names by their lower-case form, as the table spells them."""
        return {name.lower(): name for name in self.schema.names}

    def groups(self, wanted: Predicate) -> list[int]:
        """The row groups whose statistics do not rule out a match."""
        if wanted.for_groups is None:
            return list(range(self.metadata.num_row_groups))
        fragment = _FORMAT.make_fragment(pa.BufferReader(self.tail))
        kept = fragment.split_by_row_group(filter=wanted.for_groups, schema=wanted.schema)
        return sorted(group.id for piece in kept for group in piece.row_groups)

    def chunks(self, group: int, names: set[str]) -> Iterator[Any]:
        """The column chunks of a row group that belong to the file's columns `names`."""
        described = self.metadata.row_group(group)
        chunks = (described.column(index) for index in range(described.num_columns))
        return (chunk for chunk in chunks if chunk.path_in_schema.partition(".")[0] in names)

    def open(self, file: ObjectFile) -> pq.ParquetFile:
        """The file, ready to read from."""
        return self._file(file, metadata=self.metadata, pre_buffer=True)

    def _file(self, source: Any, **options: Any) -> pq.ParquetFile:
        return pq.ParquetFile(source, coerce_int96_timestamp_unit=_TIME_UNIT, **options)


@dataclass(frozen=True)
class _RowGroup:
    footer: Footer
    index: int
    size: int


class ParquetReader:
    """Reads the files of one table for one query; it reads each footer once."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._footers: dict[StoredObject, Footer] = {}

    def read(self, files: Sequence[StoredObject], fields: Sequence[pa.Field], wanted: Predicate) -> Iterator[Piece]:
        """Rows of row groups, or of pages where the file says which pages may match."""
        with ThreadPoolExecutor(_THREADS, "athena-read") as pool:
            footers = list(pool.map(self._footer, files))
            for footer in footers:
                for field in fields:
                    self._check(footer, field)
            if not fields:
                yield from (Piece(footer.stored, footer.metadata.num_rows, {}) for footer in footers)
                return
            groups: list[_RowGroup] = []
            for footer in footers:
                kept = footer.groups(wanted)
                condition = wanted.for_pages(footer.names) if kept and _has_index(footer, kept, wanted) else None
                if condition is None:
                    groups += (self._group(footer, index, fields) for index in kept)
                else:
                    yield from self._pages(footer, condition, fields)
            yield from ahead(pool, partial(self._rows, fields=fields), groups, _AHEAD_BYTES)

    def _footer(self, stored: StoredObject) -> Footer:
        known = self._footers.get(stored)
        if known is not None:
            return known
        tail = self._tail(stored, min(_TAIL_BYTES, stored.size))
        size = int.from_bytes(tail[-_TRAILER:-4], "little") + _TRAILER
        if tail[-4:] != _MAGIC or size > stored.size:
            raise QueryError("HIVE_BAD_DATA", f"Not valid Parquet file: {stored.uri} expected magic number: PAR1")
        if size > len(tail):
            tail = self._tail(stored, size)
        return self._footers.setdefault(stored, Footer(stored, tail[-size:]))

    def _tail(self, stored: StoredObject, size: int) -> bytes:
        return self._objects.read_footer(stored, stored.size - size, size)

    def _check(self, footer: Footer, field: pa.Field) -> None:
        name = footer.names.get(field.name)
        if name is not None:
            check(footer.schema.field(name), field, "parquet", footer.stored)

    def _group(self, footer: Footer, index: int, fields: Sequence[pa.Field]) -> _RowGroup:
        chunks = footer.chunks(index, _present(footer, fields))
        return _RowGroup(footer, index, sum(chunk.total_uncompressed_size for chunk in chunks))

    def _rows(self, group: _RowGroup, fields: Sequence[pa.Field]) -> Piece:
        footer = group.footer
        rows = footer.metadata.row_group(group.index).num_rows
        names = sorted(_present(footer, fields))
        if not names:
            return _piece(footer, rows, pa.table({}), fields)
        file = footer.open(ObjectFile(self._objects, footer.stored))
        return _piece(footer, rows, file.read_row_group(group.index, columns=names), fields)

    def _pages(self, footer: Footer, condition: pages.Condition, fields: Sequence[pa.Field]) -> Iterator[Piece]:
        names = sorted(_present(footer, fields))
        file = pages.PagedFile(footer.stored, footer.schema, footer.tail)
        for table in pages.read(self._objects, file, condition, names):
            yield _piece(footer, table.num_rows, table, fields)


def _present(footer: Footer, fields: Sequence[pa.Field]) -> set[str]:
    return {footer.names[field.name] for field in fields if field.name in footer.names}


def _has_index(footer: Footer, groups: Sequence[int], wanted: Predicate) -> bool:
    """Whether the file has a page index or a bloom filter for a column that the filter looks at."""
    names = {footer.names[name] for name in wanted.columns if name in footer.names}
    chunks = (chunk for group in groups for chunk in footer.chunks(group, names))
    return any(chunk.has_column_index or chunk.bloom_filter_offset is not None for chunk in chunks)


def _piece(footer: Footer, rows: int, table: pa.Table, fields: Sequence[pa.Field]) -> Piece:
    columns = {}
    for field in fields:
        name = footer.names.get(field.name)
        columns[field.name] = pa.nulls(rows, field.type) if name is None else conform(table[name], field)
    return Piece(footer.stored, rows, columns)
