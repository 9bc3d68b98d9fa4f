"""What has landed of a partition, and the fingerprint by which a run knows whether it has changed since."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from jobs.catalogue import WHOLE, Dataset
from jobs.lake import Lake, Stored

_ALGORITHM = 1
"""Increased when the same landed rows would be curated in another way; every partition is then rebuilt."""
_DOWNLOADS = 8


def landed(lake: Lake, dataset: Dataset) -> Iterator[tuple[str, list[Stored]]]:
    """The value of each partition and what landed in it; what is beside the partitions is not in the table."""
    found = (stored for stored in lake.objects(dataset.landing) if _is_data(dataset, stored))
    for value, some in groupby(found, lambda stored: _value(dataset, stored)):
        if value:
            yield value, list(some)


def landed_in(lake: Lake, dataset: Dataset, value: str) -> list[Stored]:
    """What landed in one partition."""
    return [stored for stored in lake.objects(dataset.landed_folder(value)) if _is_data(dataset, stored)]


def downloaded(lake: Lake, keys: Sequence[str], folder: Path) -> list[Path]:
    """Copies of objects in `folder`, in the order of their `keys`."""
    copies = [folder / f"landed-{number}.parquet" for number in range(len(keys))]
    with ThreadPoolExecutor(_DOWNLOADS) as pool:
        list(pool.map(lake.download, keys, copies))
    return copies


def fingerprint(dataset: Dataset, objects: Iterable[Stored], superseded: pa.Table | None = None) -> str:
    """Changes whenever an object comes, goes or changes, and when the table's columns or key do.

    Also when a key is `superseded` in another partition, or no longer.
    """
    digest = hashlib.sha256(json.dumps([_ALGORITHM, dataset.key, dataset.columns]).encode())
    for stored in sorted(objects, key=lambda stored: stored.key):
        digest.update(json.dumps([stored.key, stored.size, stored.etag]).encode())
    if superseded is not None:
        keys = superseded.select(list(dataset.key)).to_pylist()
        digest.update(json.dumps([list(row.values()) for row in keys], default=str).encode())
    return digest.hexdigest()


def _value(dataset: Dataset, stored: Stored) -> str:
    if not dataset.partitioned:
        return WHOLE
    name, _, value = _path(dataset, stored)[0].partition("=")
    return value if name == dataset.partition_key else ""


def _is_data(dataset: Dataset, stored: Stored) -> bool:
    """As Athena sees it: not empty, and no part of its path is hidden."""
    return stored.size > 0 and not any(part.startswith(("_", ".")) for part in _path(dataset, stored))


def _path(dataset: Dataset, stored: Stored) -> Sequence[str]:
    return stored.key.removeprefix(dataset.landing).split("/")
