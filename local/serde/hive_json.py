"""The Hive JSON SerDe's reading of one value for one column type: stricter than OpenX's, and with time formats.

It follows HCatalog's JsonSerDe, which Firehose names, and messages observed on AWS.
https://docs.aws.amazon.com/firehose/latest/APIReference/API_HiveJsonSerDe.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from local.serde.hive_types import HiveType
from local.serde.java_sql import date_value_of
from local.serde.json_values import (
    NUMERIC,
    Coercer,
    IncorrectFormatError,
    MismatchError,
    Number,
    cut,
    decimal_of,
    nullable,
    rounded_decimal_of,
    unreadable,
    valid_unicode,
)
from local.serde.options import HiveJson
from local.serde.timestamp_formats import timestamp_parser

_JAVA_INTEGERS = {
    "tinyint": (8, "Java byte"),
    "smallint": (16, "Java short"),
    "int": (32, "int"),
    "bigint": (64, "long"),
}
_NO_JAVA_INTEGER = 1 << 64
_LONGEST_INTEGER = 40
_INTEGER = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_START_TOKENS: dict[type, str] = {dict: "START_OBJECT", list: "START_ARRAY", str: "VALUE_STRING"}
_FORMAT = "One or more fields have incorrect format. Exception when validating field (root)"

_Parsed = TypeVar("_Parsed")


def coercer(hive: HiveType, options: HiveJson) -> Coercer:
    """The reader of JSON values for a column of this type."""
    children = [coercer(child, options) for child in hive.children]
    if hive.kind == "array":
        return nullable(_array(children[0]))
    if hive.kind == "map":
        return nullable(_map(_key(hive.children[0], options), children[1]))
    if hive.kind == "struct":
        return nullable(_struct(hive.names, children))
    return nullable(_scalar(hive, options))


def keys_of(names: Sequence[str]) -> list[str]:
    """The JSON keys, normalized like `key_of`, of columns or members of a struct."""
    return [key_of(name) for name in names]


def key_of(name: str) -> str:
    """Normalizes a JSON key before it is matched with a column or a member of a struct."""
    return name.lower()


def _scalar(hive: HiveType, options: HiveJson) -> Coercer:
    if hive.kind in _JAVA_INTEGERS:
        bits, java = _JAVA_INTEGERS[hive.kind]
        return lambda value: _integer(value, bits, java)
    if hive.kind in ("float", "double"):
        return lambda value: float(_numeric(value))
    return _of_text(hive, options)


def _of_text(hive: HiveType, options: HiveJson) -> Coercer:
    if hive.kind in ("varchar", "char"):
        length, padded = hive.numbers[0], hive.kind == "char"
        return lambda value: cut(_text(value), length, padded=padded)
    if hive.kind == "decimal":
        read = rounded_decimal_of if options.rounds_decimals else decimal_of
        return lambda value: read(_text(value), *hive.numbers)
    parse_timestamp = timestamp_parser(options.timestamp_formats)
    readers: dict[str, Coercer] = {
        "boolean": lambda value: _text(value).lower() == "true",
        "date": lambda value: _parsed(date_value_of, _text(value)),
        "timestamp": lambda value: _parsed(parse_timestamp, _text(value)),
        "string": _text,
        "binary": lambda value: _text(value).encode(),
    }
    return readers[hive.kind]


def _key(hive: HiveType, options: HiveJson) -> Coercer:
    """Keys of maps are always text in JSON; those of numbers are read by Java's parsers."""
    if hive.kind in _JAVA_INTEGERS:
        return lambda text: _integer_text(text, _JAVA_INTEGERS[hive.kind][0])
    if hive.kind in ("float", "double"):
        return _real_text
    return _of_text(hive, HiveJson() if hive.kind == "timestamp" else options)


def _numeric(value: Any) -> Number:
    if isinstance(value, Number):
        return value
    token = f"VALUE_{str(value).upper()}" if isinstance(value, bool) else _START_TOKENS[type(value)]
    raise MismatchError(f"Current token ({token}) not numeric, can not use numeric value accessors")


def _integer(value: Any, bits: int, java: str) -> int:
    """A fraction is cut off, as Jackson's accessors do."""
    number = _numeric(value)
    whole = _whole(number)
    if not _fits(whole, bits):
        raise MismatchError(f"Numeric value ({number}) out of range of {java}")
    return whole


def _whole(number: Number) -> int:
    if number.is_integer:
        return int(number) if len(number) <= _LONGEST_INTEGER else _NO_JAVA_INTEGER
    real = float(number)
    return int(real) if abs(real) < _NO_JAVA_INTEGER else _NO_JAVA_INTEGER


def _fits(number: int, bits: int) -> bool:
    return -(1 << (bits - 1)) <= number < 1 << (bits - 1)


def _integer_text(text: str, bits: int) -> int:
    number = int(text) if _INTEGER.fullmatch(text) else _NO_JAVA_INTEGER
    if not _fits(number, bits):
        raise unreadable(text)
    return number


def _real_text(text: str) -> float:
    if not NUMERIC.fullmatch(text):
        raise unreadable(text)
    return float(text)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise IncorrectFormatError(_FORMAT)
    return valid_unicode(value)


def _parsed(parse: Callable[[str], _Parsed], text: str) -> _Parsed:
    try:
        return parse(text)
    except ValueError as error:
        raise MismatchError(str(error)) from error


def _array(element: Coercer) -> Coercer:
    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise MismatchError("java.io.IOException: Start of Array expected")
        return [element(item) for item in value]

    return read


def _map(key: Coercer, item: Coercer) -> Coercer:
    """Keys keep their case."""

    def read(value: Any) -> list[tuple[Any, Any]]:
        return list({key(name): item(member) for name, member in _members(value).items()}.items())

    return read


def _struct(names: tuple[str, ...], children: list[Coercer]) -> Coercer:
    keys = keys_of(names)

    def read(value: Any) -> dict[str, Any]:
        members = {key_of(name): member for name, member in _members(value).items()}
        return {name: child(members.get(key)) for name, key, child in zip(names, keys, children, strict=True)}

    return read


def _members(value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise MismatchError("java.io.IOException: Start of Object expected")
