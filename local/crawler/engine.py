"""DuckDB as a reader of files."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import duckdb

_CONFIG: Final[dict[str, str | int | float | bool | list[str]]] = {
    "threads": 1,  # a crawl is not urgent; what else runs in the process is
    "memory_limit": "1GB",
    "autoinstall_known_extensions": False,
}


@contextmanager
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """A new connection."""
    connection = duckdb.connect(config=_CONFIG)
    try:
        yield connection
    finally:
        connection.close()


def reason(error: duckdb.Error) -> str:
    """What went wrong, without the advice on DuckDB's own options and without the temporary file's name."""
    text, *_ = str(error).partition(": ")[2].split("\n\n")
    lines = [line for line in text.splitlines() if not line.startswith(("Original Line:", "Try ", " Try "))]
    return re.sub(r' in file "[^"]*"|\s*Try .*', "", " ".join(lines)) or type(error).__name__
