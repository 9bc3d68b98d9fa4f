"""Values as Java writes them, where the value alone decides how."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

_PLAIN_DOUBLES = (1e-3, 1e7)


def text(value: Any) -> str | None:
    """The text of a value from Arrow; None for NULL."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return double(value)
    if isinstance(value, datetime):
        return _timestamp(value)
    return _compound(value)


def _compound(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex(" ")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={_inside(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return "{" + ", ".join(f"{_inside(key)}={_inside(each)}" for key, each in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_inside(each) for each in value) + "]"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _inside(value: Any) -> str:
    shown = text(value)
    return "null" if shown is None else shown


def double(value: float) -> str:
    """As Java writes it: 1234567.5, 1.2345678E7, 1.0E-4, NaN, Infinity."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    low, high = _PLAIN_DOUBLES
    if value == 0 or low <= abs(value) < high:
        return repr(value) if "e" not in repr(value) else f"{Decimal(repr(value)):f}"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    first, rest = digits[0], "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{first}.{rest}E{int(exponent) + len(digits) - 1}"


def real(value: float) -> float:
    """One of the numbers that `shortest` gives."""
    return float(shortest(pa.array([value], pa.float32()))[0].as_py())


def shortest(values: pa.Array) -> pa.Array:
    """Numbers of 32 bits as those of 64 bits whose texts are as short: 0.1, not 0.10000000149011612."""
    return values.cast(pa.float32()).cast(pa.string()).cast(pa.float64())


def _timestamp(value: datetime) -> str:
    shown = f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
    return f"{shown} {value.tzname()}" if value.tzinfo else shown
