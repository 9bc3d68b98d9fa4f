"""One value of a result as the text that Athena gives."""

from datetime import date, datetime
from typing import Any

import pyarrow as pa

from local.athena.trino.functions.times import interval_text
from local.athena.trino.functions.zones import local_moment
from local.athena.trino.texts import double, real, shortest, text
from local.athena.trino.types import DOUBLE, Type

_FEWEST_DIGITS = 3


def column_shown(column: pa.Array, kind: Type) -> list[str | None]:
    """The texts of a column that the engine holds for `kind`."""
    if kind.name == "real":
        column, kind = shortest(column), DOUBLE
    return [shown(value, kind) for value in column.to_pylist()]


def shown(value: Any, kind: Type) -> str | None:
    """The text of a value that the engine holds for `kind`; None for NULL."""
    if value is None:
        return None
    if kind.inner:
        return _compound_of(value, kind)
    if kind.name == "char":
        return str(value).ljust(kind.precision)
    if kind.name == "real":
        return double(real(value))
    if kind.name == "timestamp":
        return _moment(value, kind.precision)
    if kind.name == "time":
        return _moment(datetime.combine(date.min, value), kind.precision).partition(" ")[2]
    if kind.name == "timestamp with time zone":
        return f"{_moment(local_moment(value), kind.precision)} {value['zone']}"
    if kind.name.startswith("interval"):
        return interval_text(value, kind.name)
    return text(value)


def _compound_of(value: Any, kind: Type) -> str:
    if kind.name == "array":
        return "[" + ", ".join(_member(each, kind.inner[0]) for each in value) + "]"
    if kind.name == "map":
        pairs = value.items() if isinstance(value, dict) else value
        inner = kind.inner
        return "{" + ", ".join(f"{_member(key, inner[0])}={_member(each, inner[1])}" for key, each in pairs) + "}"
    members = zip(kind.members, value.values(), kind.inner, strict=True)
    return "{" + ", ".join(f"{name}={_member(each, inner)}" for name, each, inner in members) + "}"


def _member(value: Any, kind: Type) -> str:
    written = shown(value, kind)
    return "null" if written is None else written


def _moment(value: datetime, digits: int) -> str:
    fraction = f"{value.microsecond:06d}"[: max(digits, _FEWEST_DIGITS)]
    return f"{value.replace(tzinfo=None).isoformat(' ', 'seconds')}.{fraction}"
