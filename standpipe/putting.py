"""A local file put to a dataset's stream, through the same reading and packing as a dropped one."""

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from delivery.putting import UndeliveredError
from delivery.retrying import unlimited
from producers.files.errors import FileError
from producers.files.formats import chunks
from producers.files.formats.reading import Chunk, joined
from producers.files.formats.streams.opening import open_file, options_of
from producers.loading import Destination, Item, Load, load
from schemas.contract import Internal
from standpipe.connection import Connection
from standpipe.datasets import check_deployed, contract_of


def put_file(connection: Connection, dataset: str, file: Path) -> Load:
    """Put the rows of `file`, waiting for a throttled stream.

    Raises `FileError` if it cannot be read, `NotDeployedError`, and `UndeliveredError` if Firehose refuses it.

    The source of its rows is its URI and the time, so putting it again makes another source.
    """
    uri = file.resolve().as_uri()
    contract = contract_of(dataset)
    if isinstance(contract.source, Internal):
        raise FileError(uri, f"only the pipeline itself writes {dataset}", "put it to another dataset")
    now = datetime.now(UTC)
    to = Destination(
        connection.client("firehose"),
        connection.environment.stream_prefix,
        "files",
        lambda: datetime.now(UTC),
        time.sleep,
        seconds_left=unlimited,
    )
    notes: dict[str, None] = {}
    try:
        with file.open("rb") as body:
            opened = open_file(uri, file.name, body, options_of(contract))
            items = _items(chunks(opened, contract), notes)
            return load(items, dataset, f"{uri}?put={now:%Y-%m-%dT%H:%M:%SZ}", to, lambda: joined(notes))
    except UndeliveredError as error:
        if not error.acknowledged.records:
            connection.client("sts").get_caller_identity()  # raises if nothing answers at all
            check_deployed(connection, dataset)
        raise
    except OSError as error:
        raise FileError(uri, str(error.strerror), "name a file that can be read") from error


def _items(found: Iterable[Chunk], notes: dict[str, None]) -> Iterator[Item]:
    """What is read; what is to be said of it goes to `notes`."""
    for chunk in found:
        notes[chunk.note] = None
        yield from chunk.items
