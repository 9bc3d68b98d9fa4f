"""The other end of a producer: a destination whose streams can be read back, at a fixed time."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from delivery.header import Format, split_header
from delivery.putting import FirehoseClient
from producers.loading import Destination, Producer
from tests.delivery.fake_firehose import FakeFirehose
from transforms.delimited import as_arrays

NOW = datetime(2026, 11, 23, 19, 0, 0, 123456, tzinfo=UTC)
PREFIX = "standpipe-test-"


def destination(
    client: FirehoseClient,
    producer: Producer = "files",
    sleep: Callable[[float], None] = lambda seconds: None,
    now: Callable[[], datetime] = lambda: NOW,
) -> Destination:
    return Destination(client, PREFIX, producer, now, sleep)


def records(firehose: FakeFirehose, dataset: str) -> list[tuple[str, bytes]]:
    """Source and body of each record that the stream of `dataset` took."""
    split = [split_header(data) for data in firehose.taken.get(PREFIX + dataset, [])]
    return [(header.source, body) for header, body in split]


def documents(firehose: FakeFirehose, dataset: str) -> list[Any]:
    return [msgspec.json.decode(body) for _, body in records(firehose, dataset)]


def rows_in(data: bytes) -> list[Any]:
    """The rows of a record as objects, whatever format they travelled in."""
    header, body = split_header(data)
    return objects(body, Format(header.columns, header.delimiter))


def objects(data: bytes, form: Format) -> list[Any]:
    """The rows of `data` as objects."""
    arrays = as_arrays(data, form.delimiter) if form.delimiter else data
    rows = map(msgspec.json.decode, arrays.splitlines())
    return [dict(zip(form.columns, row, strict=True)) for row in rows] if form.columns else list(rows)


def lines(firehose: FakeFirehose, dataset: str) -> list[Any]:
    """The rows of all records, in order; those of `quarantine` and `loads` must have come without a header."""
    taken = firehose.taken.get(PREFIX + dataset, [])
    if dataset in ("quarantine", "loads"):
        assert not any(data.startswith(b'{"standpipe"') for data in taken)
    return [row for data in taken for row in rows_in(data)]
