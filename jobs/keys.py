"""The newest version of each key of a partition, kept so that what has landed is read for it once.

    curated/trades/_keys/year=2013/5be1….parquet    named by the fingerprint of what had landed

A row is the key, `ingested_at` and `source` of the version, and the partition.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import duckdb

from jobs.catalogue import Dataset
from jobs.lake import Lake, Stored
from jobs.landed import downloaded
from jobs.rows import quoted, typed

PARTITION: Final = "_partition"
"""The column that names the partition; no column of a contract begins so."""


def folder(dataset: Dataset) -> str:
    """Where the keys of all partitions are."""
    return f"{dataset.curated}_keys/"


def name(dataset: Dataset, value: str, fingerprint: str) -> str:
    """Where the keys of one partition are while `fingerprint` is that of its landed objects."""
    return f"{folder(dataset)}{dataset.partition_key}={value}/{fingerprint}.parquet"


def keep(lake: Lake, dataset: Dataset, value: str, landed: Sequence[Stored], key: str, memory: str) -> None:
    """Read what has landed in a partition, and make the object `key` of its keys.

    Raises `duckdb.Error` for files that cannot be read, and `FileNotFoundError` for one that is gone.
    """
    of_key = [next(column for column in dataset.columns if column.name == name) for name in dataset.key]
    with tempfile.TemporaryDirectory() as scratch:
        engine: Any = duckdb.connect(config={"memory_limit": memory, "temp_directory": scratch})
        files = downloaded(lake, [stored.key for stored in landed], Path(scratch))
        rows = engine.read_parquet(list(map(str, files)), union_by_name=True, hive_partitioning=False)
        rows.create_view("landed")
        known = ", ".join(typed(column, column.name in rows.columns) for column in of_key)
        newest = "max({ingested_at: CAST(ingested_at AS TIMESTAMP), source: source})"
        kept = Path(scratch) / "keys.parquet"
        engine.execute(
            f"COPY (SELECT {', '.join(map(quoted, dataset.key))}, unnest(_newest), ? AS {PARTITION} "
            f"FROM (SELECT {known}, {newest} AS _newest FROM landed GROUP BY ALL) ORDER BY ALL) "
            f"TO '{kept}' (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd)",
            [value],
        )
        lake.upload(kept, key)
