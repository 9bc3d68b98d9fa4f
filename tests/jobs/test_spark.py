"""The job on Spark itself, and its files as parquet-mr, the Java library that Spark and others read with, sees them."""

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from bench.folder_lake import FolderCatalogue, FolderLake
from bench.local_spark import local_spark
from jobs.curate import on_spark, run
from jobs.layout import PAGE_ROWS
from tests.jobs.trades import NOW, TRADES, curate_here, land, seen

ROWS = 30_000
FIRST = 10**10
"""No trade has a number that is an `int` to Java."""


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    """Spark with two workers."""
    with local_spark() as session:
        yield session


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> FolderLake:
    """Rows of three years, curated on Spark."""
    lake = FolderLake(tmp_path_factory.mktemp("spark") / "lake")
    rows = [("ab"[number % 2], FIRST + number * 7 % ROWS, 1.0, "s", 0, None) for number in range(ROWS)]
    for year in (2010, 2011, 2012):
        land(lake, f"year={year}", "1", rows)
        land(lake, f"year={year}", "2", [("a", FIRST, 2.0, "s", 1, None)])
    run(lake, catalogue(lake), on_spark, "256MB", NOW)  # type: ignore[arg-type]
    return lake


def catalogue(lake: FolderLake) -> FolderCatalogue:
    return FolderCatalogue(lake.root.parent / "catalogue", TRADES)


def file_of(lake: FolderLake) -> Path:
    location = catalogue(lake).partitions(TRADES)["2011"]["location"]
    (file,) = (lake.root / location.removeprefix("s3://lake/")).iterdir()
    return file


def test_it_gives_what_the_job_gives_without_spark(lake: FolderLake, tmp_path: Path) -> None:
    alone = FolderCatalogue(tmp_path / "catalogue", TRADES)
    copied = FolderLake(tmp_path / "lake")
    shutil.copytree(lake.root / "landing", copied.root / "landing")
    curate_here(copied, alone)
    assert seen(lake, catalogue(lake)) == seen(copied, alone)


def test_a_page_has_so_many_rows_that_a_lookup_reads_few(spark: SparkSession, lake: FolderLake) -> None:
    reader = parquet_reader(spark, file_of(lake))
    (block,) = reader.getFooter().getBlocks()
    for chunk in block.getColumns():
        index = reader.readOffsetIndex(chunk)
        starts = [index.getFirstRowIndex(page) for page in range(index.getPageCount())]
        ends = [*starts[1:], ROWS]
        assert max(end - start for start, end in zip(starts, ends, strict=True)) <= PAGE_ROWS
        assert reader.readColumnIndex(chunk) is not None


def test_the_bloom_filter_knows_what_is_there(spark: SparkSession, lake: FolderLake) -> None:
    reader = parquet_reader(spark, file_of(lake))
    (block,) = reader.getFooter().getBlocks()
    (trade,) = (chunk for chunk in block.getColumns() if chunk.getPath().toDotString() == "trade")
    bloom = reader.getBloomFilterDataReader(block).readBloomFilter(trade)
    assert all(bloom.findHash(bloom.hash(FIRST + number)) for number in range(0, ROWS, 500))
    assert sum(bloom.findHash(bloom.hash(FIRST + ROWS + number)) for number in range(100)) < 20


def test_a_killed_spark_is_made_good_by_the_next(spark: SparkSession, tmp_path: Path) -> None:
    """Driver, Java and workers die at once, somewhere in the second run of three."""
    killed, undisturbed = FolderLake(tmp_path / "killed/lake"), FolderLake(tmp_path / "undisturbed/lake")
    for each in (killed, undisturbed):
        land(each, "year=2010", "1", [("a", number, 1.0, "s", 0, None) for number in range(50)])
        curate_here(each, catalogue(each))
        before = seen(each, catalogue(each))
        for year in (2010, 2011):
            land(each, f"year={year}", "2", [("a", number, 2.0, "s", 1, number == 7) for number in range(0, 60, 2)])
    run(undisturbed, catalogue(undisturbed), on_spark, "256MB", NOW)  # type: ignore[arg-type]
    after = seen(undisturbed, catalogue(undisturbed))

    point = random.choice(("download", "upload", "uploaded", "create", "created", "publish", "exchanged"))
    kill_spark(killed.root.parent, point)
    for value, rows in seen(killed, catalogue(killed)).items():
        assert rows in (before.get(value), after[value]), point
    run(killed, catalogue(killed), on_spark, "256MB", NOW)  # type: ignore[arg-type]
    assert seen(killed, catalogue(killed)) == after, point


def kill_spark(folder: Path, point: str) -> None:
    """A Spark of its own that runs the job until `point`, and is then killed with all that it has started."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    command = ["sh", "-c", '"$@"; echo came to its end > "$0"', str(pipe)]
    command += [sys.executable, "-m", "tests.jobs.stopped_spark", str(folder), point, str(pipe)]
    spark = subprocess.Popen(command, cwd=Path(__file__).parents[2], start_new_session=True)
    try:
        with pipe.open() as told:
            assert told.read(len(point)) == point
    finally:
        for process in processes_of(spark.pid):
            os.kill(process, signal.SIGKILL)
    assert spark.wait() == -signal.SIGKILL


def processes_of(session: int) -> list[int]:
    """The processes of a session: Spark's workers have a process group of their own, but no session."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if int(status.read_text().rpartition(")")[2].split()[3]) == session:
                found.append(int(status.parent.name))
    return found


def parquet_reader(spark: SparkSession, file: Path) -> Any:
    java: Any = spark._jvm
    path = java.org.apache.hadoop.fs.Path(str(file))
    parquet = java.org.apache.parquet.hadoop
    source = parquet.util.HadoopInputFile.fromPath(path, java.org.apache.hadoop.conf.Configuration())
    return parquet.ParquetFileReader.open(source)
