"""The columns of a Glue table, as record format conversion uses them.

https://docs.aws.amazon.com/glue/latest/webapi/API_GetTable.html
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from local.clock import Clock
from local.firehose.clients import CALL_ERRORS, UNREACHABLE, Glue, error_code
from local.firehose.config import Conversion
from local.firehose.deliver import StoppedError
from local.firehose.hive_types import HiveType, UnsupportedTypeError, arrow_type, parse_type
from local.protocol import AwsError

_LATEST_SECONDS = 300
"""How long the latest version of a table is remembered; about five minutes on AWS."""
_LEAST_SECONDS = 1.0
_PAUSE_SECONDS = 5.0


@dataclass(frozen=True)
class Columns:
    """A table's columns in the table's order, names in lower case; partition keys are not among them."""

    names: tuple[str, ...]
    types: tuple[HiveType, ...]

    def arrow_schema(self, time_unit: str = "ns") -> pa.Schema:
        """The columns as an Arrow schema."""
        return pa.schema([(n, arrow_type(t, time_unit)) for n, t in zip(self.names, self.types, strict=True)])


class UnusableTableError(Exception):
    """A table that cannot be read, or has types that the SerDe does not support; the text says which."""


def read_columns(glue: Glue, conversion: Conversion) -> Columns:
    """Ask Glue for the table's columns; raises UnusableTableError, or one of UNREACHABLE."""
    try:
        table: Mapping[str, Any] = glue.get_table(DatabaseName=conversion.database, Name=conversion.table)["Table"]
    except UNREACHABLE:
        raise
    except CALL_ERRORS as error:
        raise UnusableTableError(
            f"Access to Glue table {conversion.database}.{conversion.table} failed: {error}"
        ) from error
    columns = table.get("StorageDescriptor", {}).get("Columns", [])
    try:
        types = tuple(parse_type(column.get("Type", "string")) for column in columns)
    except UnsupportedTypeError as error:
        raise UnusableTableError(
            "The schema is invalid. One or more columns have types that are not supported by "
            f"org.openx.data.JsonSerDe ({error})"
        ) from error
    return Columns(tuple(column["Name"].lower() for column in columns), types)


def check_table_exists(glue: Glue, conversion: Conversion) -> None:
    """Raise InvalidArgumentException if Glue does not know the table."""
    try:
        glue.get_table(DatabaseName=conversion.database, Name=conversion.table)
    except CALL_ERRORS as error:
        raise AwsError(
            "InvalidArgumentException",
            f"SchemaConfiguration: the Glue table {conversion.database}.{conversion.table} could not be read: "
            f"{error_code(error)}: {error}",
        ) from error


class Catalog:
    """Remembers a table's columns for as long as Firehose does."""

    def __init__(self, glue: Glue, clock: Clock, stop: threading.Event) -> None:
        self._glue = glue
        self._clock = clock
        self._stop = stop
        self._known: Columns | None = None
        self._until = 0.0

    def columns(self, conversion: Conversion) -> Columns:
        """The table's columns; waits while nobody answers for Glue. Raises UnusableTableError or StoppedError."""
        while self._known is None or self._clock.now() >= self._until:
            try:
                self._known = read_columns(self._glue, conversion)
                self._until = self._clock.now() + max(_LEAST_SECONDS, self._clock.real(_LATEST_SECONDS))
            except UNREACHABLE as error:
                if self._clock.wait(self._stop, _PAUSE_SECONDS):
                    raise StoppedError(conversion.table) from error
        return self._known
