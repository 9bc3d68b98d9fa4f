"""The pages that hold a lookup's answer, found by pyarrow and the standard library alone."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs import layout


def bytes_of_answer(folder: Path, columns: Sequence[str], key: str, value: Any) -> int:
    """Compressed bytes of the pages of `columns` with a row whose `key` is `value`, and of their dictionaries.

    Of a chunk's pages pyarrow tells the sum only, and curation gives each the same number of rows: a page is taken for
    as large as its chunk's mean.
    """
    return sum(_of_group(file, group, columns, key, value) for file, group in _groups(folder, key, value))


def _groups(folder: Path, key: str, value: Any) -> Iterator[tuple[pq.ParquetFile, int]]:
    for path in sorted(folder.iterdir()):
        file = pq.ParquetFile(path)
        at = file.schema_arrow.get_field_index(key)
        for group in range(file.metadata.num_row_groups):
            bounds = file.metadata.row_group(group).column(at).statistics
            if bounds.min <= value <= bounds.max:
                yield file, group


def _of_group(file: pq.ParquetFile, group: int, columns: Sequence[str], key: str, value: Any) -> int:
    rows = pc.indices_nonzero(pc.equal(file.read_row_group(group, columns=[key])[key], value)).to_pylist()
    pages = {row // layout.PAGE_ROWS for row in rows}
    described = file.metadata.row_group(group)
    size = 0
    for index in range(described.num_columns):
        chunk = described.column(index)
        if chunk.path_in_schema in columns and pages:
            first = chunk.dictionary_page_offset
            dictionary = chunk.data_page_offset - first if first else 0
            count = -(-described.num_rows // layout.PAGE_ROWS)
            size += dictionary + (chunk.total_compressed_size - dictionary) * len(pages) // count
    return size
