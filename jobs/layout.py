"""How curated Parquet is laid out: the one place for sizes, encodings and filters.

A point lookup on the first column of the key should read one page of each column that it needs, so pages are small and
have an index; a scan should make few requests, so files are large.
https://docs.aws.amazon.com/athena/latest/ug/performance-tuning-data-optimization-techniques.html
https://parquet.apache.org/docs/file-format/pageindex/
"""

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

MIB: Final = 1024**2

FILE_BYTES: Final = 192 * MIB
"""What a file should have. A partition of more than 288 MiB is cut into files alike, of about 140 to 290 MiB. Readers
read the page index of a whole file, so a lookup in a larger one reads more."""
ROW_GROUP_ROWS: Final = 1_048_576
"""What one reader takes at a time."""
ROW_GROUP_BYTES: Final = 256 * MIB
"""What a writer may hold in memory: rows of more than 256 bytes make smaller row groups."""
PAGE_ROWS: Final = 50_000
PAGE_BYTES: Final = 512 * 1024
"""A page ends at whichever comes first: 50,000 rows of eight bytes are 390 KiB. With smaller pages a lookup reads less
of them and more of their index, which every reader of a file reads whole: 37 bytes for each page of each column."""
DICTIONARY_BYTES: Final = 64 * 1024
"""A lookup that reads a page of a column reads its dictionary, too, so that must not be larger than a page."""
CODEC: Final = "zstd"
CODEC_LEVEL: Final = 3
BLOOM_FALSE_POSITIVES: Final = 0.05
"""Parquet rounds a filter up to a power of two: a row group of different values has one byte a row."""

_FILTERED: Final = (pa.types.is_integer, pa.types.is_string)


def writer_options(group: pa.Table, key: Sequence[str]) -> dict[str, Any]:
    """The options of `pyarrow.parquet.ParquetWriter` for a file whose first row group, sorted on `key`, is `group`.

    Only columns whose values all fit in a dictionary get one. Otherwise it would be given up within the first pages,
    and a lookup would read it, and all that is between it and the wanted page, as readers, Trino's among them, read
    ranges less than 1 MB apart as one. A complete one says, as well as a Bloom filter does, what a row group lacks.
    """
    many = [name for name in group.column_names if _is_large(group[name])]
    filtered = [name for name in key[1:] if name in many and any(fits(group[name].type) for fits in _FILTERED)]
    return {
        "use_dictionary": [name for name in group.column_names if name not in many],
        "compression": CODEC,
        "compression_level": CODEC_LEVEL,
        "data_page_size": PAGE_BYTES,
        "max_rows_per_page": PAGE_ROWS,
        "dictionary_pagesize_limit": DICTIONARY_BYTES,
        "write_page_index": True,
        "sorting_columns": [pq.SortingColumn(group.column_names.index(name)) for name in key],
        "bloom_filter_options": {
            name: {"ndv": pc.count_distinct(group[name]).as_py(), "fpp": BLOOM_FALSE_POSITIVES}
            for name in filtered  # not for the key's first column, whose pages are found by their bounds
        }
        or None,
    }


def _is_large(column: pa.ChunkedArray) -> bool:
    """Whether a dictionary of the column would be larger than it may be; most that are show it early."""
    return any(pc.unique(part).nbytes > DICTIONARY_BYTES for part in (column.slice(0, PAGE_ROWS), column))
