"""Writes rows as objects: first to files on disk, then all of them to S3, so that a query that fails leaves nothing."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq
from botocore.exceptions import ClientError

from local.athena.catalogue.glue import Column
from local.athena.catalogue.storage import ORC, PARQUET, TEXTFILE, Format
from local.athena.clients import S3
from local.athena.errors import QueryError
from local.athena.reading.lengths import padded
from local.athena.statements.partitions import NO_VALUE, Values
from local.athena.types import arrow_field
from local.athena.writing.textual import delimited, json_lines, text

MAX_PARTITIONS = 100
"""Partitions that one statement writes; https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html"""
_ROW_GROUP_BYTES = 16 * 2**20
"""Of Arrow's; 100 partitions may wait at once."""
_EXTENSIONS = {"gzip": ".gz", "bz2": ".bz2", "zstd": ".zst"}


@dataclass(frozen=True)
class Layout:
    """How rows are stored: the columns of the files, then the partition keys, the format and its compression."""

    columns: Sequence[Column]
    keys: Sequence[Column]
    stored: Format
    compression: str
    serde: dict[str, str] = field(default_factory=dict)

    @property
    def codec(self) -> str:
        """What pyarrow calls the compression; empty for none of text."""
        return self.stored.writes[self.compression]

    @property
    def schema(self) -> pa.Schema:
        """Columns and keys as Arrow sees them."""
        return pa.schema([arrow_field(each) for each in (*self.columns, *self.keys)])


@dataclass(frozen=True)
class WrittenFile:
    """A file on disk and the partition whose rows it holds."""

    path: Path
    values: Values


class _Sink(Protocol):
    def write(self, batch: pa.RecordBatch) -> None: ...


class Writer:
    """Writes batches to one file a partition below `into`. A context: leaving it closes the files."""

    def __init__(self, layout: Layout, into: Path, name: str) -> None:
        """`name` begins the names of the files."""
        self._layout = layout
        self._into = into
        self._name = name
        self._sinks: dict[Values, _Sink] = {}
        self._open = ExitStack()
        self.files: list[WrittenFile] = []
        self.rows = 0

    def __enter__(self) -> "Writer":
        self._into.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows of the layout's schema; raises `QueryError` for more partitions than Athena writes."""
        self.rows += batch.num_rows
        width = len(self._layout.columns)
        for values, part in _by_partition(batch, width):
            if values not in self._sinks:
                self._sinks[values] = self._sink(values)
            self._sinks[values].write(part.select(list(range(width))))

    def _sink(self, values: Values) -> _Sink:
        if len(self.files) == MAX_PARTITIONS:
            raise QueryError(
                "HIVE_TOO_MANY_OPEN_PARTITIONS",
                f"Exceeded limit of {MAX_PARTITIONS} open writers for partitions/buckets",
            )
        layout = self._layout
        text_kind = layout.stored not in (PARQUET, ORC)
        extension = _EXTENSIONS.get(layout.codec, "") if text_kind else ""
        path = self._into / f"{self._name}_{len(self.files):05d}{extension}"
        self.files.append(WrittenFile(path, values))
        schema = pa.schema([field.remove_metadata() for field in list(layout.schema)[: len(layout.columns)]])
        return _SINKS.get(layout.stored.name, _Lines)(path, schema, layout, self._open)


class _Parquet:
    def __init__(self, path: Path, schema: pa.Schema, layout: Layout, closing: ExitStack) -> None:
        writer = pq.ParquetWriter(
            path,
            schema,
            compression=layout.codec,
            use_deprecated_int96_timestamps=True,  # as Athena writes them
        )
        self._writer = closing.enter_context(writer)
        self._waiting: list[pa.RecordBatch] = []
        self._bytes = 0
        closing.callback(self._flush)

    def write(self, batch: pa.RecordBatch) -> None:
        self._waiting.append(batch)
        self._bytes += batch.nbytes
        if self._bytes >= _ROW_GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        """Write what waits as one row group."""
        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting))
        self._waiting, self._bytes = [], 0


class _Orc:
    def __init__(self, path: Path, _schema: pa.Schema, layout: Layout, closing: ExitStack) -> None:
        self._writer = closing.enter_context(orc.ORCWriter(str(path), compression=layout.codec))

    def write(self, batch: pa.RecordBatch) -> None:
        self._writer.write(pa.Table.from_batches([batch]))


class _Lines:
    def __init__(self, path: Path, _schema: pa.Schema, layout: Layout, closing: ExitStack) -> None:
        self._file = closing.enter_context(pa.output_stream(str(path), compression=layout.codec or None))
        self._layout = layout

    def write(self, batch: pa.RecordBatch) -> None:
        as_text = self._layout.stored is TEXTFILE
        self._file.write(delimited(batch, self._layout.serde) if as_text else json_lines(batch))


_SINKS: dict[str, Callable[..., _Sink]] = {"PARQUET": _Parquet, "ORC": _Orc}


def _by_partition(batch: pa.RecordBatch, width: int) -> Iterator[tuple[Values, pa.RecordBatch]]:
    """The rows of each partition; its values are those of the columns from `width` on."""
    if batch.num_columns == width:
        yield (), batch
        return
    rows: dict[Values, list[int]] = {}
    keys = [column.to_pylist() for column in batch.columns[width:]]
    for index, values in enumerate(zip(*keys, strict=True)):
        named = tuple(NO_VALUE if value is None or value == "" else text(value) for value in values)
        rows.setdefault(named, []).append(index)
    for values, indices in rows.items():
        yield values, batch.take(indices)


def fitted(batch: pa.RecordBatch, schema: pa.Schema, order: Sequence[int | None]) -> pa.RecordBatch:
    """The batch as `schema` has it: each column from the place in `order`, NULL for None."""
    columns = [
        pa.nulls(batch.num_rows, wanted.type)
        if place is None
        else padded(batch.column(place).cast(wanted.type), wanted)
        for wanted, place in zip(schema, order, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def upload(s3: S3, files: Sequence[tuple[Path, str]]) -> list[str]:
    """Put each file into its folder, all or none; returns the objects' addresses. Raises `QueryError`."""
    done: list[str] = []
    try:
        for path, location in files:
            url = urlsplit(f"{location}{path.name}")
            with path.open("rb") as body:
                s3.put_object(Bucket=url.netloc, Key=url.path.lstrip("/"), Body=body)
            done.append(url.geturl())
    except ClientError as error:
        remove(s3, done)
        reason = error.response["Error"].get("Message", str(error))
        raise QueryError("HIVE_WRITER_CLOSE_ERROR", f"Error committing write to Hive: {reason}") from None
    return done


def remove(s3: S3, addresses: Sequence[str]) -> None:
    """Delete objects that no table knows."""
    for address in addresses:
        url = urlsplit(address)
        s3.delete_object(Bucket=url.netloc, Key=url.path.lstrip("/"))
