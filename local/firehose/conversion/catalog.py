"""The columns of a Glue table, as record format conversion uses them.

https://docs.aws.amazon.com/glue/latest/webapi/API_GetTable.html
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from local.clock import Clock
from local.firehose.clients import CALL_ERRORS, UNREACHABLE, Glue, error_code
from local.firehose.configuration.config import Conversion
from local.firehose.stages.deliver import StoppedError
from local.protocol import AwsError
from local.serde.columns import Columns
from local.serde.hive_types import HiveType, UnsupportedTypeError, kinds, parse_type
from local.serde.options import HiveJson, OpenX

LATEST = "LATEST"
_LATEST_SECONDS = 300
"""How long the latest version of a table is remembered; about five minutes on AWS."""
_LEAST_SECONDS = 1.0
_PAUSE_SECONDS = 5.0


class UnusableTableError(Exception):
    """A table that cannot be read, or has types that the SerDe does not support; the text names them."""


def read_columns(glue: Glue, conversion: Conversion) -> Columns:
    """Ask Glue for the table's columns; raises UnusableTableError, or one of UNREACHABLE."""
    try:
        table = _table(glue, conversion)
    except UNREACHABLE:
        raise
    except CALL_ERRORS as error:
        raise UnusableTableError(
            f"Access to Glue table {conversion.database}.{conversion.table} failed: {error}"
        ) from error
    columns = table.get("StorageDescriptor", {}).get("Columns", [])
    if not columns:
        raise UnusableTableError(f"The schema is invalid. Table {conversion.table} has no columns.")
    try:
        types = tuple(parse_type(column.get("Type", "string")) for column in columns)
        names = tuple(column["Name"].lower() for column in columns)
        _check_supported(names, types, conversion.deserializer)
    except UnsupportedTypeError as error:
        raise UnusableTableError(
            "The schema is invalid. One or more columns have types that are not supported by "
            f"{conversion.deserializer.java_class} ({error})"
        ) from error
    return Columns(names, types)


def check_table_exists(glue: Glue, conversion: Conversion) -> None:
    """Raise InvalidArgumentException if Glue does not have the table, or this version of it."""
    try:
        _table(glue, conversion)
    except CALL_ERRORS as error:
        raise AwsError(
            "InvalidArgumentException",
            f"SchemaConfiguration: the Glue table {conversion.database}.{conversion.table} could not be read"
            f"{_of_version(conversion)}: {error_code(error)}: {error}",
        ) from error


def _of_version(conversion: Conversion) -> str:
    if conversion.version == LATEST:
        return ""
    return f" in version {conversion.version} (a catalogue without GetTableVersion serves {LATEST} only)"


def _table(glue: Glue, conversion: Conversion) -> Mapping[str, Any]:
    if conversion.version == LATEST:
        latest: Mapping[str, Any] = glue.get_table(DatabaseName=conversion.database, Name=conversion.table)["Table"]
        return latest
    answer = glue.get_table_version(
        DatabaseName=conversion.database, TableName=conversion.table, VersionId=conversion.version
    )
    version: Mapping[str, Any] = answer["TableVersion"]["Table"]
    return version


def _check_supported(names: Sequence[str], types: Sequence[HiveType], deserializer: OpenX | HiveJson) -> None:
    if isinstance(deserializer, OpenX) and any("binary" in kinds(hive) for hive in types):
        raise UnsupportedTypeError("binary")
    if isinstance(deserializer, HiveJson) and any("." in name for name in names):
        raise UnsupportedTypeError("a dot in the name of a column")


class Catalog:
    """Remembers a table's columns for as long as Firehose does."""

    def __init__(self, glue: Glue, clock: Clock, stop: threading.Event) -> None:
        self._glue = glue
        self._clock = clock
        self._stop = stop
        self._known: Columns | None = None
        self._until = 0.0

    def columns(self, conversion: Conversion) -> Columns:
        """The table's columns; waits while Glue does not answer. Raises UnusableTableError or StoppedError."""
        while self._known is None or self._clock.now() >= self._until:
            try:
                self._known = read_columns(self._glue, conversion)
                self._until = self._clock.now() + max(_LEAST_SECONDS, self._clock.real(_LATEST_SECONDS))
            except UNREACHABLE as error:
                if self._clock.wait(self._stop, _PAUSE_SECONDS):
                    raise StoppedError(conversion.table) from error
        return self._known
