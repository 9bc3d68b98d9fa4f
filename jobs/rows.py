"""The latest version of each landed key, in the order of the keys.

DuckDB reads and sorts, on the disk when memory is short. Rows of one key are then next to each other, and Arrow keeps
the first: that costs a fraction of what a window function does.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from jobs.catalogue import Column

_TYPES: Final = {
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
DELETED: Final = "is_deleted"
"""The landed column by which a version says that its row is gone."""
_BATCH_ROWS: Final = 131_072


class LandedRows:
    """The rows of landed files as `columns`; older files may lack newer ones.

    `memory` is what sorting may take, e.g. `1GB`; `scratch` is a folder for what does not fit. Raises `KeyError` for a
    type that no contract has, and `duckdb.Error` for files that are not of the columns' types.
    """

    def __init__(
        self, files: Sequence[Path], columns: Sequence[Column], key: Sequence[str], scratch: Path, memory: str
    ) -> None:
        self._engine: Any = duckdb.connect(
            config={"threads": 1, "memory_limit": memory, "temp_directory": str(scratch)}
        )
        landed = self._engine.read_parquet([str(file) for file in files], union_by_name=True, hive_partitioning=False)
        landed.create_view("landed")
        there = set(landed.columns)
        self._key = key
        self._has_tombstones = DELETED in there
        self._columns = ", ".join(typed(column, column.name in there) for column in columns)
        self.schema: pa.Schema = self._sql(f"{self._columns} FROM landed LIMIT 0").to_arrow_table().schema

    def count(self) -> int:
        """How many rows landed."""
        return int(self._sql("count(*) FROM landed").fetchall()[0][0])

    def latest(self) -> Iterator[pa.RecordBatch]:
        """One row of each key: the one ingested last, unless it says that the row is gone."""
        columns = f"{self._columns}, {DELETED}" if self._has_tombstones else self._columns
        order = ", ".join([*map(quoted, self._key), "ingested_at DESC", "source DESC"])
        if self._has_tombstones:
            order += f", {DELETED} DESC NULLS LAST"  # of a key that one file has in two partitions
        batches = self._sql(f"{columns} FROM landed ORDER BY {order}").to_arrow_reader(_BATCH_ROWS)
        for batch in _first_of_each(batches, self._key):
            yield _without_deleted(batch) if self._has_tombstones else batch

    def _sql(self, select: str) -> Any:
        return self._engine.sql(f"SELECT {select}")


def typed(column: Column, there: bool) -> str:
    """A column of landed rows in the type that it has in the table; NULL where it is not `there`."""
    name = quoted(column.name)
    kind = column.type if column.type.startswith("decimal(") else _TYPES[column.type]
    return f"CAST({name if there else 'NULL'} AS {kind}) AS {name}"


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return f'"{name}"'


def _first_of_each(batches: pa.RecordBatchReader, key: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The first row of each run of rows with one key; rows are compared with the one above, across batches, too."""
    last = None
    for batch in batches:
        if batch.num_rows == 0:
            yield batch
            continue
        keys = batch.select(list(key))
        above = keys.slice(0, keys.num_rows - 1)
        differs = _differ(keys.slice(1), above)
        first = pa.array([True]) if last is None else _differ(keys.slice(0, 1), last)
        yield batch.filter(pa.concat_arrays([first, differs]))
        last = keys.slice(keys.num_rows - 1)


def _differ(rows: pa.RecordBatch, others: pa.RecordBatch) -> pa.Array:
    """Row by row, whether two batches differ; no value is equal to no value."""
    result = pa.array([False] * 0, pa.bool_())
    for position, (here, there) in enumerate(zip(rows.columns, others.columns, strict=True)):
        unequal = pc.coalesce(pc.not_equal(here, there), pc.xor(here.is_null(), there.is_null()))
        result = pc.or_(result, unequal) if position else unequal
    return result


def _without_deleted(batch: pa.RecordBatch) -> pa.RecordBatch:
    kept = batch.filter(pc.invert(pc.fill_null(batch.column(DELETED), False)))
    return kept.drop_columns([DELETED])
