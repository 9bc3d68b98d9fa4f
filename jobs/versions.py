"""The versions of a curated partition, and the log that says which of them are whole.

    curated/fx_daily/year=2010/7-3f9a…/part-00000.parquet    a version: written, but nothing yet
    curated/fx_daily/year=2010/_log/7.json                   it is whole: committed
    curated/fx_daily/year=2010/_log/6.retired                readers no longer get version 6: when this was noticed

Of all who try to commit a version of one number, S3 lets one succeed. Readers know nothing of this: they see the
folder that the catalogue names.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from jobs.catalogue import Dataset
from jobs.lake import Lake, Stored

GRACE: timedelta = timedelta(days=1)
"""How long a version stays that readers no longer get: far longer than a query, or a run of the job, may take."""

_LOG = "_log"


@dataclass(frozen=True)
class Version:
    """A committed version: what was made of the landed rows that `fingerprint` stands for."""

    number: int
    folder: str
    """Below the partition's folder."""
    fingerprint: str
    rows: int
    size: int
    """Bytes of all its files."""


@dataclass
class Listed:
    """What is in the folder of one partition; a version by its number, a folder by its name."""

    committed: dict[int, Stored] = field(default_factory=dict)
    retired: dict[int, Stored] = field(default_factory=dict)
    folders: dict[str, list[Stored]] = field(default_factory=dict)

    @property
    def newest(self) -> int:
        """The number of the last version that was committed; 0 if none was."""
        return max(self.committed, default=0)


def listed(lake: Lake, dataset: Dataset) -> dict[str, Listed]:
    """What is in each curated partition, by its value."""
    start = f"{dataset.curated}{dataset.partition_key}="
    groups = groupby(lake.objects(start), lambda stored: stored.key.removeprefix(start).partition("/")[0])
    return {value: _listed(some, dataset.folder(value)) for value, some in groups}


def listed_in(lake: Lake, dataset: Dataset, value: str) -> Listed:
    """What is in one curated partition."""
    folder = dataset.folder(value)
    return _listed(lake.objects(folder), folder)


def commit(lake: Lake, folder: str, version: Version) -> bool:
    """Say that a version is whole; False when another run has committed one of the same number."""
    return lake.create(_log_key(folder, version.number), json.dumps(asdict(version)).encode())


def committed(lake: Lake, folder: str, number: int) -> Version:
    """What the log says of a version."""
    return Version(**json.loads(lake.read(_log_key(folder, number))))


def sweep(lake: Lake, folder: str, found: Listed, published: int, now: datetime) -> int:
    """Retire what readers no longer get, delete what was retired or left behind a while ago; gives how many went.

    `published` must have been asked for after `found` was: then what is older is no longer given to anybody.
    """
    if len(found.folders) < 2 and not found.retired:
        return 0
    old = [number for number in found.committed if number < published]
    for number in old:
        if number not in found.retired:
            lake.create(_retired_key(folder, number), b"")
    gone = [number for number in old if number in found.retired and now - found.retired[number].modified > GRACE]
    for number in gone:
        name = committed(lake, folder, number).folder
        lake.delete(stored.key for stored in found.folders.get(name, []))
        lake.delete([_log_key(folder, number)])
    lake.delete(_retired_key(folder, number) for number in found.retired if number in gone or number not in old)
    return len(gone) + _sweep_leftovers(lake, folder, found, gone, now)


def _sweep_leftovers(lake: Lake, folder: str, found: Listed, gone: Iterable[int], now: datetime) -> int:
    """Delete folders that no version names: their writers were killed, or lost to another."""
    named = {committed(lake, folder, number).folder for number in found.committed.keys() - set(gone)}
    left = [
        objects
        for name, objects in found.folders.items()
        if name not in named and now - max(stored.modified for stored in objects) > GRACE
    ]
    for objects in left:
        lake.delete(stored.key for stored in objects)
    return len(left)


def _listed(found: Iterable[Stored], folder: str) -> Listed:
    result = Listed()
    for stored in found:
        first, _, name = stored.key.removeprefix(folder).partition("/")
        if first != _LOG:
            result.folders.setdefault(first, []).append(stored)
            continue
        number, _, what = name.partition(".")
        (result.committed if what == "json" else result.retired)[int(number)] = stored
    return result


def _log_key(folder: str, number: int) -> str:
    return f"{folder}{_LOG}/{number}.json"


def _retired_key(folder: str, number: int) -> str:
    return f"{folder}{_LOG}/{number}.retired"
