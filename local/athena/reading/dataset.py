"""A table as the engine sees it: an Arrow dataset whose scans read, of the files that may match, what is wanted."""

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.fs

from local.athena.errors import QueryCancelledError, QueryError
from local.athena.reading.files import StoredObject
from local.athena.reading.pieces import Piece, Reader
from local.athena.reading.predicate import Predicate
from local.athena.reading.scan import Meter

_MOMENT = pa.struct([("at", pa.timestamp("us")), ("zone", pa.string())])
"""How the engine holds a time with its zone."""
PSEUDO = pa.schema([("$file_size", pa.int64()), ("$path", pa.string()), ("$file_modified_time", _MOMENT)])
"""Columns that every table has and no `*` shows. They come first: to count rows, the engine asks for a table's first
column, and these are known without reading."""
_ROWS = 131_072
_FORMAT = ds.ParquetFileFormat()
_NOWHERE = pyarrow.fs.LocalFileSystem()


@dataclass(frozen=True)
class DataFile:
    """An object and the values of its partition keys."""

    stored: StoredObject
    partition: Mapping[str, pa.Scalar]

    @property
    def constants(self) -> Mapping[str, pa.Scalar]:
        """The columns that have one value in the whole file."""
        stored = self.stored
        modified = stored.modified and {"at": stored.modified.astimezone(UTC).replace(tzinfo=None), "zone": "UTC"}
        known = {
            "$file_size": pa.scalar(stored.size),
            "$path": pa.scalar(stored.uri),
            "$file_modified_time": pa.scalar(modified, _MOMENT),
        }
        return {**known, **self.partition}

    @property
    def guarantee(self) -> pc.Expression:
        """What is true of every row."""
        holds = [pc.field("$path") == self.stored.uri, pc.field("$file_size") == self.stored.size]
        for name, value in self.partition.items():
            holds.append(pc.field(name) == value if value.is_valid else pc.field(name).is_null())
        return reduce(operator.and_, holds)


@dataclass(frozen=True)
class Scan:
    """What the engine wants of a scanner. Arrow's own would hold one of Arrow's few threads for each table that is
    read at the same time, and none would be left to read."""

    reader: pa.RecordBatchReader

    def to_reader(self) -> pa.RecordBatchReader:
        """The rows; they are read as they are taken."""
        return self.reader


class TableDataset(ds.InMemoryDataset):  # type: ignore[misc]
    """A dataset with `PSEUDO` and the table's columns. The engine asks it for a `scanner`."""

    files: Sequence[DataFile]
    reader: Reader
    meter: Meter

    def scanner(self, columns: Sequence[str], filter: pc.Expression | None = None, **_: Any) -> "Scan":  # noqa: A002
        """The wanted columns of the wanted rows; the engine names its parameters."""
        wanted = Predicate(filter, self.schema)
        given = pa.schema([self.schema.field(name) for name in columns])
        return Scan(pa.RecordBatchReader.from_batches(given, self._matching(given, wanted)))

    def _matching(self, given: pa.Schema, wanted: Predicate) -> Iterator[pa.RecordBatch]:
        looked_at = [self.schema.field(name) for name in wanted.columns if name not in given.names]
        for batch in self._batches(pa.schema([*given, *looked_at]), wanted):
            kept = batch if wanted.expression is None else batch.filter(wanted.expression)
            if kept.num_rows:
                yield kept.select(given.names)

    def _batches(self, shown: pa.Schema, wanted: Predicate) -> Iterator[pa.RecordBatch]:
        files = {file.stored: file for file in self._kept(wanted)}
        constants = {*PSEUDO.names, *(self.files[0].partition if self.files else ())}
        fields = [field for field in shown if field.name not in constants]
        try:
            for piece in self.reader.read(list(files), fields, wanted):
                yield from _record_batches(piece, files[piece.stored].constants, shown)
        except (QueryError, QueryCancelledError) as failure:
            self.meter.failure = failure
            raise

    def _kept(self, wanted: Predicate) -> Sequence[DataFile]:
        """The files whose partition may match."""
        if wanted.expression is None:
            return self.files
        fragments = [
            _FORMAT.make_fragment(str(index), _NOWHERE, partition_expression=file.guarantee)
            for index, file in enumerate(self.files)
        ]
        known = ds.FileSystemDataset(fragments, self.schema, _FORMAT, _NOWHERE)
        return [self.files[int(fragment.path)] for fragment in known.get_fragments(filter=wanted.expression)]


def dataset(files: Sequence[DataFile], schema: pa.Schema, reader: Reader, meter: Meter) -> TableDataset:
    """The files as one dataset; `schema` has the table's columns and its partition keys."""
    made = TableDataset([], schema=pa.schema([*PSEUDO, *schema]))
    made.files, made.reader, made.meter = files, reader, meter
    return made


def _record_batches(piece: Piece, constants: Mapping[str, pa.Scalar], shown: pa.Schema) -> Iterator[pa.RecordBatch]:
    for start in range(0, piece.rows, _ROWS):
        rows = min(_ROWS, piece.rows - start)
        columns = [
            piece.columns[field.name].slice(start, rows)
            if field.name in piece.columns
            else pa.repeat(constants[field.name], rows)
            for field in shown
        ]
        yield from pa.table(columns, schema=shown).to_batches()
