"""The letters of Java's DateTimeFormatter that S3 prefixes use.

https://docs.oracle.com/javase/8/docs/api/java/time/format/DateTimeFormatter.html
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
_TWO_LETTERS_AT_MOST = "dHms"


def check_pattern(pattern: str) -> None:
    """Raise ValueError unless `pattern` is one that `format_time` can follow."""
    position = 0
    for token in _TOKEN.finditer(pattern):
        if token.start() != position:
            break
        letter, count = token.group(2), len(token.group())
        if letter and letter not in _FIELDS:
            raise ValueError(f"pattern letter {letter} in {pattern!r} is not one of {' '.join(_FIELDS)}")
        if letter and letter in _TWO_LETTERS_AT_MOST and count > 2:
            raise ValueError(f"Too many pattern letters: {letter} in {pattern!r}")
        position = token.end()
    if position != len(pattern):
        raise ValueError(f"pattern {pattern!r} ends with an incomplete string literal")


def format_time(pattern: str, moment: datetime) -> str:
    """`moment` written in `pattern`; text between single quotes stands for itself."""
    return _TOKEN.sub(lambda token: _written(token, moment), pattern)


def _written(token: re.Match[str], moment: datetime) -> str:
    text, letter = token.group(), token.group(2)
    if letter:
        return _FIELDS[letter](moment, len(text))
    return text if token.group(1) is None else token.group(1).replace("''", "'") or "'"


def _year(year: int, count: int) -> str:
    return f"{year % 100:02d}" if count == 2 else f"{year:0{count}d}"


def _week_based_year(moment: datetime, count: int) -> str:
    """The year of the week's Saturday: in Java's US locale weeks begin on Sunday, and January 1 is in week 1."""
    return _year((moment + timedelta(days=(5 - moment.weekday()) % 7)).year, count)


def _month(moment: datetime, count: int) -> str:
    if count < 3:
        return f"{moment.month:0{count}d}"
    return moment.strftime("%b" if count == 3 else "%B")


_FIELDS: dict[str, Callable[[datetime, int], str]] = {
    "y": lambda moment, count: _year(moment.year, count),
    "u": lambda moment, count: _year(moment.year, count),
    "Y": _week_based_year,
    "M": _month,
    "d": lambda moment, count: f"{moment.day:0{count}d}",
    "D": lambda moment, count: f"{moment.timetuple().tm_yday:0{count}d}",
    "H": lambda moment, count: f"{moment.hour:0{count}d}",
    "m": lambda moment, count: f"{moment.minute:0{count}d}",
    "s": lambda moment, count: f"{moment.second:0{count}d}",
    "S": lambda moment, count: f"{moment.microsecond * 1000:09d}"[:count],
}
