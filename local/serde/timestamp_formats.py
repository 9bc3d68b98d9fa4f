"""TimestampFormats of the Hive JSON SerDe: Joda's patterns, and `millis`.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_HiveJsonSerDe.html
https://www.joda.org/joda-time/apidocs/org/joda/time/format/DateTimeFormat.html
"""

import calendar
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from local.serde.java_sql import NANOSECONDS, timestamp_value_of

TimestampParser = Callable[[str], int]
"""A text's epoch nanoseconds; raises ValueError."""

_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
_MILLIS = re.compile(r"(-?\d{1,18})(\.\d+)?", re.ASCII)
_NUMBERS = {"y": "year", "Y": "year", "M": "month", "d": "day", "D": "day_of_year", "H": "hour", "k": "hour"}
_NUMBERS |= {"h": "half_hour", "K": "half_hour", "m": "minute", "s": "second", "S": "fraction"}
_MONTHS = [name.lower() for name in calendar.month_name]
_TEXTS = {
    "a": r"(?P<half>(?i:AM|PM))",
    "E": r"(?i:{})".format("|".join(f"{name}|{name[:3]}" for name in calendar.day_name)),
    "Z": r"(?P<offset>Z|[+-]\d\d(?::?\d\d)?)",
}
_FIRST_SHORT_YEAR = 1946
"""The first of the hundred years that two digits may mean: Joda's pivot is 30 years before the present one, 2026."""


def timestamp_parser(formats: Sequence[str]) -> TimestampParser:
    """Tries every format, and `Timestamp.valueOf` last; raises ValueError for a pattern that is not supported."""
    parsers = [_millis if text.lower() == "millis" else _joda(text) for text in formats]

    def parse(text: str) -> int:
        for parser in parsers:
            found = parser(text)
            if found is not None:
                return found * (NANOSECONDS // 1000)
        return timestamp_value_of(text)

    return parse


def _millis(text: str) -> int | None:
    match = _MILLIS.fullmatch(text)
    return int(match.group(1)) if match and abs(int(match.group(1))) < 2**63 // 1000 else None


def _joda(pattern: str) -> Callable[[str], int | None]:
    compiled = re.compile(_regex(pattern), re.ASCII)

    def parse(text: str) -> int | None:
        match = compiled.fullmatch(text)
        try:
            return None if match is None else _milliseconds(match.groupdict())
        except (ValueError, OverflowError):
            return None

    return parse


def _regex(pattern: str) -> str:
    tokens = list(_TOKEN.finditer(pattern))
    if "".join(token.group() for token in tokens) != pattern:
        raise ValueError(f"pattern {pattern!r} ends with an incomplete string literal")
    letters = [token.group(2) for token in tokens]
    if len({_NUMBERS[letter] for letter in letters if letter in _NUMBERS}) < sum(n in _NUMBERS for n in letters):
        raise ValueError(f"pattern {pattern!r} names a field twice")
    after = [*tokens[1:], None]
    return "".join(_piece(token, following) for token, following in zip(tokens, after, strict=True))


def _piece(token: re.Match[str], following: re.Match[str] | None) -> str:
    letter, count = token.group(2), len(token.group())
    if letter is None:
        quoted = token.group(1)
        return re.escape(token.group() if quoted is None else quoted.replace("''", "'") or "'")
    if letter in _TEXTS:
        return _TEXTS[letter]
    if letter == "M" and count > 2:
        return rf"(?P<month_name>(?i:{'|'.join(f'{name}|{name[:3]}' for name in _MONTHS[1:])}))"
    if letter in "yY" and count == 2:
        return r"(?P<short_year>\d\d)"
    if letter not in _NUMBERS:
        raise ValueError(f"pattern letter {letter} is not supported; these are: {' '.join([*_NUMBERS, *_TEXTS])}")
    return rf"(?P<{_NUMBERS[letter]}>{_digits(letter, count, touching=_is_number(following))})"


def _is_number(token: re.Match[str] | None) -> bool:
    letter = token.group(2) if token else None
    return letter in _NUMBERS and not (letter == "M" and token is not None and len(token.group()) > 2)


def _digits(letter: str, count: int, *, touching: bool) -> str:
    """A number takes as many digits as it can, or its letters' number of them where the next number touches it."""
    if letter == "S":
        return rf"\d{{1,{count}}}+"
    most = (9 if letter in "yY" else 3 if letter == "D" else 2) if not touching else count
    sign = "-?" if letter in "yY" else ""
    return rf"{sign}\d{{1,{most}}}+"


def _milliseconds(fields: dict[str, str | None]) -> int:
    given = {name: text for name, text in fields.items() if text is not None}
    numbers = {name: int(text) for name, text in given.items() if text.lstrip("-").isdigit() and name != "fraction"}
    month = _MONTHS.index(_full_month(given["month_name"])) if "month_name" in given else numbers.get("month", 1)
    moment = datetime(_year(numbers), month, numbers.get("day", 1))  # noqa: DTZ001 - a time without zone
    if "day_of_year" in numbers:
        moment = moment.replace(month=1, day=1) + timedelta(days=numbers["day_of_year"] - 1)
    moment = moment.replace(
        hour=_hour(numbers, given), minute=numbers.get("minute", 0), second=numbers.get("second", 0)
    )
    milliseconds = int(given.get("fraction", "0").ljust(3, "0")[:3])
    epoch = (moment - datetime(1970, 1, 1)) // timedelta(milliseconds=1)  # noqa: DTZ001
    return epoch + milliseconds - _offset(given.get("offset", "Z"))


def _year(numbers: dict[str, int]) -> int:
    if "short_year" in numbers:
        return _FIRST_SHORT_YEAR + (numbers["short_year"] - _FIRST_SHORT_YEAR) % 100
    return numbers.get("year", 1970)


def _full_month(text: str) -> str:
    return next(name for name in _MONTHS[1:] if name.startswith(text.lower()))


def _hour(numbers: dict[str, int], given: dict[str, str]) -> int:
    if "half_hour" in numbers:
        return numbers["half_hour"] % 12 + (12 if given.get("half", "am").lower() == "pm" else 0)
    return numbers.get("hour", 0) % 24


def _offset(text: str) -> int:
    """Milliseconds east of Greenwich."""
    if text == "Z":
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return (-minutes if text[0] == "-" else minutes) * 60_000
