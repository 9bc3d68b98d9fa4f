"""Rows in order to Parquet files of the right size."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.layout import FILE_BYTES, ROW_GROUP_BYTES, ROW_GROUP_ROWS, writer_options


class Rows(Protocol):
    """Rows to write: how many there are at most, and all of them in order."""

    @property
    def schema(self) -> pa.Schema: ...
    def count(self) -> int: ...
    def latest(self) -> Iterator[pa.RecordBatch]: ...


class Written(NamedTuple):
    """A whole file."""

    path: Path
    rows: int


def write(rows: Rows, key: Sequence[str], folder: Path) -> Iterator[Written]:
    """Write the latest rows to files in `folder`, one at least; each may be moved away before the next is begun."""
    cut = _Cut(rows.count())
    groups = row_groups(rows.latest())
    group = next(groups, None)
    number = written = 0
    while group is not None:
        options = writer_options(group, key)
        path, count = folder / f"part-{number:05}.parquet", 0
        with path.open("wb") as sink, pq.ParquetWriter(sink, rows.schema, **options) as writer:
            while group is not None and not (count and cut.due(number, written + sink.tell())):
                writer.write_table(group, row_group_size=ROW_GROUP_ROWS)
                count += group.num_rows
                cut.learn(count, sink.tell())
                group = next(groups, None)
        written += path.stat().st_size
        yield Written(path, count)
        number += 1


def row_groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The batches gathered to tables of the size of a row group; one, if empty, at least."""
    gathered: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        if gathered and (rows + batch.num_rows > ROW_GROUP_ROWS or size + batch.nbytes > ROW_GROUP_BYTES):
            yield pa.Table.from_batches(gathered)
            gathered, rows, size = [], 0, 0
        gathered.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
    yield pa.Table.from_batches(gathered)


class _Cut:
    """Where files end, so that all of a partition are alike; the first row group says what `rows` will take."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._files = 0
        self._bytes = 0.0

    def learn(self, rows: int, size: int) -> None:
        """So many rows took so many bytes."""
        if self._files or not rows:
            return
        expected = size / rows * self._rows
        self._files = max(1, round(expected / FILE_BYTES))
        self._bytes = expected / self._files

    def due(self, number: int, size: int) -> bool:
        """Whether file `number`, counted from 0, ends at `size` bytes of all files; the last takes what is left."""
        return 0 < number + 1 < self._files and size >= (number + 1) * self._bytes
