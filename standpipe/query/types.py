"""Athena's text values as typed values.

https://docs.aws.amazon.com/athena/latest/ug/data-types.html
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa

from standpipe.query.athena import Column

_SCALARS: Final[dict[str, pa.DataType]] = {
    "boolean": pa.bool_(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "real": pa.float32(),
    "double": pa.float64(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "timestamp": pa.timestamp("us"),
    "timestamp with time zone": pa.timestamp("us", "UTC"),
    "varbinary": pa.binary(),
}
"""Other types stay text as Athena returns it: it does not describe the contents of arrays, maps and rows."""


def arrow_type(column: Column) -> pa.DataType:
    """The type that holds every value of the column exactly; text where Athena gives nothing else."""
    if column.type == "decimal":
        return pa.decimal128(column.precision, column.scale)
    return _SCALARS.get(column.type, pa.string())


def typed(texts: Sequence[str | None], column: Column) -> pa.Array:
    """One column of a result."""
    kind = arrow_type(column)
    if read := _READERS.get(column.type):
        return pa.array([None if text is None else read(text) for text in texts], kind)
    return pa.array(texts, pa.string()).cast(kind)


def _moment(text: str) -> datetime:
    """`2026-01-02 03:04:05.678 Europe/Berlin`; the zone may also be an offset."""
    local, _, zone = text.rpartition(" ")
    if zone[:1] in "+-":
        return datetime.fromisoformat(f"{local}{zone}").astimezone(UTC)
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "time": time.fromisoformat,
    "timestamp with time zone": _moment,
    "varbinary": bytes.fromhex,
}
"""Types that Arrow does not read from text."""
