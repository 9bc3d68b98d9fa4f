"""What surrounds the producer of files: a bucket, the table of progress, a queue, a Firehose, all to be looked at."""

import itertools
import json
from collections.abc import Mapping
from typing import Any

import boto3

from producers.files.job import Context, Report, Sizes
from producers.files.notifications import Dropped, Part, noticed
from producers.files.run import load_file, load_part
from producers.loading import Destination
from schemas.contract import Contract
from schemas.load import load_contracts
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.files.fake_s3 import BUCKET, FakeS3
from tests.producers.receiving import destination, lines

CONTRACTS = load_contracts()
_names = itertools.count()


def progress_table() -> Any:
    """A new table with the keys of the real one."""
    return boto3.resource("dynamodb").create_table(
        TableName=f"progress-{next(_names)}",
        KeySchema=[{"AttributeName": "owner", "KeyType": "HASH"}, {"AttributeName": "item", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("owner", "item")],
        BillingMode="PAY_PER_REQUEST",
    )


class World:
    """Files are dropped into it, messages are handled in it."""

    def __init__(
        self,
        contracts: Mapping[str, Contract] = CONTRACTS,
        versioned: bool = True,
        sizes: Sizes = Sizes(),  # noqa: B008
        to: Destination | None = None,
    ) -> None:
        self.s3 = FakeS3(versioned)
        self.firehose = FakeFirehose()
        self.table = progress_table()
        self.queue: list[tuple[str, str]] = []
        self.seconds = 900.0
        self._sequence = itertools.count(1)
        self._messages = itertools.count(1)
        self.context = Context(
            self.s3, self.table, contracts, to or destination(self.firehose), self.send, lambda: self.seconds, sizes
        )

    def send(self, body: str) -> None:
        self.queue.append((f"message-{next(self._messages)}", body))

    def put(self, key: str, data: bytes | str) -> Dropped:
        """Write an object; gives what its event says."""
        version = self.s3.put(key, data.encode() if isinstance(data, str) else data)
        return Dropped(BUCKET, key, version, f"{next(self._sequence):018X}")

    def announce(self, file: Dropped) -> None:
        """Put an event about `file` into the queue, as EventBridge does."""
        found = {"key": file.key, "version-id": file.version, "sequencer": file.sequencer}
        detail = {"bucket": {"name": file.bucket}, "object": found}
        self.send(json.dumps({"detail-type": "Object Created", "source": "aws.s3", "detail": detail}))

    def drop(self, key: str, data: bytes | str) -> list[Report]:
        """Write an object, and handle all messages until none is left."""
        self.announce(self.put(key, data))
        return self.work()

    def handle(self, message: str, body: str) -> list[Report]:
        found = noticed(body)
        if isinstance(found, Part):
            return [load_part(found, message, self.context)]
        return [report for file in found if (report := load_file(file, message, self.context))]

    def work(self) -> list[Report]:
        reports: list[Report] = []
        while self.queue:
            reports += self.handle(*self.queue.pop(0))
        return reports

    def rows(self, dataset: str) -> list[Any]:
        return lines(self.firehose, dataset)

    @property
    def quarantine(self) -> list[Any]:
        return self.rows("quarantine")

    @property
    def loads(self) -> list[Any]:
        return self.rows("loads")
