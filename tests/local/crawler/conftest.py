"""Crawlers between an S3 in a folder, a Glue catalogue in memory and a log."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from local.crawler import Clients, GlueCrawlers
from tests.local.athena.laptop import GlueInMemory, Json, S3InFolder, failing

NOW = 1_790_000_000.0
DROP = "s3://drop/adhoc/"


class Glue(GlueInMemory):
    """Partitions, too."""

    def batch_create_partition(self, **request: Any) -> Json:
        self.partitions.setdefault(request["TableName"], []).extend(request["PartitionInputList"])
        return {"Errors": []}

    def batch_update_partition(self, **request: Any) -> Json:
        for entry in request["Entries"]:
            self.delete_partition(TableName=request["TableName"], PartitionValues=entry["PartitionValueList"])
            self.partitions[request["TableName"]].append(entry["PartitionInput"])
        return {"Errors": []}

    def delete_partition(self, **request: Any) -> Json:
        known = self.partitions[request["TableName"]]
        self.partitions[request["TableName"]] = [each for each in known if each["Values"] != request["PartitionValues"]]
        return {}


class S3(S3InFolder):
    """Objects can be read; reading waits for `gate`."""

    gate = threading.Event()

    def get_object(self, **request: Any) -> Json:
        assert self.gate.wait(30)
        path = self.root / request["Bucket"] / request["Key"]
        if not path.exists():
            raise failing("NoSuchKey", "GetObject")
        return {"Body": path.open("rb")}


@dataclass
class Logs:
    """Lines in their order."""

    lines: list[str] = field(default_factory=list)

    def create_log_group(self, **_: Any) -> Json:
        if self.lines:
            raise failing("ResourceAlreadyExistsException", "CreateLogGroup")
        return {}

    create_log_stream = create_log_group

    def put_log_events(self, **request: Any) -> Json:
        self.lines += [event["message"].partition("] ")[2] for event in request["logEvents"]]
        return {}


@dataclass
class World:
    """A crawler called `adhoc` over s3://drop/adhoc/, tables on the third level."""

    glue: Glue
    s3: S3
    logs: Logs
    data: Path
    now: float = NOW
    crawlers: GlueCrawlers = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.crawlers = GlueCrawlers(Clients(self.s3, self.glue, self.logs), self.data, lambda: self.now)

    def drop(self, key: str, body: bytes | str) -> None:
        path = self.s3.root / "drop" / "adhoc" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body.encode() if isinstance(body, str) else body)

    def remove(self, key: str) -> None:
        (self.s3.root / "drop" / "adhoc" / key).unlink()

    def define(self, configuration: str = "", **more: Any) -> None:
        level = '"Grouping": {"TableLevelConfiguration": 3}'
        given = {
            "Name": "adhoc",
            "Role": "role",
            "DatabaseName": "db",
            "TablePrefix": "adhoc_",
            "Targets": {"S3Targets": [{"Path": DROP}]},
            "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
            "Configuration": configuration or f'{{"Version": 1.0, {level}}}',
        }
        self.crawlers.call("CreateCrawler", {**given, **more})

    def crawl(self) -> Json:
        """Run the crawler; how it ended."""
        self.crawlers.call("StartCrawler", {"Name": "adhoc"})
        return self.ended()

    def ended(self) -> Json:
        deadline = time.monotonic() + 30
        while (found := self.crawlers.call("GetCrawler", {"Name": "adhoc"})["Crawler"])["State"] != "READY":
            assert time.monotonic() < deadline
            time.sleep(0.005)
        last: Json = found["LastCrawl"]
        return last

    def table(self, name: str) -> Json:
        return self.glue.databases["db"][name]

    def columns(self, name: str) -> dict[str, str]:
        return {each["Name"]: each["Type"] for each in self.table(name)["StorageDescriptor"]["Columns"]}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    s3 = S3(tmp_path / "s3")
    s3.gate = threading.Event()
    s3.gate.set()
    (s3.root / "drop").mkdir(parents=True)
    made = World(Glue(), s3, Logs(), tmp_path / "crawler")
    yield made
    s3.gate.set()
    made.crawlers.close()
