"""Java's format strings, which FORMAT takes.

https://docs.oracle.com/javase/8/docs/api/java/util/Formatter.html#syntax
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from local.athena.trino.functions.failing import invalid
from local.athena.trino.texts import text

_DIRECTIVE = re.compile(r"%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?(t[a-zA-Z]|T[a-zA-Z]|[a-zA-Z%])")
_DATES = {
    "Y": "%Y", "m": "%m", "d": "%d", "H": "%H", "M": "%M", "S": "%S", "B": "%B", "b": "%b", "A": "%A", "a": "%a",
    "y": "%y", "j": "%j", "I": "%I", "p": "%p", "F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y",
    "e": "%-d", "k": "%-H", "l": "%-I",
}  # fmt: skip


def formatted(pattern: str, kinds: Sequence[str], values: Sequence[Any]) -> str:
    """`pattern` with its directives filled in; `kinds` are the values' types in Trino."""
    used = 0

    def filled(found: re.Match[str]) -> str:
        nonlocal used
        number, flags, width, precision, sign = found.groups()
        if sign == "%":
            return "%"
        if sign == "n":
            return "\n"
        index = int(number) - 1 if number else used
        used += 0 if number else 1
        if index >= len(values):
            raise invalid(f"Format specifier '{found[0]}'")
        shown = _one(found[0], flags, precision, sign, kinds[index], values[index], int(width or 0))
        return shown.ljust(int(width or 0)) if "-" in flags else shown.rjust(int(width or 0))

    left = _DIRECTIVE.sub("", pattern)
    if "%" in left:
        raise invalid(f"UnknownFormatConversionException: Conversion = '%' in '{pattern}'")
    return _DIRECTIVE.sub(filled, pattern)


def _one(directive: str, flags: str, precision: str | None, sign: str, kind: str, value: Any, width: int) -> str:
    if sign in "sS":
        shown = "null" if value is None else _shown(value)
        shown = shown if precision is None else shown[: int(precision)]
        return shown.upper() if sign == "S" else shown
    if sign in "bB":
        shown = str(value if isinstance(value, bool) else value is not None).lower()
        return shown.upper() if sign == "B" else shown
    if value is None:
        return "null"
    if sign[0] in "tT" and isinstance(value, date | datetime) and sign[1:] in _DATES:
        year = f"{value.year:04}"  # strftime writes 1 for the year 1
        shown = value.strftime(_DATES[sign[1:]].replace("%Y", year))
        return shown.upper() if sign[0] == "T" else shown
    return _numbered(directive, flags, precision, sign, kind, value, width)


def _shown(value: Any) -> str:
    return text(value) or ""


def _numbered(directive: str, flags: str, precision: str | None, sign: str, kind: str, value: Any, width: int) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool)
    comma = "," if "," in flags else ""
    if sign == "d" and whole:
        shown = f"{abs(value):{comma}d}"
    elif sign in "xXo" and whole:
        bits = {"tinyint": 8, "smallint": 16, "integer": 32}.get(kind, 64)
        shown = f"{value % (1 << bits):{sign}}"
        return shown.zfill(width) if "0" in flags else shown
    elif sign == "c" and whole:
        return chr(value)
    elif sign == "f" and isinstance(value, float | Decimal):
        digits = int(precision or 6) if precision != "0" else 0
        rounded = abs(Decimal(repr(value) if isinstance(value, float) else value)).quantize(
            Decimal(1).scaleb(-digits), ROUND_HALF_UP
        )
        shown = f"{rounded:{comma}.{digits}f}"
    elif sign in "eE" and isinstance(value, float | Decimal):
        shown = f"{abs(value):.{int(precision or 6)}{sign}}"
    else:
        raise invalid(f"Invalid format string: {directive} (IllegalFormatConversion: {sign} != {kind})")
    return _signed(shown, value < 0, flags, width)


def _signed(shown: str, negative: bool, flags: str, width: int) -> str:
    if negative and "(" in flags:
        return f"({shown})"
    sign = "-" if negative else "+" if "+" in flags else " " if " " in flags else ""
    return sign + (shown.zfill(width - len(sign)) if "0" in flags else shown)
