"""The schema of a file of JSON objects, one a line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb

from local.crawler.engine import engine, reason
from local.crawler.schema import Compression, Schema, UnreadableError
from local.crawler.types import of_json

_READ: Final = (
    "FROM read_json(?, format = 'newline_delimited', records = false, sample_size = -1, maximum_depth = -1, "
    "map_inference_threshold = -1)"
)
_ONE_A_LINE: Final = "Athena reads one JSON object a line"


def read_json(path: Path, compression: Compression) -> Schema:
    """Columns are the objects' keys, in lower case; raises `UnreadableError`."""
    with engine() as connection:
        try:
            (kind,) = connection.sql(_READ, params=[str(path)]).types
        except duckdb.NotImplementedException as error:  # two keys that differ in capitals
            raise UnreadableError(f"Athena cannot tell its keys apart: {reason(error)}") from None
        except duckdb.Error as error:
            raise UnreadableError(f"{_ONE_A_LINE}, but this is not: {reason(error)}") from None
        columns = of_json(kind)
    if not isinstance(columns, Mapping):
        raise UnreadableError(f"{_ONE_A_LINE}, but some line is not")
    return Schema("json", columns, compression)
