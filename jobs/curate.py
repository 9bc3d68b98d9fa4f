"""The Glue Spark job: landing to curated.

Of every key it keeps the latest version, sorts on the key and writes zstd Parquet, one file a partition. A partition is
replaced as a whole. Glue ships this one file, so it imports nothing of ours; every path is an argument, so it runs on
local folders as well:

    spark-submit jobs/curate.py --dataset fx_daily --landing landing/fx_daily/ --curated curated/fx_daily/ \\
        --key base,quote,date --partition year
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as sql

_ARRIVED = "arrived"
"""The folder below each partition that says when objects came; to Spark it looks like a column."""
_VERSION = "_version"
_DELETED = "is_deleted"
"""The column by which a version says that its row is gone; datasets whose deletes are not compared have none."""


@dataclass(frozen=True)
class Arguments:
    """What one run curates; `key` in sort order, `partition` empty for a dataset without partitions."""

    dataset: str
    landing: str
    curated: str
    key: tuple[str, ...]
    partition: str


def parse(argv: Sequence[str]) -> Arguments:
    """The arguments of a run; Glue's own (`--JOB_NAME` and others) are left alone."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--landing", required=True, help="folder or s3:// URI of the landed Parquet")
    parser.add_argument("--curated", required=True, help="folder or s3:// URI to write to")
    parser.add_argument("--key", required=True, help="columns of the key, separated by commas")
    parser.add_argument("--partition", default="", help="the partition key, if there is one")
    known, _ = parser.parse_known_args(argv)
    return Arguments(known.dataset, known.landing, known.curated, tuple(known.key.split(",")), known.partition)


def latest(landed: DataFrame, key: Sequence[str]) -> DataFrame:
    """One row for each key: the one ingested last, unless it says that the row is gone."""
    newest_first = Window.partitionBy(*key).orderBy(sql.col("ingested_at").desc(), sql.col("source").desc())
    numbered = landed.withColumn(_VERSION, sql.row_number().over(newest_first))
    newest = numbered.where(sql.col(_VERSION) == 1).drop(_VERSION, _ARRIVED)
    return newest.where(~sql.coalesce(_DELETED, sql.lit(False))) if _DELETED in landed.columns else newest


def curate(spark: SparkSession, arguments: Arguments) -> None:
    """Write the curated Parquet of one dataset."""
    landed = spark.read.option("mergeSchema", "true").parquet(arguments.landing)  # older files lack newer columns
    rows = latest(landed, arguments.key)
    folders = [arguments.partition] if arguments.partition else []
    gathered = rows.repartition(*folders) if folders else rows.coalesce(1)
    writer = gathered.sortWithinPartitions(*folders, *arguments.key).write.mode("overwrite")
    if folders:
        writer = writer.partitionBy(*folders)
    writer.option("compression", "zstd").parquet(arguments.curated)


def main(argv: Sequence[str]) -> None:
    """Run once for the arguments in `argv`."""
    arguments = parse(argv)
    spark = (
        SparkSession.builder.appName(f"curate {arguments.dataset}")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.sources.partitionOverwriteMode", "dynamic")
        .config("spark.sql.parquet.outputTimestampType", "INT96")
        # a partition of day 2010-01-04 stays text, as its Glue column is
        .config("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
        .getOrCreate()
    )
    curate(spark, arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
