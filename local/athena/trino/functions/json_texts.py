"""JSON as Trino reads and writes it: keys in order, numbers as Java writes them."""

import json
from decimal import Decimal
from typing import Any

import msgspec

from local.athena.trino.texts import text


def loaded(value: str) -> Any:
    """The document; raises `ValueError`."""
    return msgspec.json.decode(value)


_AS_WRITTEN: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=str)


def loaded_as_written(value: str) -> Any:
    """The document, fractions as the texts that they are; raises `ValueError`."""
    return _AS_WRITTEN.decode(value)


def dumped(value: Any) -> str:
    """The document as Trino writes it."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{dumped(str(name))}:{dumped(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dumped, value)) + "]"
    if isinstance(value, float):
        return str(text(value)) if value == value and abs(value) != float("inf") else f'"{text(value)}"'
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(value, ensure_ascii=False)


def scalar_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else dumped(value)
