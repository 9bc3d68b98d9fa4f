"""The pages that contain a lookup's answer, found with pyarrow and the standard library alone."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.scan.datasets import Lookup
from jobs import layout


def bytes_of_answer(folder: Path, lookup: Lookup) -> int:
    """Compressed bytes of the pages of the columns with a row that is looked up, and of their dictionaries.

    pyarrow only gives the sum of a chunk's pages, and curation gives each the same number of rows: each page is taken
    to be as large as its chunk's mean.
    """
    return sum(_of_group(file, group, lookup) for file, group in _groups(folder, lookup))


def _groups(folder: Path, lookup: Lookup) -> Iterator[tuple[pq.ParquetFile, int]]:
    for path in sorted(folder.rglob("*.parquet")):
        file = pq.ParquetFile(path)
        at = file.schema_arrow.get_field_index(lookup.key)
        for group in range(file.metadata.num_row_groups):
            bounds = file.metadata.row_group(group).column(at).statistics
            if bounds.min <= lookup.value <= bounds.max:
                yield file, group


def _of_group(file: pq.ParquetFile, group: int, lookup: Lookup) -> int:
    key = file.read_row_group(group, columns=[lookup.key])[lookup.key]
    rows = pc.indices_nonzero(pc.equal(key, lookup.value)).to_pylist()
    pages = {row // layout.PAGE_ROWS for row in rows}
    described = file.metadata.row_group(group)
    size = 0
    for index in range(described.num_columns):
        chunk = described.column(index)
        if chunk.path_in_schema in lookup.columns and pages:
            first = chunk.dictionary_page_offset
            dictionary = chunk.data_page_offset - first if first else 0
            count = -(-described.num_rows // layout.PAGE_ROWS)
            size += dictionary + (chunk.total_compressed_size - dictionary) * len(pages) // count
    return size
