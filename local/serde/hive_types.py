"""Glue's column types (Hive's), and their Arrow types.

https://docs.aws.amazon.com/athena/latest/ug/data-types.html
"""

import re
from dataclasses import dataclass

import pyarrow as pa

_TOKEN = re.compile(r"[^<>,:()]+|[<>,:()]")
_SCALARS = (
    "boolean",
    "tinyint",
    "smallint",
    "int",
    "bigint",
    "float",
    "double",
    "string",
    "date",
    "timestamp",
    "binary",
)
_MOST_DIGITS = 38


@dataclass(frozen=True)
class HiveType:
    """`kind`, its children (array, map, struct), a struct's `names`, and `numbers` (decimal, varchar, char)."""

    kind: str
    children: tuple["HiveType", ...] = ()
    names: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()


class UnsupportedTypeError(ValueError):
    """A type that is not a Hive type, or that a JSON SerDe does not read (uniontype)."""


def parse_type(text: str) -> HiveType:
    """Read e.g. `struct<a:int,b:array<decimal(10,2)>>`; raises UnsupportedTypeError."""
    tokens = [token.strip() for token in _TOKEN.findall(text)]
    parsed = _type(tokens)
    if tokens:
        raise UnsupportedTypeError(text)
    return parsed


def kinds(hive: HiveType) -> set[str]:
    """The kinds of a type and of everything in it."""
    return {hive.kind}.union(*map(kinds, hive.children))


def arrow_type(hive: HiveType, time_unit: str = "ns") -> pa.DataType:
    """The Arrow type of a column; timestamps have `time_unit`."""
    children = [arrow_type(child, time_unit) for child in hive.children]
    if hive.kind == "array":
        return pa.list_(children[0])
    if hive.kind == "map":
        return pa.map_(children[0], children[1])
    if hive.kind == "struct":
        return pa.struct(list(zip(hive.names, children, strict=True)))
    if hive.kind == "decimal":
        return pa.decimal128(*hive.numbers)
    return {
        "boolean": pa.bool_(),
        "tinyint": pa.int8(),
        "smallint": pa.int16(),
        "int": pa.int32(),
        "bigint": pa.int64(),
        "float": pa.float32(),
        "double": pa.float64(),
        "date": pa.date32(),
        "timestamp": pa.timestamp(time_unit),
        "binary": pa.binary(),
    }.get(hive.kind, pa.string())


def _type(tokens: list[str]) -> HiveType:
    kind = tokens.pop(0).lower() if tokens else ""
    kind = "int" if kind == "integer" else kind
    if kind in _SCALARS:
        return HiveType(kind)
    if kind == "decimal":
        return HiveType(kind, numbers=_precision_and_scale(_numbers(tokens)))
    if kind in ("varchar", "char"):
        return HiveType(kind, numbers=_length(kind, _numbers(tokens)))
    if kind in ("array", "map"):
        _expect(tokens, "<")
        children = [_type(tokens)]
        if kind == "map" and children[0].children:
            raise UnsupportedTypeError(f"a map with keys of type {children[0].kind}")
        if kind == "map":
            _expect(tokens, ",")
            children.append(_type(tokens))
        _expect(tokens, ">")
        return HiveType(kind, tuple(children))
    if kind == "struct":
        return _struct(tokens)
    raise UnsupportedTypeError(kind or "an empty type")


def _struct(tokens: list[str]) -> HiveType:
    names, children = [], []
    separator = "<"
    while separator != ">":
        _expect(tokens, separator)
        names.append(tokens.pop(0) if tokens else "")
        _expect(tokens, ":")
        children.append(_type(tokens))
        separator = tokens[0] if tokens and tokens[0] == "," else ">"
    _expect(tokens, ">")
    return HiveType("struct", tuple(children), tuple(names))


def _length(kind: str, numbers: tuple[int, ...]) -> tuple[int]:
    if len(numbers) != 1 or numbers[0] < 1:
        raise UnsupportedTypeError(f"{kind} without a length")
    return (numbers[0],)


def _precision_and_scale(numbers: tuple[int, ...]) -> tuple[int, int]:
    precision, scale = (*numbers, 0)[:2] if numbers else (10, 0)
    if not (1 <= precision <= _MOST_DIGITS and 0 <= scale <= precision):
        raise UnsupportedTypeError(f"decimal({precision},{scale})")
    return precision, scale


def _numbers(tokens: list[str]) -> tuple[int, ...]:
    if tokens[:1] != ["("]:
        return ()
    end = tokens.index(")") if ")" in tokens else len(tokens)
    inside, tokens[: end + 1] = tokens[1:end], []
    digits = [word for word in inside if word != ","]
    if not all(word.isdigit() for word in digits):
        raise UnsupportedTypeError("".join(inside))
    return tuple(int(word) for word in digits)


def _expect(tokens: list[str], wanted: str) -> None:
    if not tokens or tokens.pop(0) != wanted:
        raise UnsupportedTypeError(f"a type without the {wanted!r} it needs")
