"""How curated Parquet is laid out: the one place for sizes, encodings and filters.

A point lookup on the first column of the key should read one page of each column that it needs, so pages are small and
have an index; a scan should make few requests, so files are large.
https://docs.aws.amazon.com/athena/latest/ug/performance-tuning-data-optimization-techniques.html
https://parquet.apache.org/docs/file-format/pageindex/
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

MIB: Final = 1024**2

FILE_BYTES: Final = 256 * MIB
"""What a file should have. A partition is cut into files of equal rows, of 170 to 384 MiB, once it has more."""
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
_FEWEST_FILTERED: Final = DICTIONARY_BYTES // 8
"""With fewer different values the dictionary is complete, and readers skip a row group by that."""


def writer_options(schema: pa.Schema, key: Sequence[str], distinct: Mapping[str, int]) -> dict[str, Any]:
    """The options of `pyarrow.parquet.ParquetWriter` for rows of `schema` that are sorted on `key`.

    `distinct` says about how many different values the columns of the key have in the partition. One that has many
    gets no dictionary: it would be given up within the first pages, and every lookup would read what there is of it.
    """
    many = [name for name in key if distinct[name] > _FEWEST_FILTERED]
    return {
        "use_dictionary": [name for name in schema.names if name not in many],
        "compression": CODEC,
        "compression_level": CODEC_LEVEL,
        "data_page_size": PAGE_BYTES,
        "max_rows_per_page": PAGE_ROWS,
        "dictionary_pagesize_limit": DICTIONARY_BYTES,
        "write_page_index": True,
        "sorting_columns": [pq.SortingColumn(schema.get_field_index(name)) for name in key],
        "bloom_filter_options": {
            name: {"ndv": min(distinct[name], ROW_GROUP_ROWS), "fpp": BLOOM_FALSE_POSITIVES}
            for name in filtered(schema, key, distinct)
        }
        or None,
    }


def filtered(schema: pa.Schema, key: Sequence[str], distinct: Mapping[str, int]) -> list[str]:
    """Columns of the key that get a Bloom filter: not the first, whose pages are found by their bounds."""
    return [
        name
        for name in key[1:]
        if distinct[name] > _FEWEST_FILTERED and any(fits(schema.field(name).type) for fits in _FILTERED)
    ]
