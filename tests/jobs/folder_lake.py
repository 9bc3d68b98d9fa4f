"""A lake and a catalogue that are folders, so that they outlive the process that is killed while it uses them."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.catalogue import Column, Dataset, Published
from jobs.curate import Failed, run
from jobs.lake import Stored
from jobs.partition import Curated, Partition

TRADES = Dataset(
    table="trades_curated",
    landing="landing/trades/",
    curated="curated/trades/",
    key=("account", "trade"),
    columns=(
        Column("account", "string"),
        Column("trade", "bigint"),
        Column("price", "double"),
        Column("source", "string"),
        Column("ingested_at", "timestamp"),
    ),
    partition_key="year",
    partitioned=True,
    storage={"SerdeInfo": {}},
)
LANDED = pa.schema([
    ("account", pa.string()), ("trade", pa.int64()), ("price", pa.float64()),
    ("source", pa.string()), ("ingested_at", pa.timestamp("ns")), ("is_deleted", pa.bool_()),
])  # fmt: skip
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class FolderLake:
    """`jobs.lake.Lake` on a folder; `before` is called with the name of each operation and may raise."""

    def __init__(self, root: Path, before: Callable[[str], None] = lambda operation: None) -> None:
        self.root = root
        self.before = before
        self.read_bytes = self.written_bytes = 0

    def uri(self, key: str) -> str:
        return f"s3://lake/{key}"

    def objects(self, prefix: str) -> Iterator[Stored]:
        self.before("list")
        found = sorted(path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file())
        return (self._stored(key) for key in found if key.startswith(prefix))

    def read(self, key: str) -> bytes:
        self.before("read")
        return (self.root / key).read_bytes()

    def create(self, key: str, body: bytes) -> bool:
        """S3 shows an object whole or not at all; so does a link."""
        self.before("create")
        target = self._made(key)
        whole = target.with_name(f".{os.getpid()}-{id(body)}")
        whole.write_bytes(body)
        try:
            os.link(whole, target)
        except FileExistsError:
            return False
        finally:
            whole.unlink()
        self.before("created")
        return True

    def download(self, key: str, file: Path) -> None:
        self.before("download")
        self.read_bytes += (self.root / key).stat().st_size
        shutil.copyfile(self.root / key, file)

    def upload(self, file: Path, key: str) -> None:
        self.before("upload")
        self.written_bytes += file.stat().st_size
        shutil.copyfile(file, self._made(key))
        self.before("uploaded")

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.before("delete")
            (self.root / key).unlink(missing_ok=True)

    def age(self, seconds: float) -> None:
        """Make every object older."""
        for path in (path for path in self.root.rglob("*") if path.is_file()):
            os.utime(path, (NOW.timestamp() - seconds,) * 2)

    def _made(self, key: str) -> Path:
        (self.root / key).parent.mkdir(parents=True, exist_ok=True)
        return self.root / key

    def _stored(self, key: str) -> Stored:
        path = self.root / key
        etag = hashlib.md5(path.read_bytes()).hexdigest()
        return Stored(key, path.stat().st_size, etag, datetime.fromtimestamp(path.stat().st_mtime, UTC))


class FolderCatalogue:
    """`jobs.catalogue.Catalogue` on a folder: a file for each partition, replaced in one step."""

    def __init__(self, root: Path, *datasets: Dataset, before: Callable[[str], None] = lambda operation: None) -> None:
        self.root = root
        self.before = before
        self._datasets = datasets

    def datasets(self) -> Sequence[Dataset]:
        return self._datasets

    def published(self, dataset: Dataset) -> dict[str, Published]:
        self.before("published")
        return {value: Published(*kept["published"]) for value, kept in self.partitions(dataset).items()}

    def publish(self, dataset: Dataset, value: str, location: str, published: Published) -> None:
        self.before("publish")
        folder = self.root / dataset.table
        folder.mkdir(parents=True, exist_ok=True)
        whole = folder / f".{os.getpid()}"
        whole.write_text(json.dumps({"location": location, "published": published}))
        whole.rename(folder / value)
        self.before("exchanged")

    def partitions(self, dataset: Dataset) -> dict[str, Any]:
        files = (self.root / dataset.table).glob("[!.]*")
        return {file.name: json.loads(file.read_text()) for file in files}


def here(task: Callable[[Partition], Curated | Failed], partitions: Sequence[Partition]) -> list[Curated | Failed]:
    """Workers that are this thread."""
    return [task(partition) for partition in partitions]


def curate_here(lake: Any, catalogue: Any, now: datetime = NOW) -> list[Curated]:
    """A run of the job without Spark."""
    return run(lake, catalogue, here, "256MB", now)


def land(lake: FolderLake, partition: str, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Land `rows` of `LANDED` as one object; ingested_at is given in seconds."""
    columns = list(zip(*rows, strict=True))
    columns[4] = [datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None) for seconds in columns[4]]  # type: ignore[call-overload]
    table = pa.table([pa.array(values, field.type) for values, field in zip(columns, LANDED, strict=True)], LANDED)
    path = lake.root / "landing/trades" / partition / "arrived=2026-01-01" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, use_deprecated_int96_timestamps=True)


def seen(lake: FolderLake, catalogue: FolderCatalogue, dataset: Dataset = TRADES) -> dict[str, list[tuple[Any, ...]]]:
    """What a reader of the table sees, by partition: the rows in the order of the files."""
    found = {}
    for value, kept in catalogue.partitions(dataset).items():
        folder = lake.root / kept["location"].removeprefix("s3://lake/")
        tables = [pq.ParquetFile(file).read() for file in sorted(folder.iterdir())]
        found[value] = [tuple(row.values()) for table in tables for row in table.to_pylist()]
    return found
