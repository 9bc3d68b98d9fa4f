"""A lake and a catalogue in folders: they cost little, and outlive a process that is killed."""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jobs.catalogue import Dataset, Published
from jobs.lake import Stored


def nothing(operation: str) -> None:
    """Called before and after each step by default; a test may pass a function of its own."""


class FolderLake:
    """`jobs.lake.Lake` on a folder; `step` is called with the name of each operation and may raise.

    `read_sizes` and `written_sizes` are the bytes of what was downloaded and uploaded, by any thread.
    """

    def __init__(self, root: Path, step: Callable[[str], None] = nothing) -> None:
        self.root = root
        self.step = step
        self.read_sizes: list[int] = []
        self.written_sizes: list[int] = []

    def uri(self, key: str) -> str:
        return f"s3://lake/{key}"

    def objects(self, prefix: str) -> Iterator[Stored]:
        self.step("list")
        folder = self.root / prefix.rpartition("/")[0]
        found = sorted(path.relative_to(self.root).as_posix() for path in folder.rglob("*") if path.is_file())
        return (self._stored(key) for key in found if key.startswith(prefix))

    def read(self, key: str) -> bytes:
        self.step("read")
        return (self.root / key).read_bytes()

    def create(self, key: str, body: bytes) -> bool:
        """S3 shows an object completely or not at all; so does a link."""
        self.step("create")
        target = self._made(key)
        whole = self.root.parent / f"{os.getpid()}-{id(body)}"
        whole.write_bytes(body)
        try:
            os.link(whole, target)
        except FileExistsError:
            return False
        finally:
            whole.unlink()
        self.step("created")
        return True

    def download(self, key: str, file: Path) -> None:
        self.step("download")
        self.read_sizes.append((self.root / key).stat().st_size)
        shutil.copyfile(self.root / key, file)

    def upload(self, file: Path, key: str) -> None:
        self.step("upload")
        self.written_sizes.append(file.stat().st_size)
        shutil.copyfile(file, self._made(key))
        self.step("uploaded")

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.step("delete")
            (self.root / key).unlink(missing_ok=True)

    def _made(self, key: str) -> Path:
        (self.root / key).parent.mkdir(parents=True, exist_ok=True)
        return self.root / key

    def _stored(self, key: str) -> Stored:
        status = (self.root / key).stat()
        etag = f"{status.st_ino}-{status.st_size}"
        return Stored(key, status.st_size, etag, datetime.fromtimestamp(status.st_mtime, UTC))


class FolderCatalogue:
    """`jobs.catalogue.Catalogue` on a folder: a file for each partition, replaced in one step."""

    def __init__(self, root: Path, *datasets: Dataset, step: Callable[[str], None] = nothing) -> None:
        self.root = root
        self.step = step
        self._datasets = datasets

    def datasets(self) -> Sequence[Dataset]:
        return self._datasets

    def published(self, dataset: Dataset) -> dict[str, Published]:
        self.step("published")
        return {value: Published(*kept["published"]) for value, kept in self.partitions(dataset).items()}

    def publish(self, dataset: Dataset, value: str, location: str, published: Published) -> None:
        self.step("publish")
        folder = self.root / dataset.table
        folder.mkdir(parents=True, exist_ok=True)
        whole = folder / f".{os.getpid()}-{value}"
        whole.write_text(json.dumps({"location": location, "published": published}))
        whole.rename(folder / value)
        self.step("exchanged")

    def partitions(self, dataset: Dataset) -> dict[str, Any]:
        """What is published: location and version of each partition."""
        files = (self.root / dataset.table).glob("[!.]*")
        return {file.name: json.loads(file.read_text()) for file in files}
