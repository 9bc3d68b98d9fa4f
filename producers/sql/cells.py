"""Values of key and watermark columns, kept as text from run to run and given back to the database as they were."""

import math
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

_KINDS: Final[dict[str, type]] = {
    kind.__name__: kind for kind in (bool, int, str, float, Decimal, datetime, date, UUID, bytes)
}


class UnkeepableError(TypeError):
    """A value that no key and no watermark should have."""


def kept(values: Sequence[object]) -> bytes:
    """`values` as one line of JSON, each with its type. Raises `UnkeepableError`."""
    return msgspec.json.encode([(type(value).__name__, _known(value)) for value in values])


def restored(line: bytes) -> tuple[Any, ...]:
    """The values of `kept`, equal and of the same types."""
    pairs = msgspec.json.decode(line, type=list[tuple[str, Any]])
    return tuple(None if kind == "NoneType" else msgspec.convert(value, _KINDS[kind]) for kind, value in pairs)


def _known(value: object) -> object:
    if value is not None and type(value).__name__ not in _KINDS:
        raise UnkeepableError(
            f"a value of type {type(value).__name__} cannot be remembered; valid in a key or watermark: "
            f"{', '.join(_KINDS)}"
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise UnkeepableError(f"{value} cannot be remembered; a number in a key or watermark must be finite")
    return value
