"""Rows of a Parquet file, a batch of whole columns at a time."""

from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from delivery.limits import MIB
from producers.files.errors import DROP_AGAIN, FileError
from producers.files.formats.naming import columns_of, drift
from producers.files.formats.parquet.contracted import Contracted
from producers.files.formats.reading import BLOCK_BYTES, Chunk, Position
from producers.files.formats.streams.damage import is_damage
from producers.files.formats.streams.opening import Opened
from schemas.contract import Contract

_ROWS: Final = 20_480
_BATCH_BYTES: Final = 8 * MIB
"""What a batch takes at most, about: what becomes of it takes several times as much."""
_FIRST_ROWS: Final = 256
"""Rows that are read to see what a row takes."""
_DAMAGED: Final = (pa.ArrowException, OSError)
_REPETITIVE_BYTES: Final = 1
"""What a value takes at most where the same ones come again and again."""


def chunks(file: Opened, contract: Contract, start: Position) -> Iterator[Chunk]:
    """The rows from number `start.at` on, in the types of the file; raises `FileError`."""
    try:
        source = _source(file)
        names = source.schema_arrow.names
    except _DAMAGED as error:
        _raise_if_foreign(error)
        raise FileError(
            file.uri, f"the Parquet file cannot be read ({error})", "write it again and drop it again"
        ) from error
    columns = columns_of(file.uri, names, contract)
    note = drift(names, columns, contract)
    groups, count = _groups_from(source.metadata, start.at)
    making = Contracted(contract, file.options)
    try:
        for batch in _batches(file, source.metadata, groups, [names[at] for at in columns]) if groups else ():
            count += len(batch)
            if count <= start.at:
                continue
            rows = batch.slice(max(0, len(batch) - (count - start.at)))
            found = {columns[names.index(name)]: rows.column(name) for name in batch.schema.names}
            yield Chunk(making.rows(found, count - len(rows) + 1), Position(count, count + 1), note)
    except _DAMAGED as error:
        _raise_if_foreign(error)
        damage = f"the file is damaged after row {count} ({error})"
        raise FileError(file.uri, damage, f"write it again and {DROP_AGAIN}") from error
    if not count:
        raise FileError(file.uri, "the file holds no rows", f"each row has {', '.join(contract.key)}")


def _raise_if_foreign(error: Exception) -> None:
    """Raise what is not the file's fault but that of its transport."""
    if isinstance(error, OSError) and not is_damage(error):
        raise error


def _source(file: Opened, **options: Any) -> Any:
    return pq.ParquetFile(file.stream, buffer_size=BLOCK_BYTES, pre_buffer=False, **options)


def _batches(file: Opened, metadata: Any, groups: list[int], wanted: list[str]) -> Iterator[Any]:
    """Batches of the columns `wanted`, whose repetitive texts are read as dictionaries, which is faster.

    Damage in what a group says of a column ends the process when it is asked for, and is an error when the column is
    read. So some rows are read first, which also show what a row takes.
    """
    found = [metadata.row_group(number) for number in groups]
    row_bytes = max(group.total_byte_size // max(1, group.num_rows) for group in found)
    reading: Any = {"columns": wanted, "use_threads": False}
    first = next(_source(file, metadata=metadata).iter_batches(
        _rows_of(row_bytes, _FIRST_ROWS), row_groups=groups[:1], **reading
    ))  # fmt: skip
    rows = _rows_of(max(row_bytes, first.nbytes // max(1, len(first))), _ROWS)
    source = _source(file, metadata=metadata, read_dictionary=_repetitive(metadata, groups[0], wanted))
    for batch in source.iter_batches(_in_whole_groups(rows, found[0].num_rows), row_groups=groups, **reading):
        yield from _pieces(batch)


def _pieces(batch: Any) -> Iterator[Any]:
    """A batch in smaller ones where its texts, written out, are longer than those of the first rows."""
    rows = _rows_of(sum(map(_text_bytes, batch.columns)) // max(1, len(batch)), _ROWS)
    for at in range(0, len(batch), rows):
        yield batch.slice(at, rows)


def _text_bytes(column: pa.Array) -> int:
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    return pc.sum(pc.binary_length(column.dictionary).take(column.indices)).as_py() or 0


def _rows_of(row_bytes: int, most: int) -> int:
    return max(1, min(most, _BATCH_BYTES // max(1, row_bytes)))


def _repetitive(metadata: Any, number: int, wanted: list[str]) -> list[str]:
    """Those of the columns `wanted` that are texts which come again and again, by what a group of rows takes."""
    group, schema = metadata.row_group(number), metadata.schema
    texts = [
        at for at in range(group.num_columns)
        if schema.column(at).path in wanted and schema.column(at).logical_type.type == "STRING"
    ]  # fmt: skip
    columns = [group.column(at) for at in texts]
    return [
        column.path_in_schema
        for column in columns
        if column.total_uncompressed_size < column.num_values * _REPETITIVE_BYTES
    ]


def _in_whole_groups(rows: int, group: int) -> int:
    """About so many `rows`, whole row groups where they are smaller: a batch with dictionaries ends with its group."""
    return rows // group * group if 0 < group < rows else rows


def _groups_from(metadata: Any, row: int) -> tuple[list[int], int]:
    """The row groups from the one that holds `row` on, and the rows before them."""
    before = 0
    for number in range(metadata.num_row_groups):
        rows = metadata.row_group(number).num_rows
        if before + rows > row:
            return list(range(number, metadata.num_row_groups)), before
        before += rows
    return [], before
