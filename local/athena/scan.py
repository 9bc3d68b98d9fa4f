"""Datasets that count the bytes which a query reads, and refuse to read beyond the workgroup's limit."""

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.fs

from local.athena.errors import QueryCancelledError
from local.athena.files import StoredObject

_FORMAT = ds.ParquetFileFormat(coerce_int96_timestamp_unit="us")
_FOOTER_READERS = 8
SCAN_LIMIT_REASON = "Bytes scanned limit was exceeded"


@dataclass
class Meter:
    """Bytes of column chunks read by one query. A `limit` of None does not limit."""

    limit: int | None = None
    scanned: int = field(default=0, init=False)

    @property
    def exceeded(self) -> bool:
        return self.limit is not None and self.scanned > self.limit

    def add(self, size: int) -> None:
        """Raises `QueryCancelledError` above the limit."""
        self.scanned += size
        if self.exceeded:
            raise QueryCancelledError(SCAN_LIMIT_REASON)


@dataclass(frozen=True)
class DataFile:
    """A Parquet object and the values of its partition keys."""

    stored: StoredObject
    partition: Mapping[str, pa.Scalar]


class MeteredDataset(ds.FileSystemDataset):  # type: ignore[misc]
    """An Arrow dataset of Parquet objects. The engine asks it for a `scanner`; what that will read is counted then."""

    meter: Meter

    def scanner(self, **options: Any) -> ds.Scanner:
        """A scanner of the wanted columns and rows; raises `QueryCancelledError`."""
        wanted = options.get("filter")
        fragments = list(self.get_fragments(filter=wanted))
        names = _columns(self.schema.names, options.get("columns"), wanted)
        with ThreadPoolExecutor(_FOOTER_READERS, "athena-footer") as pool:
            sizes = pool.map(lambda fragment: _size(fragment, names, wanted, self.schema), fragments)
        self.meter.add(sum(sizes))
        return super().scanner(**options)


def dataset(
    files: Sequence[DataFile], schema: pa.Schema, system: pyarrow.fs.FileSystem, meter: Meter
) -> MeteredDataset:
    """The files as one dataset with `schema`: its partition columns come from the files' partitions."""
    fragments = [
        _FORMAT.make_fragment(
            file.stored.path, system, partition_expression=_partition(file.partition), file_size=file.stored.size
        )
        for file in files
    ]
    metered = MeteredDataset(fragments, schema, _FORMAT, system)
    metered.meter = meter
    return metered


def _partition(values: Mapping[str, pa.Scalar]) -> pc.Expression:
    expression = pc.scalar(True)
    for name, value in values.items():
        equal = pc.field(name) == value if value.is_valid else pc.field(name).is_null()
        expression = expression & equal
    return expression


def _columns(names: Sequence[str], projected: Sequence[str] | None, wanted: pc.Expression | None) -> set[str]:
    """Columns that are read: projected ones and those the filter names (Arrow offers an expression's text only)."""
    words = set(re.findall(r"\w+", str(wanted))) if wanted is not None else set()
    return set(names if projected is None else projected) | (words & set(names))


def _size(fragment: ds.ParquetFileFragment, names: set[str], wanted: pc.Expression | None, schema: pa.Schema) -> int:
    """Compressed bytes of the columns in the row groups that the filter leaves."""
    pieces = fragment.split_by_row_group(filter=wanted, schema=schema)
    groups = {group.id for piece in pieces for group in piece.row_groups}
    metadata = fragment.metadata
    return sum(size for group in groups for size in _chunk_sizes(metadata.row_group(group), names))


def _chunk_sizes(group: Any, names: set[str]) -> Iterator[int]:
    for index in range(group.num_columns):
        chunk = group.column(index)
        if chunk.path_in_schema.partition(".")[0] in names:
            yield chunk.total_compressed_size
