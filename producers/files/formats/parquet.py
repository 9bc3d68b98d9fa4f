"""Rows of a Parquet file, a batch of whole columns at a time."""

from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from producers.files.errors import FileError
from producers.files.formats.contracted import Contracted
from producers.files.formats.naming import columns_of
from producers.files.formats.opening import Opened
from producers.files.formats.reading import BLOCK_BYTES, Chunk, Position
from schemas.contract import Contract

_ROWS: Final = 20_480
_REPETITIVE_BYTES: Final = 1
"""What a value takes at most where the same ones come again and again."""


def chunks(file: Opened, contract: Contract, start: Position) -> Iterator[Chunk]:
    """The rows from number `start.at` on, in the types of the file; raises `FileError`."""
    try:
        source = _opened(file)
    except pa.ArrowInvalid as error:
        raise FileError(file.uri, f"the Parquet file cannot be read ({error})", "write and drop it again") from error
    names = source.schema_arrow.names
    columns = columns_of(file.uri, names, contract)
    groups, count = _groups_from(source, start.at)
    wanted = [names[at] for at in columns]
    making = Contracted(contract, file.options)
    try:
        for batch in source.iter_batches(_batch_rows(source), row_groups=groups, columns=wanted, use_threads=False):
            count += len(batch)
            if count <= start.at:
                continue
            rows = batch.slice(max(0, len(batch) - (count - start.at)))
            found = {columns[names.index(name)]: rows.column(name) for name in batch.schema.names}
            yield Chunk(making.rows(found, count - len(rows) + 1), Position(count, count + 1))
    except (pa.ArrowInvalid, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        damage = f"the file is damaged behind row {count} ({error})"
        raise FileError(file.uri, damage, "write and drop it again; rows are told apart by their key") from error
    if not count:
        raise FileError(file.uri, "the file holds no rows", f"each row has {', '.join(contract.key)}")


def _opened(file: Opened) -> Any:
    """The file, whose repetitive texts are read as dictionaries, which is faster."""
    metadata = pq.ParquetFile(file.stream).metadata
    options = {"metadata": metadata, "buffer_size": BLOCK_BYTES, "pre_buffer": False}
    return pq.ParquetFile(file.stream, read_dictionary=_repetitive(metadata), **options)


def _repetitive(metadata: Any) -> list[str]:
    """The texts that come again and again, by what the first group of rows takes."""
    if not metadata.num_row_groups:
        return []
    group = metadata.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    return [
        column.path_in_schema
        for number, column in enumerate(columns)
        if metadata.schema.column(number).logical_type.type == "STRING"
        and column.total_uncompressed_size < column.num_values * _REPETITIVE_BYTES
    ]


def _batch_rows(source: Any) -> int:
    """About `_ROWS`, but whole row groups where they are smaller: a batch with dictionaries ends with its group."""
    group = source.metadata.row_group(0).num_rows if source.num_row_groups else 0
    return _ROWS // group * group if 0 < group < _ROWS else _ROWS


def _groups_from(source: Any, row: int) -> tuple[list[int], int]:
    """The row groups from the one that holds `row` on, and the rows before them."""
    before = 0
    for number in range(source.num_row_groups):
        rows = source.metadata.row_group(number).num_rows
        if before + rows > row:
            return list(range(number, source.num_row_groups)), before
        before += rows
    return [], before
