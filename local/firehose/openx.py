"""The OpenX JSON SerDe's reading of one value for one column type, as Firehose's copy of it does.

https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from json.encoder import py_encode_basestring
from typing import Any

from local.firehose.config import OpenX
from local.firehose.hive_types import HiveType

Coercer = Callable[[Any], Any]


class Number(str):
    """A JSON number as its text: `1.50` stays `1.50`."""

    __slots__ = ()


class MismatchError(ValueError):
    """A value that the column's type does not take."""


_INTEGER = re.compile(r"[+-]?\d+|(?P<hex>0[xX][0-9a-fA-F]+)", re.ASCII)
_REAL = re.compile(r"\s*([+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))[fFdD]?\s*", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_TIME = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2}) (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z?", re.ASCII)
_EPOCH = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_FIRST_MILLISECONDS = 10**12
_EPOCH_START = datetime(1970, 1, 1)  # noqa: DTZ001 - Hive's timestamps have no zone
_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}
_JAVA_NAMES = {
    str: "java.lang.String",
    bool: "java.lang.Boolean",
    list: "java.util.ArrayList",
    Number: "java.lang.Number",
}


def coercer(hive: HiveType, options: OpenX) -> Coercer:
    """Reads a JSON value for this type or raises MismatchError. Timestamps become epoch nanoseconds."""
    children = [coercer(child, options) for child in hive.children]
    if hive.kind == "array":
        return _array(children[0])
    if hive.kind == "map":
        return _map(children[0], children[1], options)
    if hive.kind == "struct":
        return _struct([key_of(options)(name) for name in hive.names], hive.names, children, options)
    read = _scalar(hive, options)
    return lambda value: None if value is None else read(value)


def key_of(options: OpenX) -> Callable[[str], str]:
    """How a JSON key is spelled before it is matched with a column."""

    def folded(key: str) -> str:
        key = key.replace(".", "_") if options.dots_to_underscores else key
        return key.lower() if options.case_insensitive else key

    return folded


def _scalar(hive: HiveType, options: OpenX) -> Coercer:
    if hive.kind in _BITS:
        limit = 1 << (_BITS[hive.kind] - 1)
        return lambda value: _integer(value, limit)
    if hive.kind == "decimal":
        return lambda value: _decimal(value, *hive.numbers)
    if hive.kind in ("varchar", "char"):
        length, padded = hive.numbers[0], hive.kind == "char"
        return lambda value: _cut(_text(value, options), length, padded=padded)
    readers: dict[str, Coercer] = {
        "float": _real,
        "double": _real,
        "boolean": _boolean,
        "date": _date,
        "timestamp": _timestamp,
        "string": lambda value: _text(value, options),
    }
    return readers[hive.kind]


def _words(value: Any) -> str:
    """The text of a string or a number; anything else does not fit."""
    if not isinstance(value, str):
        raise MismatchError(f"Value of type {_JAVA_NAMES.get(type(value), 'java.util.Map')} does not fit the column")
    return str(value)


def _integer(value: Any, limit: int) -> int:
    text = _words(value)
    match = _INTEGER.fullmatch(text)
    number = int(text, 16 if match["hex"] else 10) if match and len(text) <= 40 else limit
    if not -limit <= number < limit:
        raise MismatchError(f'For input string: "{text}"')
    return number


def _real(value: Any) -> float:
    text = _words(value)
    match = _REAL.fullmatch(text)
    if match is None:
        raise MismatchError(f'For input string: "{text}"' if text else "empty String")
    return float(match.group(1))


def _decimal(value: Any, precision: int, scale: int) -> Decimal:
    text = _words(value)
    number = Decimal(text) if _EPOCH.fullmatch(text) else None
    if number is None:
        raise MismatchError(f'For input string: "{text}"')
    _, digits, exponent = number.normalize().as_tuple()
    if number and (not isinstance(exponent, int) or -exponent > scale or len(digits) + exponent > precision - scale):
        raise MismatchError(f"{text} does not fit decimal({precision},{scale})")
    return number


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if not isinstance(value, Number) and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise MismatchError(f'For input string: "{value}"')


def _date(value: Any) -> date:
    match = None if isinstance(value, Number) else _DATE.fullmatch(_words(value))
    if match is None:
        raise MismatchError(f'For input string: "{value}"')
    try:
        return date(*map(int, match.groups()))
    except ValueError as error:
        raise MismatchError(f'For input string: "{value}"') from error


def _timestamp(value: Any) -> int:
    text = _words(value)
    if _EPOCH.fullmatch(text):
        number = Decimal(text)
        if number.adjusted() > 18:
            raise MismatchError(f'For input string: "{text}"')
        return int(number * (10**9 if abs(number) < _FIRST_MILLISECONDS else 10**6))
    match = _TIME.fullmatch(text) or _ISO.fullmatch(text)
    if match is None:
        raise MismatchError("Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]")
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    try:
        whole = (datetime(year, month, day, hour, minute, second) - _EPOCH_START) // timedelta(seconds=1)  # noqa: DTZ001
    except ValueError as error:
        raise MismatchError("Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]") from error
    return whole * 10**9 + int((match.group(7) or "").ljust(9, "0"))


def _text(value: Any, options: OpenX) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return _compact(value, key_of(options))
    return str(value) if value.isascii() else value.encode("utf-8", "replace").decode()


def _compact(value: Any, folded: Callable[[str], str]) -> str:
    """JSON text without spaces, keys folded at every depth, numbers as they were written."""
    if isinstance(value, Mapping):
        members = {folded(key): item for key, item in value.items()}
        inside = (f"{_quoted(key)}:{_compact(item, folded)}" for key, item in members.items())
        return "{" + ",".join(inside) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_compact(item, folded) for item in value) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value) if isinstance(value, Number) else _quoted(value)


def _quoted(text: str) -> str:
    return py_encode_basestring(text).encode("utf-8", "replace").decode()


def _cut(text: str, length: int, *, padded: bool) -> str:
    """char is stored without the blanks that pad it."""
    return text[:length].rstrip(" ") if padded else text[:length]


def _array(element: Coercer) -> Coercer:
    def read(value: Any) -> list[Any] | None:
        if value is None:
            return None
        return [element(item) for item in (value if isinstance(value, list) else [value])]

    return read


def _map(key: Coercer, item: Coercer, options: OpenX) -> Coercer:
    folded = key_of(options)

    def read(value: Any) -> list[tuple[Any, Any]] | None:
        if value is None:
            return None
        members = {folded(name): member for name, member in _members(value).items()}
        return [(key(name), item(member)) for name, member in members.items()]

    return read


def _struct(keys: list[str], names: tuple[str, ...], children: list[Coercer], options: OpenX) -> Coercer:
    folded = key_of(options)

    def read(value: Any) -> dict[str, Any] | None:
        if value is None or value == []:
            return None
        if isinstance(value, list):
            members: Mapping[str, Any] = dict(zip(keys, value, strict=False))
        else:
            members = {folded(name): member for name, member in _members(value).items()}
        return {name: child(members.get(key)) for name, key, child in zip(names, keys, children, strict=True)}

    return read


def _members(value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise MismatchError(f"Data is not JSONObject  but {_JAVA_NAMES[type(value)]} with value {value}")
