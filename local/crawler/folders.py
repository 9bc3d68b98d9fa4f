"""Which objects make up which table, and the partitions that their folders name.

https://docs.aws.amazon.com/glue/latest/dg/crawler-table-level.html
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from local.crawler.clients import S3
from local.crawler.schema import MixedError
from local.pages import objects


@dataclass(frozen=True)
class Stored:
    """An object with data in it."""

    bucket: str
    key: str
    size: int


@dataclass(frozen=True)
class Folder:
    """The files of one table, in `partitions` by the values of `keys`; without keys, by no values."""

    location: str
    name: str
    keys: tuple[str, ...]
    partitions: Mapping[tuple[str, ...], tuple[Stored, ...]]

    @property
    def files(self) -> list[Stored]:
        return [stored for part in self.partitions.values() for stored in part]

    def location_of(self, values: tuple[str, ...]) -> str:
        """The folder of a partition's files."""
        first = self.partitions[values][0]
        return f"s3://{first.bucket}/{first.key.rpartition('/')[0]}/"


def data_under(s3: S3, path: str) -> list[Stored]:
    """The objects with data under `path`, an `s3://…`; names that begin with `_` or `.` are not data."""
    url = urlsplit(path)
    return [
        Stored(url.netloc, each["Key"], each["Size"])
        for each in objects(s3, url.netloc, url.path.lstrip("/"))
        if each["Size"] and not any(part[:1] in ("_", ".") for part in each["Key"].split("/"))
    ]


def grouped(listed: Iterable[Stored], path: str, level: int | None) -> tuple[dict[str, list[Stored]], list[Stored]]:
    """Objects by the location of their table, and those above all tables.

    `level` counts folders, the bucket being 1; None: everything under `path` is one table.
    """
    tables: dict[str, list[Stored]] = {}
    above: list[Stored] = []
    for stored in listed:
        folders = stored.key.split("/")[:-1]
        if level is None:
            tables.setdefault(path if path.endswith("/") else f"{path}/", []).append(stored)
        elif len(folders) < level - 1:
            above.append(stored)
        else:
            inside = "".join(f"{folder}/" for folder in folders[: level - 1])
            tables.setdefault(f"s3://{stored.bucket}/{inside}", []).append(stored)
    return tables, above


def folder(location: str, listed: Iterable[Stored]) -> Folder:
    """The table at `location`, its partitions by folders; raises `MixedError` if they differ."""
    start = len(urlsplit(location).path.lstrip("/"))
    name = location.rstrip("/").rpartition("/")[2]
    below = {stored: stored.key[start:].split("/")[:-1] for stored in listed}
    depths = {len(folders): stored for stored, folders in below.items()}
    if len(depths) > 1:
        (one, first), (other, second), *_ = sorted(depths.items())
        raise MixedError(f"{first.key} is {one} folders deep and {second.key} {other}; all must be at the same depth")
    keys = tuple(_keys(list(below.values())))
    partitions: dict[tuple[str, ...], list[Stored]] = {}
    for stored, folders in below.items():
        partitions.setdefault(tuple(_value(each) for each in folders), []).append(stored)
    return Folder(location, name, keys, {values: tuple(part) for values, part in sorted(partitions.items())})


def _keys(paths: list[list[str]]) -> Iterator[str]:
    """Names of the partition keys: `year` for `year=2026`, `partition_0` (by depth) for a plain folder."""
    for depth, level in enumerate(zip(*paths, strict=True)):
        names = sorted({each.partition("=")[0].lower() if "=" in each else "" for each in level})
        if len(names) > 1:
            one, other = sorted(level)[0], sorted(level)[-1]
            raise MixedError(f"the folders {one} and {other} do not name the same partition key")
        yield names[0] or f"partition_{depth}"


def _value(part: str) -> str:
    return unquote(part.partition("=")[2]) if "=" in part else part
