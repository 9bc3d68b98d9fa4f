"""Rows as lines of text: what Hive's LazySimpleSerDe and JSON SerDe read."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import isfinite, isnan
from typing import Any

import pyarrow as pa
import pyarrow.types as pt

from local.athena.trino.texts import shortest

_NULL = "\\N"
_SEPARATORS = ("\x01", "\x02", "\x03", "\x04", "\x05", "\x06", "\x07", "\x08")


def delimited(batch: pa.RecordBatch, parameters: Mapping[str, str]) -> bytes:
    """The rows as LazySimpleSerDe's lines; `parameters` are the SerDe's."""
    separators = [
        _character(parameters.get("field.delim", parameters.get("serialization.format", _SEPARATORS[0]))),
        _character(parameters.get("collection.delim", parameters.get("colelction.delim", _SEPARATORS[1]))),
        _character(parameters.get("mapkey.delim", _SEPARATORS[2])),
        *_SEPARATORS[3:],
    ]
    null, escape = parameters.get("serialization.null.format", _NULL), parameters.get("escape.delim", "")
    return "".join(f"{_joined(row, separators, null, escape)}\n" for row in _rows(batch)).encode()


def _character(written: str) -> str:
    """A separator, which Hive takes as a character or as the number of one."""
    return chr(int(written)) if written.isascii() and written.isdigit() else written


def json_lines(batch: pa.RecordBatch) -> bytes:
    """The rows as one JSON object a line; what is NULL is left out."""
    names = batch.schema.names
    lines = (
        json.dumps({name: _plain(value) for name, value in zip(names, row, strict=True) if value is not None})
        for row in _rows(batch)
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _rows(batch: pa.RecordBatch) -> Iterator[Sequence[Any]]:
    columns = (shortest(column) if pt.is_float32(column.type) else column for column in batch.columns)
    yield from zip(*(column.to_pylist() for column in columns), strict=True)


def _joined(row: Sequence[Any], separators: Sequence[str], null: str, escape: str) -> str:
    return separators[0].join(_cell(value, separators, null, escape) for value in row)


def _cell(value: Any, separators: Sequence[str], null: str, escape: str) -> str:
    if value is None:
        return null
    inner, deeper = separators[1], separators[1:]
    if isinstance(value, dict):
        return inner.join(_cell(each, deeper, null, escape) for each in value.values())
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        deepest = separators[2:]
        return inner.join(separators[2].join(_cell(each, deepest, null, escape) for each in pair) for pair in value)
    if isinstance(value, list):
        return inner.join(_cell(each, deeper, null, escape) for each in value)
    plain = text(value)
    special = (escape, *separators[:3], "\n") if escape else ()
    return "".join(f"{escape}{letter}" if letter in special else letter for letter in plain) if special else plain


def text(value: Any) -> str:
    """One value, not NULL, as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
    if isinstance(value, float) and not isfinite(value):
        return "NaN" if isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if each is not None}
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return {text(key): _plain(each) for key, each in value}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return float(value) if value.as_tuple().exponent else int(value)
    finite = not isinstance(value, float) or isfinite(value)
    return value if finite and not isinstance(value, bytes | date) else text(value)
