"""JSON values as given to the SerDes, and the error for one that does not fit its column."""

import re
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal
from typing import Any

Coercer = Callable[[Any], Any]
"""Reads a JSON value for one column type or raises MismatchError. Timestamps become epoch nanoseconds."""

NUMERIC = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,9})?", re.ASCII)
"""A JSON number, or one with a plus or leading zeros."""

_BIG_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,9})?", re.ASCII)


class Number(str):
    """A JSON number as its text: `1.50` stays `1.50`."""

    __slots__ = ()

    @property
    def is_integer(self) -> bool:
        """Whether it has neither a fraction nor an exponent."""
        return self.lstrip("-").isdigit()


class MismatchError(ValueError):
    """A value that does not fit the column's type."""


class IncorrectFormatError(MismatchError):
    """The same, found by Firehose's own check of a field, for which AWS has a different message."""


def nullable(read: Coercer) -> Coercer:
    """The same reader, but null stays null."""
    return lambda value: None if value is None else read(value)


def unreadable(text: object) -> MismatchError:
    """Java's NumberFormatException for a text."""
    return MismatchError(f'For input string: "{text}"')


def valid_unicode(text: str) -> str:
    """The text with question marks for halves of surrogate pairs, as Java encodes them."""
    return str(text) if text.isascii() else text.encode("utf-8", "replace").decode()


def cut(text: str, length: int, *, padded: bool) -> str:
    """A varchar or char of `length`; char is stored without the blanks that pad it."""
    return text[:length].rstrip(" ") if padded else text[:length]


def decimal_of(text: str, precision: int, scale: int) -> Decimal:
    """A text that Java's BigDecimal accepts without rounding; raises MismatchError for any other."""
    number = _big_decimal(text)
    _, digits, exponent = number.normalize(Context(prec=len(text), Emin=MIN_EMIN, Emax=MAX_EMAX)).as_tuple()
    if number and (not isinstance(exponent, int) or -exponent > scale or len(digits) + exponent > precision - scale):
        raise MismatchError(f"{text} does not fit decimal({precision},{scale})")
    return number


def rounded_decimal_of(text: str, precision: int, scale: int) -> Decimal:
    """The same, rounded half up to the column's places."""
    number = _big_decimal(text)
    if number and number.adjusted() < precision - scale:
        number = number.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, Context(prec=precision + 1, Emin=MIN_EMIN))
    return decimal_of(str(number), precision, scale)


def _big_decimal(text: str) -> Decimal:
    if not _BIG_DECIMAL.fullmatch(text):
        raise unreadable(text)
    return Decimal(text)
