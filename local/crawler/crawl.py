"""One crawl: list, read, merge, write to the catalogue."""

import shutil
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from local.crawler.catalogue import Catalogue
from local.crawler.classifiers import Classifier
from local.crawler.clients import Clients
from local.crawler.definition import Definition
from local.crawler.folders import Folder, Stored, data_under, folder, grouped
from local.crawler.merging import merged
from local.crawler.reading import read
from local.crawler.report import Report
from local.crawler.schema import MixedError, Schema, UnreadableError


class CancelledError(Exception):
    """The crawl was stopped."""


class Crawl:
    """A crawl that can be stopped between two files."""

    def __init__(self, clients: Clients, scratch: Path, now: Callable[[], float]) -> None:
        self.report = Report(now)
        self.stop = threading.Event()
        self._clients = clients
        self._scratch = scratch
        self._now = now

    def run(self, definition: Definition, classifiers: Sequence[Classifier]) -> None:
        """Update the catalogue. Files that do not fit become warnings, and their table stays as it was.

        Raises `CancelledError`, and what the services raise.
        """
        self.report.info(f"Crawl of {', '.join(definition.paths)} has started")
        catalogue = Catalogue(self._clients.glue, definition, self.report, self._now())
        seen: set[str] = set()
        for path in definition.paths:
            tables, above = grouped(data_under(self._clients.s3, path), path, definition.level)
            for stored in above:
                self.report.warn(f"{stored.key} is not in a table's folder; move it into one below {path}")
            for location, objects in tables.items():
                seen.add(location)
                try:
                    self._table(catalogue, folder(location, objects), classifiers)
                except (MixedError, UnreadableError) as error:
                    self.report.warn(f"{location} was left out: {error}")
        catalogue.gone(seen)
        self.report.info("Crawl has ended")

    def _table(self, catalogue: Catalogue, found: Folder, classifiers: Sequence[Classifier]) -> None:
        schemas = {stored.key: self._read(stored, classifiers) for stored in found.files}
        schema = merged(schemas)
        if both := [key for key in found.keys if key in schema.columns]:
            raise MixedError(f"{both[0]} is a column of the files and a partition key of their folders")
        parts = {
            values: merged({each.key: schemas[each.key] for each in part}) for values, part in found.partitions.items()
        }
        catalogue.put(found, schema, parts)

    def _read(self, stored: Stored, classifiers: Sequence[Classifier]) -> Schema:
        if self.stop.is_set():
            raise CancelledError
        with tempfile.TemporaryDirectory(dir=self._scratch) as scratch:
            path = Path(scratch) / ("file.gz" if stored.key.lower().endswith(".gz") else "file")
            answer = self._clients.s3.get_object(Bucket=stored.bucket, Key=stored.key)
            with closing(answer["Body"]) as body, path.open("wb") as file:
                shutil.copyfileobj(body, file)
            try:
                return read(path, classifiers)
            except UnreadableError as error:
                raise UnreadableError(f"{stored.key}: {error}") from None
