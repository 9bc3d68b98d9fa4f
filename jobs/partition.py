"""One partition curated: the whole of what a task does, safe to repeat and to do twice at once.

A version is written to a folder of its own, then committed in the log, then published in the catalogue. Killed before
the commit, it has changed nothing that anybody reads; killed after it, the next run publishes what was committed.
"""

import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from jobs import files, versions
from jobs.catalogue import Dataset, Published
from jobs.lake import Lake, Stored
from jobs.landed import downloaded, fingerprint, landed_in
from jobs.rows import LandedRows
from jobs.versions import Version


class Publisher(Protocol):
    """What a task needs of the catalogue."""

    def publish(self, dataset: Dataset, value: str, location: str, published: Published) -> None: ...


@dataclass(frozen=True)
class Partition:
    """What to curate, and the memory that sorting may take; `superseded` is what `moved` says of the partition."""

    dataset: Dataset
    value: str
    memory: str
    superseded: pa.Table | None = None


@dataclass(frozen=True)
class Curated:
    """What became of it: the version that is published, and how many landed bytes were read for it here."""

    dataset: str
    value: str
    version: int
    rows: int
    size: int
    read: int


def curate(lake: Lake, catalogue: Publisher, partition: Partition) -> Curated:
    """Bring one partition up to date with what has landed."""
    dataset, folder = partition.dataset, partition.dataset.folder(partition.value)
    landed = landed_in(lake, dataset, partition.value)
    wanted = fingerprint(dataset, landed, partition.superseded)
    number = versions.listed_in(lake, dataset, partition.value).newest
    read = 0
    if not landed and not number:
        raise LookupError(f"nothing has landed in {lake.uri(dataset.landed_folder(partition.value))}")
    if landed and (not number or versions.committed(lake, folder, number).fingerprint != wanted):
        read = sum(stored.size for stored in landed)
        _commit(lake, folder, _written(lake, partition, landed, number + 1, wanted))
    version = _publish(lake, catalogue, partition)
    return Curated(dataset.table, partition.value, version.number, version.rows, version.size, read)


def _written(lake: Lake, partition: Partition, landed: Sequence[Stored], number: int, wanted: str) -> Version:
    """A new version in a folder that no other task, nor a repeat of this one, writes to."""
    dataset = partition.dataset
    name = f"{number}-{uuid.uuid4().hex}"
    rows = size = 0
    with tempfile.TemporaryDirectory() as scratch:
        copies = downloaded(lake, [stored.key for stored in landed], Path(scratch))
        if partition.superseded is not None:
            copies.append(Path(scratch) / "superseded.parquet")
            pq.write_table(partition.superseded, copies[-1])
        source = LandedRows(copies, dataset.columns, dataset.key, Path(scratch), partition.memory)
        for written in files.write(source, dataset.key, Path(scratch)):
            lake.upload(written.path, f"{dataset.folder(partition.value)}{name}/{written.path.name}")
            rows, size = rows + written.rows, size + written.path.stat().st_size
            written.path.unlink()
    return Version(number, name, wanted, rows, size)


def _commit(lake: Lake, folder: str, version: Version) -> None:
    """Commit the version, or remove it when another run has committed one of the same number.

    Raises `RuntimeError` when it is no longer whole: this process stood still for so long that it was taken for dead.
    """
    there = list(lake.objects(f"{folder}{version.folder}/"))
    if sum(stored.size for stored in there) != version.size:
        raise RuntimeError(f"{lake.uri(folder)}{version.folder}/ was deleted by another run before it was committed")
    if not versions.commit(lake, folder, version):
        lake.delete(stored.key for stored in there)


def _publish(lake: Lake, catalogue: Publisher, partition: Partition) -> Version:
    """Publish what was committed last. Another run may commit and publish meanwhile, so look again afterwards."""
    dataset, folder = partition.dataset, partition.dataset.folder(partition.value)
    published = 0
    while (newest := versions.listed_in(lake, dataset, partition.value).newest) != published:
        version = versions.committed(lake, folder, newest)
        location = lake.uri(f"{folder}{version.folder}/")
        catalogue.publish(dataset, partition.value, location, Published(newest, version.fingerprint))
        published = newest
    return version
