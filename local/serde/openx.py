"""The OpenX JSON SerDe's reading of one value for one column type, as Firehose's copy of it does.

https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from json.encoder import py_encode_basestring
from typing import Any

from local.serde.hive_types import HiveType
from local.serde.java_sql import NANOSECONDS, lenient_date, timestamp_value_of
from local.serde.json_values import (
    NUMERIC,
    Coercer,
    MismatchError,
    Number,
    cut,
    decimal_of,
    nullable,
    rounded_decimal_of,
    unreadable,
    valid_unicode,
)
from local.serde.options import OpenX

_INTEGER = re.compile(r"[+-]?\d+|(?P<hex>0[xX][0-9a-fA-F]+)", re.ASCII)
_REAL = re.compile(r"\s*([+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))[fFdD]?\s*", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z?", re.ASCII)
_FIRST_MILLISECONDS = 10**12
_LAST_SECOND = 2**63 // 10**6
"""Times are kept as microseconds in 64 bits where nanoseconds overflow."""
_EPOCH_START = datetime(1970, 1, 1)  # noqa: DTZ001 - Hive's timestamps have no zone
_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}
_JAVA_NAMES = {str: "java.lang.String", bool: "java.lang.Boolean", list: "java.util.ArrayList"}


def coercer(hive: HiveType, options: OpenX) -> Coercer:
    """The reader of JSON values for a column of this type."""
    children = [coercer(child, options) for child in hive.children]
    if hive.kind == "array":
        return _array(children[0])
    if hive.kind == "map":
        return _map(children[0], children[1], options)
    if hive.kind == "struct":
        return _struct(keys_of(hive.names, options), hive.names, children, options)
    return nullable(_scalar(hive, options))


def keys_of(names: Sequence[str], options: OpenX) -> list[str]:
    """The JSON keys, normalized like `key_of`, of columns or members of a struct."""
    folded = key_of(options)
    return [folded(options.mappings.get(name, name)) for name in names]


def key_of(options: OpenX) -> Callable[[str], str]:
    """Normalizes a JSON key before it is matched with a column."""

    def folded(key: str) -> str:
        key = key.replace(".", "_") if options.dots_to_underscores else key
        return key.lower() if options.case_insensitive else key

    return folded


def _scalar(hive: HiveType, options: OpenX) -> Coercer:
    if hive.kind in _BITS:
        limit = 1 << (_BITS[hive.kind] - 1)
        return lambda value: _integer(value, limit)
    if hive.kind == "decimal":
        read = rounded_decimal_of if options.rounds_decimals else decimal_of
        return lambda value: read(_words(value), *hive.numbers)
    if hive.kind in ("varchar", "char"):
        length, padded = hive.numbers[0], hive.kind == "char"
        return lambda value: cut(_text(value, options), length, padded=padded)
    readers: dict[str, Coercer] = {
        "float": _real,
        "double": _real,
        "boolean": _boolean,
        "date": _date,
        "timestamp": _timestamp,
        "string": lambda value: _text(value, options),
    }
    return readers[hive.kind]


def _java_name(value: Any) -> str:
    if isinstance(value, Number):
        return "java.lang.Long" if value.is_integer else "java.lang.Double"
    return _JAVA_NAMES.get(type(value), "java.util.Map")


def _java_text(value: Any) -> str:
    """The value as Java's `toString` writes it."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_java_text, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}={_java_text(member)}' for name, member in value.items())}}}"
    return str(value)


def _words(value: Any) -> str:
    """The text of a string or a number; anything else does not fit."""
    if not isinstance(value, str):
        raise MismatchError(f"Value of type {_java_name(value)} does not fit the column")
    return str(value)


def _integer(value: Any, limit: int) -> int:
    text = _words(value)
    match = _INTEGER.fullmatch(text)
    number = int(text, 16 if match["hex"] else 10) if match and len(text) <= 40 else 1 << 63
    if -limit <= number < limit:
        return number
    # Java reads the two short types as an int first.
    if limit < 1 << 31 and -(1 << 31) <= number < 1 << 31:
        raise MismatchError(f'Value out of range. Value:"{text}" Radix:10')
    raise unreadable(text)


def _real(value: Any) -> float:
    text = _words(value)
    match = _REAL.fullmatch(text)
    if match is None:
        raise unreadable(text) if text else MismatchError("empty String")
    return float(match.group(1))


def _boolean(value: Any) -> bool:
    """Java's parseBoolean: any text but `true` is false."""
    return value if isinstance(value, bool) else _words(value).lower() == "true"


def _date(value: Any) -> date:
    text = _words(value)
    try:
        return lenient_date(text)
    except ValueError as error:
        raise unreadable(text) from error


def _timestamp(value: Any) -> int:
    text = _words(value)
    if NUMERIC.fullmatch(text):
        return _epoch(text)
    try:
        match = _ISO.fullmatch(text)
        return _instant(match) if match else timestamp_value_of(text)
    except ValueError as error:
        if ":" not in text[1:]:
            raise unreadable(text) from error
        raise MismatchError("Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]") from error


def _epoch(text: str) -> int:
    """Below 10**12 a number is seconds, from there on milliseconds."""
    number = Decimal(text)
    if number.adjusted() > 18:
        raise unreadable(text)
    nanoseconds = int(number * (NANOSECONDS if abs(number) < _FIRST_MILLISECONDS else 10**6))
    if abs(nanoseconds) >= _LAST_SECOND * NANOSECONDS:
        raise unreadable(text)
    return nanoseconds


def _instant(match: re.Match[str]) -> int:
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    whole = (datetime(year, month, day, hour, minute, second) - _EPOCH_START) // timedelta(seconds=1)  # noqa: DTZ001
    return whole * NANOSECONDS + int((match.group(7) or "").ljust(9, "0"))


def _text(value: Any, options: OpenX) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return valid_unicode(value) if isinstance(value, str) else _compact(value, key_of(options))


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
    return valid_unicode(py_encode_basestring(text))


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
        return list({key(name): item(member) for name, member in members.items()}.items())

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
    raise MismatchError(f"Data is not JSONObject  but {_java_name(value)} with value {_java_text(value)}")
