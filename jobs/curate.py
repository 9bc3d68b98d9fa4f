"""The Glue Spark job: it brings every curated table up to date with what has landed.

    spark-submit jobs/curate.py --database standpipe_dev --lake standpipe-dev-lake-… --region eu-west-1

A run compares what has landed in each partition with the fingerprint that the catalogue keeps of it, and rebuilds
what differs, one task a partition. Spark spreads the tasks over workers and repeats those whose worker is lost; a task
is an ordinary Python function (`jobs.partition`), because columns are sorted and written several times faster outside
the JVM. Glue ships the folder `jobs/` and nothing else of ours.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from traceback import format_exc

import duckdb

from jobs import versions
from jobs.catalogue import Catalogue, Dataset, Published
from jobs.lake import Lake
from jobs.landed import fingerprint, landed
from jobs.moved import moved
from jobs.partition import Curated, Partition, curate


class CurationError(Exception):
    """Partitions that could not be curated; readers still see what they saw before."""


@dataclass(frozen=True)
class Failed:
    """A partition that could not be curated, and the traceback."""

    dataset: str
    value: str
    error: str


Task = Callable[[Partition], Curated | Failed]
Workers = Callable[[Task, Sequence[Partition]], Iterable[Curated | Failed]]
"""Whoever runs a task for each partition."""


@dataclass(frozen=True)
class Arguments:
    """The Glue database, the lake's bucket, their region, and the memory that each task may sort in."""

    database: str
    lake: str
    region: str
    memory: str


def parse(argv: Sequence[str]) -> Arguments:
    """The arguments of a run; Glue's own (`--JOB_NAME` and others) are left alone."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--database", required=True, help="the Glue database with the tables")
    parser.add_argument("--lake", required=True, help="the bucket that holds landing/ and curated/")
    parser.add_argument("--region", required=True, help="the AWS region of both")
    parser.add_argument("--memory", default="1GB", help="what each task may sort in; the disk takes the rest")
    known, _ = parser.parse_known_args(argv)
    return Arguments(known.database, known.lake, known.region, known.memory)


def run(lake: Lake, catalogue: Catalogue, workers: Workers, memory: str, now: datetime) -> list[Curated]:
    """Curate what has changed; raises `CurationError` for what failed, after the rest was curated."""
    changed: list[Partition] = []
    failed: list[Failed] = []
    for dataset in catalogue.datasets():
        try:
            changed += stale(lake, catalogue, dataset, memory, now)
        except (duckdb.Error, FileNotFoundError):  # which keys have moved is not known
            failed.append(Failed(dataset.table, "*", format_exc()))
    done = list(workers(partial(_task, lake, catalogue), changed)) if changed else []
    if failed := failed + [each for each in done if isinstance(each, Failed)]:
        names = ", ".join(f"{each.dataset} {each.value}" for each in failed)
        raise CurationError(f"{len(failed)} partitions are not curated: {names}. The first:\n{failed[0].error}")
    return [each for each in done if isinstance(each, Curated)]


def stale(lake: Lake, catalogue: Catalogue, dataset: Dataset, memory: str, now: datetime) -> Iterator[Partition]:
    """The partitions whose landed rows have changed, or that were committed and not published; sweeps the others' past.

    Where keys move, also those that a key has left. What has no landed objects any more stays as it is.
    """
    kept = versions.listed(lake, dataset)
    published = catalogue.published(dataset)  # after the listing: `sweep` relies on it
    nothing = Published(0, "")
    for value, found in kept.items():
        with suppress(FileNotFoundError):  # another run sweeps it, too
            versions.sweep(lake, dataset.folder(value), found, published.get(value, nothing).version, now)
    there = dict(landed(lake, dataset))
    left = moved(lake, dataset, there, memory) if dataset.moves and there else {}
    wanted = {value: fingerprint(dataset, objects, left.get(value)) for value, objects in there.items()}
    for value in sorted(wanted.keys() | kept.keys()):
        seen = published.get(value, nothing)
        unpublished = value in kept and kept[value].newest > seen.version
        if unpublished or wanted.get(value, seen.fingerprint) != seen.fingerprint:
            yield Partition(dataset, value, memory, left.get(value))


def _task(lake: Lake, catalogue: Catalogue, partition: Partition) -> Curated | Failed:
    """One failure must not keep the other partitions from being curated, so it is a result."""
    try:
        return curate(lake, catalogue, partition)
    except Exception:  # noqa: BLE001
        return Failed(partition.dataset.table, partition.value, format_exc())


def on_spark(task: Task, partitions: Sequence[Partition]) -> Iterable[Curated | Failed]:
    """Spark's workers."""
    from pyspark.sql import SparkSession

    context = SparkSession.builder.appName("curate").getOrCreate().sparkContext
    return context.parallelize(partitions, len(partitions)).map(task).collect()


def main(argv: Sequence[str]) -> None:
    """Run once for the arguments in `argv`; one line of JSON for each partition."""
    arguments = parse(argv)
    lake, catalogue = Lake(arguments.lake, arguments.region), Catalogue(arguments.database, arguments.region)
    for curated in run(lake, catalogue, on_spark, arguments.memory, datetime.now(UTC)):
        print(json.dumps(asdict(curated)))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
