"""Hive's types: of what a library has read, and the narrowest that holds two of them.

https://docs.aws.amazon.com/athena/latest/ug/data-types.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pyarrow as pa
from duckdb.sqltypes import DuckDBPyType

from local.crawler.schema import Kind, UnreadableError

UNKNOWN: Final = ""
"""The type of a column in which no value was ever seen."""

_NUMBERS: Final = ("bigint", "double")
_WHOLE: Final = ("tinyint", "smallint", "int", "bigint")
_FLOATING: Final = ("float", "double")
_NO_NAME: Final = frozenset(":,<>")


def of_json(kind: DuckDBPyType) -> Kind:
    """The type of a JSON value: numbers, booleans, text, and what is nested of them. Dates are text in JSON."""
    if kind.id == "struct":
        fields = [(name, of_json(each)) for name, each in kind.children if isinstance(each, DuckDBPyType)]
        return dict(_distinct(fields))
    if kind.id == "list":
        (_, each), *_ = kind.children
        return (of_json(each),) if isinstance(each, DuckDBPyType) else "string"
    if kind.id == "null":
        return UNKNOWN
    return kind.id if kind.id in ("bigint", "double", "boolean") else "string"


def of_parquet(kind: pa.DataType) -> Kind:
    """The type of a Parquet column; raises `UnreadableError` for one that Athena does not read."""
    if pa.types.is_struct(kind):
        return dict(_distinct([(field.name, of_parquet(field.type)) for field in kind]))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return (of_parquet(kind.value_type),)
    if pa.types.is_map(kind):
        return f"map<{hive_text(of_parquet(kind.key_type))},{hive_text(of_parquet(kind.item_type))}>"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_dictionary(kind):
        return of_parquet(kind.value_type)
    if pa.types.is_timestamp(kind):
        return "timestamp"
    if (found := _ARROW.get(kind)) is None:
        raise UnreadableError(f"Athena reads no Parquet column of type {kind}")
    return found


def wider_text(one: Kind, other: Kind) -> Kind:
    """The type that both fit in where files are text: in the end everything is a string."""
    if one == other or other == UNKNOWN:
        return one
    if one == UNKNOWN:
        return other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        names = {**one, **other}
        return {name: wider_text(one.get(name, UNKNOWN), other.get(name, UNKNOWN)) for name in names}
    if isinstance(one, tuple) and isinstance(other, tuple):
        return (wider_text(one[0], other[0]),)
    return "double" if one in _NUMBERS and other in _NUMBERS else "string"


def wider_binary(one: Kind, other: Kind) -> Kind | None:
    """The type as which both can be read from Parquet; None if there is none."""
    for ladder in (_WHOLE, _FLOATING):
        if one in ladder and other in ladder:
            return max(one, other, key=ladder.index)
    return one if one == other else None


def hive_text(kind: Kind) -> str:
    """The type as Glue writes it: `struct<day:string,prices:array<double>>`."""
    if isinstance(kind, Mapping):
        return f"struct<{','.join(f'{name}:{hive_text(each)}' for name, each in kind.items())}>"
    if isinstance(kind, tuple):
        return f"array<{hive_text(kind[0])}>"
    return kind or "string"


def _distinct(fields: Sequence[tuple[str, Kind]]) -> Iterator[tuple[str, Kind]]:
    """Names in lower case; raises `UnreadableError` for those that the catalogue cannot keep apart or write down."""
    seen = set()
    for name, kind in fields:
        lower = name.lower()
        if lower in seen:
            raise UnreadableError(f"an object has the key {name!r} twice, ignoring case; Athena cannot tell them apart")
        if not name or _NO_NAME & set(name):
            raise UnreadableError(f"an object has the key {name!r}, which no type in the catalogue can name")
        seen.add(lower)
        yield lower, kind


_ARROW: Final[dict[pa.DataType, str]] = {
    pa.bool_(): "boolean",
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.uint8(): "smallint",
    pa.uint16(): "int",
    pa.uint32(): "bigint",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.string(): "string",
    pa.large_string(): "string",
    pa.binary(): "binary",
    pa.large_binary(): "binary",
    pa.date32(): "date",
}
