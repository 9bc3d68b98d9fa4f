"""A local file put to a dataset's stream, through the same reading and packing as a dropped one."""

import time
from datetime import UTC, datetime
from pathlib import Path

from producers.files.errors import FileError
from producers.files.formats import chunks
from producers.files.opening import open_file, options_of
from producers.loading import Destination, Load, load
from schemas.contract import Internal
from schemas.load import load_contracts
from standpipe.connection import Connection


def put_file(connection: Connection, dataset: str, file: Path) -> Load:
    """Put the rows of `file`; raises `FileError` if it cannot be read, `UndeliveredError` if Firehose takes it not.

    The source of its rows is its URI and the time, so putting it again is another source.
    """
    uri = file.resolve().as_uri()
    known = {name: contract for name, contract in load_contracts().items() if not isinstance(contract.source, Internal)}
    if dataset not in known:
        raise FileError(uri, f"there is no dataset {dataset!r} to put it to", f"one of {', '.join(known)}")
    now = datetime.now(UTC)
    to = Destination(
        connection.client("firehose"),
        connection.environment.stream_prefix,
        "files",
        lambda: datetime.now(UTC),
        time.sleep,
    )
    try:
        with file.open("rb") as body:
            opened = open_file(uri, file.name, body, options_of(known[dataset]))
            found = (item for chunk in chunks(opened, known[dataset]) for item in chunk.items)
            return load(found, dataset, f"{uri}?put={now:%Y-%m-%dT%H:%M:%SZ}", to)
    except OSError as error:
        raise FileError(uri, str(error.strerror), "a file that can be read") from error
