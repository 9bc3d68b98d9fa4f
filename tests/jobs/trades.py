"""Trades that land in a folder, are curated without Spark, and are read as a reader of the table would."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.catalogue import Column, Dataset
from jobs.curate import Failed, run
from jobs.partition import Curated, Partition
from tests.support.folder_lake import FolderCatalogue, FolderLake

TRADES = Dataset(
    table="trades_curated",
    landing="landing/trades/",
    curated="curated/trades/",
    key=("account", "trade"),
    columns=(
        Column("account", "string"),
        Column("trade", "bigint"),
        Column("price", "double"),
        Column("source", "string"),
        Column("ingested_at", "timestamp"),
    ),
    partition_key="year",
    partitioned=True,
    storage={"SerdeInfo": {}},
)
LANDED = pa.schema([
    ("account", pa.string()), ("trade", pa.int64()), ("price", pa.float64()),
    ("source", pa.string()), ("ingested_at", pa.timestamp("ns")), ("is_deleted", pa.bool_()),
])  # fmt: skip
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def here(task: Callable[[Partition], Curated | Failed], partitions: Sequence[Partition]) -> list[Curated | Failed]:
    """Workers that are this thread."""
    return [task(partition) for partition in partitions]


def curate_here(lake: Any, catalogue: Any, now: datetime = NOW) -> list[Curated]:
    """A run of the job without Spark."""
    return run(lake, catalogue, here, "256MB", now)


def land(lake: FolderLake, partition: str, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Land `rows` of `LANDED` as one object; ingested_at is given in seconds."""
    columns = list(zip(*rows, strict=True))
    columns[4] = [datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None) for seconds in columns[4]]  # type: ignore[call-overload]
    table = pa.table([pa.array(values, field.type) for values, field in zip(columns, LANDED, strict=True)], LANDED)
    path = lake.root / "landing/trades" / partition / "arrived=2026-01-01" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, use_deprecated_int96_timestamps=True)


def seen(lake: FolderLake, catalogue: FolderCatalogue, dataset: Dataset = TRADES) -> dict[str, list[tuple[Any, ...]]]:
    """What a reader of the table sees, by partition: the rows in the order of the files."""
    found = {}
    for value, kept in catalogue.partitions(dataset).items():
        folder = lake.root / kept["location"].removeprefix("s3://lake/")
        tables = [pq.ParquetFile(file).read() for file in sorted(folder.iterdir())]
        found[value] = [tuple(row.values()) for table in tables for row in table.to_pylist()]
    return found


def age(lake: FolderLake, seconds: float) -> None:
    """Make every object of the lake so much older than now."""
    for path in (path for path in lake.root.rglob("*") if path.is_file()):
        os.utime(path, (NOW.timestamp() - seconds,) * 2)
