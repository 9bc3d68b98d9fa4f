"""Texts of numbers and moments in the form in which they land."""

import re
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation
from functools import cache
from typing import Any, Final

import msgspec

_NUMBER: Final = re.compile(r"([+-]?)(?=\.?[0-9])0*([0-9]*)(?:\.([0-9]*))?((?:[eE][+-]?[0-9]+)?)", re.ASCII)
"""A decimal number as it is written outside of JSON: `.5`, `5.`, `+5`, `007`."""
_TO_THE_MICROSECOND: Final = len("2010-01-04 00:00:00.000000")
_TO_THE_MINUTE: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2})((?:Z|[+-][0-9]{2}:?[0-9]{2})?)")
_FINER: Final = re.compile(r"(?<=\.[0-9]{6})[0-9]+", re.ASCII)
"""Digits of a second after the microsecond."""


def whole_text(value: str | int) -> str:
    """A text as it is, the digits of a whole number, `true` or `false`."""
    return value if isinstance(value, str) else str(value).lower()


def number_text(text: str) -> str:
    """The number in `text` as JSON writes it, without `.5`, `5.`, `+5` or `007`; or `text` if it is not a number."""
    if not (number := _NUMBER.fullmatch(text)):
        return text
    sign, whole, part, exponent = number.groups()
    return f"{sign.strip('+')}{whole or 0}{f'.{part}' if part else ''}{exponent}"


def decimal_text(number: Any, precision: int, scale: int) -> str:
    """The number, as JSON's text, any text or an `int`, with exactly `scale` digits after the point.

    Raises `ValueError` when it is not a number, or has more digits than fit: nothing is rounded.
    """
    if isinstance(number, bool) or not isinstance(number, str | int) or not _NUMBER.fullmatch(text := str(number)):
        raise ValueError(f"{number!r} is not a number")
    try:
        return f"{Decimal(text).quantize(*_form(precision, scale)):zf}"
    except DecimalException:
        raise ValueError(f"{text} does not fit decimal({precision},{scale})") from None


@cache
def _form(precision: int, scale: int) -> tuple[Decimal, None, Context]:
    """The arguments of `Decimal.quantize`: one unit of the last digit, and that nothing may be lost."""
    return Decimal(1).scaleb(-scale), None, Context(prec=precision, traps=[Inexact, InvalidOperation])


def timestamp_text(text: str) -> str:
    """`yyyy-MM-dd HH:mm:ss.SSS` in UTC, from an ISO date and time with `T` or a space, any fraction, any offset.

    Without an offset it is taken as UTC, without seconds as the full minute, and a date alone as its midnight. What is
    finer than a millisecond is cut off.
    Raises `msgspec.ValidationError` or `OverflowError` when it is not a date or time.
    """
    if len(text) > _TO_THE_MICROSECOND:
        text = _FINER.sub("", text)  # msgspec would round it
    try:
        return landed_timestamp(msgspec.convert(text, datetime))
    except msgspec.ValidationError:
        if minute := _TO_THE_MINUTE.fullmatch(text):
            return landed_timestamp(msgspec.convert(f"{minute[1]}:00{minute[2]}", datetime))
        return landed_timestamp(datetime.combine(msgspec.convert(text, date), time()))


def landed_timestamp(moment: datetime) -> str:
    """How a timestamp lands: `yyyy-MM-dd HH:mm:ss.SSS` in UTC; a `moment` without a zone is in UTC already."""
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(" ", "milliseconds")
