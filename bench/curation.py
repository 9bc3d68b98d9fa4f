"""How fast the curation job is, and what a run costs: `python -m bench.curation [scale] [rounds] [memory] [years]`.

TPC-H lineitem of that scale lands in a folder as Firehose lands rows (Snappy, doubles, lineage), by the year
of shipping, in files of a few tens of megabytes. Then, in turn: DuckDB alone sorts each partition on the same key and
writes it with zstd, on all cores; and the job, on Spark with a task a core, deduplicates, sorts and writes it with its
page index. The target is half of DuckDB's throughput. Then rows land in one partition, in two and in four, and a run
must read and write only those. The same is measured for a table whose keys may move to another partition: the driver
reads the keys of all partitions once, and later those that it has kept.

The rows come from tpchgen-cli, which must be installed (`pip install tpchgen-cli`); they are kept in /tmp.
"""

import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow.parquet as pq

from bench.tpch import generated
from jobs.catalogue import Column, Dataset
from jobs.curate import on_spark, run
from tests.support.folder_lake import FolderCatalogue, FolderLake
from tests.support.local_spark import local_spark

KEY: Final = ("l_partkey", "l_orderkey", "l_linenumber")
YEARS: Final = range(1992, 1999)
FILES: Final = 8
"""Landed folders of a partition."""
COLUMNS: Final = (
    *(Column(name, "bigint") for name in ("l_orderkey", "l_partkey", "l_suppkey")),
    Column("l_linenumber", "int"),
    *(Column(name, "double") for name in ("l_quantity", "l_extendedprice", "l_discount", "l_tax")),
    *(Column(name, "string") for name in ("l_returnflag", "l_linestatus")),
    *(Column(name, "date") for name in ("l_shipdate", "l_commitdate", "l_receiptdate")),
    *(Column(name, "string") for name in ("l_shipinstruct", "l_shipmode", "l_comment", "source")),
    Column("ingested_at", "timestamp"),
)
LINEITEM: Final = Dataset(
    "lineitem_curated", "landing/lineitem/", "curated/lineitem/", KEY, COLUMNS, "year", True, {"SerdeInfo": {}}
)
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Took:
    """Wall-clock seconds, and CPU seconds of all cores."""

    wall: float
    cpu: float


def main() -> None:
    """Measure and print."""
    scale = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    memory = sys.argv[3] if len(sys.argv) > 3 else "1GB"
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    years = YEARS[: int(sys.argv[4]) if len(sys.argv) > 4 else None]
    with tempfile.TemporaryDirectory(prefix="bench-curation-") as scratch, local_spark():
        lake = FolderLake(Path(scratch) / "lake")
        land(lake, scale, years)
        landed = sum(stored.size for stored in lake.objects(LINEITEM.landing))
        print(
            f"lineitem at scale {scale}, {len(years)} years: {landed / 1e6:.0f} MB landed, "
            f"{os.cpu_count()} cores, {memory} a task"
        )
        throughput(lake, years, landed, rounds, memory)
        linear(lake, LINEITEM, years, memory)
        linear(lake, replace(LINEITEM, moves=True), years, memory)


def throughput(lake: FolderLake, years: range, landed: int, rounds: int, memory: str) -> None:
    """DuckDB alone and the job in turn, on the same landed files."""
    alone, job = [], []
    for _ in range(rounds):
        alone.append(_timed(lambda: sort_with_duckdb(lake, years)))
        shutil.rmtree(lake.root / "curated", ignore_errors=True)
        catalogue = _catalogue(lake, new=True)
        job.append(_timed(partial(_run, lake, catalogue, memory)))
    for name, took in (("DuckDB alone", alone), ("the job", job)):
        walls, cpus = [each.wall for each in took], [each.cpu for each in took]
        rate = landed / statistics.median(walls) / 1e6
        print(f"{name:13} {statistics.median(walls):6.1f} s {statistics.median(cpus):6.1f} CPU s {rate:6.0f} MB/s")
    ratios = [(a.wall / j.wall, a.cpu / j.cpu) for a, j in zip(alone, job, strict=True)]
    print("ratio by round, wall (CPU):", ", ".join(f"{wall:.2f} ({cpu:.2f})" for wall, cpu in ratios))
    check(lake, _catalogue(lake))


