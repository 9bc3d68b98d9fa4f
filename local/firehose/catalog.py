"""The columns of a Glue table, as record format conversion uses them.

https://docs.aws.amazon.com/glue/latest/webapi/API_GetTable.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from local.clock import Clock
from local.firehose.clients import CALL_ERRORS, Glue, error_code
from local.firehose.config import Conversion
from local.firehose.hive_types import HiveType, UnsupportedTypeError, arrow_type, parse_type
from local.protocol import AwsError

_LATEST_SECONDS = 300
"""How long the latest version of a table is remembered; about five minutes on AWS."""


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
    """Ask Glue for the table's columns; raises UnusableTableError."""
    try:
        table: Mapping[str, Any] = glue.get_table(DatabaseName=conversion.database, Name=conversion.table)["Table"]
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

    def __init__(self, glue: Glue, clock: Clock) -> None:
        self._glue = glue
        self._clock = clock
        self._known: Columns | None = None
        self._until = 0.0

    def columns(self, conversion: Conversion) -> Columns:
        """The columns of the conversion's table; raises UnusableTableError."""
        if self._known is None or self._clock.now() >= self._until:
            self._known = read_columns(self._glue, conversion)
            self._until = self._clock.now() + self._clock.real(_LATEST_SECONDS)
        return self._known