def check(lake: FolderLake, catalogue: FolderCatalogue) -> None:
    """Check that there are as many rows as distinct keys landed, and print the sizes of the files."""
    files = [
        file
        for kept in catalogue.partitions(LINEITEM).values()
        for file in sorted((lake.root / kept["location"].removeprefix("s3://lake/")).iterdir())
    ]
    rows = sum(pq.read_metadata(file).num_rows for file in files)
    source = lake.root / LINEITEM.landing
    (keys,) = duckdb.sql(
        f"SELECT sum(keys) FROM (SELECT count(DISTINCT ({', '.join(KEY[1:])})) AS keys "
        f"FROM read_parquet('{source}/*/*/*', hive_partitioning=true) GROUP BY year)"
    ).fetchall()[0]
    assert rows == keys, (rows, keys)
    sizes = sorted(file.stat().st_size / 2**20 for file in files)
    print(f"{rows} rows = distinct keys; {len(files)} files of {sizes[0]:.0f} to {sizes[-1]:.0f} MiB")


def linear(lake: FolderLake, dataset: Dataset, years: range, memory: str) -> None:
    """What a run reads and writes after rows landed in some partitions; the first finds none, but reads all keys."""
    print(f"keys {'may' if dataset.moves else 'cannot'} move: partitions changed, read MB, keys MB, written MB, s")
    for count in [each for each in (0, 1, 2, 4) if each <= len(years)]:
        for year in years[:count]:
            first = next(lake.objects(dataset.landed_folder(str(year))))
            one = pq.ParquetFile(lake.root / first.key).read_row_group(0).slice(0, 1)
            pq.write_table(one, (lake.root / first.key).with_name(f"late-{dataset.moves}-{count}.parquet"))
        lake.read_sizes.clear()  # of this process; tasks count their own
        started = time.perf_counter()
        curated = _run(lake, FolderCatalogue(_catalogue(lake).root, dataset), memory)
        took = time.perf_counter() - started
        assert len(curated) == count
        read, written = sum(each.read for each in curated), sum(each.size for each in curated)
        print(f"{count} {read / 1e6:.0f} {sum(lake.read_sizes) / 1e6:.0f} {written / 1e6:.0f} {took:.1f}")


def sort_with_duckdb(lake: FolderLake, years: range) -> None:
    """Sort every partition on the key and write it, nothing else."""
    with tempfile.TemporaryDirectory() as scratch:
        engine = duckdb.connect(config={"temp_directory": scratch})
        for year in years:
            source = lake.root / LINEITEM.landed_folder(str(year))
            engine.execute(
                f"COPY (SELECT * FROM read_parquet('{source}/*/*', hive_partitioning=false) ORDER BY {', '.join(KEY)}) "
                f"TO '{scratch}/{year}.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3)"
            )


def land(lake: FolderLake, scale: int, years: range) -> None:
    """Land lineitem, and one order in a hundred twice."""
    rows = generated("lineitem", scale)
    folder = lake.root / LINEITEM.landing
    folder.mkdir(parents=True)
    doubles = ", ".join(f"{each.name}::DOUBLE AS {each.name}" for each in COLUMNS if each.type == "double")
    duckdb.execute(
        f"COPY (SELECT * EXCLUDE (again) REPLACE ({doubles}), 's3://drop/lineitem/' || l_orderkey % 100 AS source, "
        "TIMESTAMP '2026-01-01' + to_seconds(l_orderkey % 1000 + again * 5000) AS ingested_at, "
        f"year(l_shipdate) AS year, l_orderkey // 32 % {FILES} AS arrived "
        f"FROM read_parquet('{rows}/*.parquet'), (VALUES (0), (1)) AS times(again) "
        f"WHERE (again = 0 OR l_orderkey % 100 = 0) AND year(l_shipdate) <= {years[-1]}) "
        f"TO '{folder}' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (year, arrived), OVERWRITE_OR_IGNORE)"
    )


def _catalogue(lake: FolderLake, new: bool = False) -> FolderCatalogue:
    root = lake.root.parent / "catalogue"
    if new:
        shutil.rmtree(root, ignore_errors=True)
    return FolderCatalogue(root, LINEITEM)


def _run(lake: Any, catalogue: Any, memory: str) -> list[Any]:
    return run(lake, catalogue, on_spark, memory, datetime.now(UTC))


def _timed(work: Any) -> Took:
    started, before = time.perf_counter(), _cpu()
    work()
    return Took(time.perf_counter() - started, _cpu() - before)


def _cpu() -> float:
    """CPU seconds of this process and all below it, those that have ended included."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime + sum(_ticks(each) for each in _below(os.getpid())) / _TICKS


def _below(pid: int) -> Iterator[int]:
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, listed.read_text().split()):
            yield child
            yield from _below(child)


def _ticks(pid: int) -> int:
    """User and system time of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))


if __name__ == "__main__":
    main()
