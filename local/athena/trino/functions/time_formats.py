"""Times as texts of a pattern: MySQL's (`date_format`, `date_parse`) and Joda's (`format_datetime`, `parse_datetime`).

https://trino.io/docs/current/functions/datetime.html#mysql-date-functions
https://www.joda.org/joda-time/apidocs/org/joda/time/format/DateTimeFormat.html
"""

import calendar
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlglot import exp

from local.athena.errors import QueryError
from local.athena.trino.functions.failing import invalid
from local.athena.trino.functions.zones import local_moment, zone_name, zone_of
from local.athena.trino.signatures import Call, Function, Native, scalar
from local.athena.trino.types import TIMESTAMP, VARCHAR, ZONED, Type, text

_MOMENT, _ZONED = Type("timestamp"), Type("timestamp with time zone")
_MYSQL = {
    "a": "%a", "b": "%b", "c": "%-m", "d": "%d", "e": "%-d", "f": "%f", "H": "%H", "h": "%I", "I": "%I", "i": "%M",
    "j": "%j", "k": "%-H", "l": "%-I", "M": "%B", "m": "%m", "p": "%p", "r": "%I:%M:%S %p", "S": "%S", "s": "%S",
    "T": "%H:%M:%S", "v": "%V", "W": "%A", "x": "%G", "Y": "%Y", "y": "%y", "%": "%%",
}  # fmt: skip
_NOT_IN_TRINO = "DUuVwX"


def _pattern(call: Call) -> str:
    """The engine's pattern for MySQL's; raises `QueryError`."""
    node = call.nodes[1]
    if not isinstance(node, exp.Literal):
        raise QueryError("NOT_SUPPORTED", f"{call.place}: The format of {call.name} must be written as a text here")

    def engine_sign(found: re.Match[str]) -> str:
        sign = found[1]
        if sign in _NOT_IN_TRINO and sign:
            message = f"{call.place}: %{sign} not currently supported in the date format string"
            raise QueryError("INVALID_FUNCTION_ARGUMENT", message)
        return _MYSQL.get(sign, sign)

    return re.sub(r"%(.?)", engine_sign, node.name)


def _formatted(call: Call) -> str:
    value = call.arguments[0]
    local = f"local_time({value.sql})" if value.type.name == "timestamp with time zone" else value.sql
    return f"strftime(timestamp_truncated({local}), {text(_pattern(call))})"


def _default_year(signs: frozenset[str]) -> str:
    """What Joda takes for the year of a text that has none: 2000 beside a day or month, 1970 for the time of a day."""
    return "" if signs & frozenset("Yyx") else "2000" if signs & frozenset("abcdejMmvW") else "1970"


def _parsed(call: Call) -> str:
    value, pattern = call.arguments[0].sql, _pattern(call)
    failure = f"fail('INVALID_FUNCTION_ARGUMENT: Invalid format: \"' || {value} || '\"')"
    year = _default_year(frozenset(re.findall(r"%(.)", call.nodes[1].name)))
    given = f"'{year} ' || {value}" if year else value
    attempt = f"timestamp_truncated(try_strptime({given}, {text(f'%Y {pattern}' if year else pattern)}))"
    return f"coalesce({attempt}, CASE WHEN {value} IS NOT NULL THEN {failure} END)"


FUNCTIONS: tuple[Function, ...] = (
    scalar("date_format", [_MOMENT, VARCHAR], VARCHAR, _formatted),
    scalar("date_format", [_ZONED, VARCHAR], VARCHAR, _formatted),
    scalar("date_parse", [VARCHAR, VARCHAR], TIMESTAMP, _parsed),
    scalar("format_datetime", [_MOMENT, VARCHAR], VARCHAR, "trino_format_datetime(zoned({0}, 'UTC'), {1})"),
    scalar("format_datetime", [_ZONED, VARCHAR], VARCHAR, "trino_format_datetime({0}, {1})"),
    scalar("parse_datetime", [VARCHAR, VARCHAR], ZONED, "trino_parse_datetime({0}, {1})"),
)
_TOKENS = re.compile(r"'((?:[^']|'')*)'|(([A-Za-z])\3*)|(.)", re.DOTALL)


_NUMBERS: dict[str, Callable[[datetime], int]] = {
    "y": lambda moment: moment.year,
    "Y": lambda moment: moment.year,
    "x": lambda moment: moment.isocalendar()[0],
    "w": lambda moment: moment.isocalendar()[1],
    "e": lambda moment: moment.isoweekday(),
    "D": lambda moment: moment.timetuple().tm_yday,
    "M": lambda moment: moment.month,
    "d": lambda moment: moment.day,
    "H": lambda moment: moment.hour,
    "k": lambda moment: moment.hour or 24,
    "K": lambda moment: moment.hour % 12,
    "h": lambda moment: moment.hour % 12 or 12,
    "m": lambda moment: moment.minute,
    "s": lambda moment: moment.second,
    "C": lambda moment: moment.year // 100,
}


@lru_cache(maxsize=1000)
def _tokens(pattern: str) -> tuple[tuple[str, str], ...]:
    """The pattern's runs of a letter, as that letter and the run, and its other texts, after an empty letter."""
    found = []
    for token in _TOKENS.finditer(pattern):
        quoted, run, letter, other = token.groups()
        plain = other or (quoted.replace("''", "'") if quoted else "'")
        found.append(("", plain) if run is None else (letter, run))
    return tuple(found)


def format_datetime(value: dict[str, Any], pattern: str) -> str:
    moment = local_moment(value)
    return "".join(_shown(letter, run, moment, value["zone"]) for letter, run in _tokens(pattern))


def _shown(letter: str, run: str, moment: datetime, zone: str) -> str:
    size = len(run)
    if not letter:
        return run
    if letter in "Ea" or (letter == "M" and size > 2):
        return moment.strftime({"M": "%B" if size > 3 else "%b", "E": "%A" if size > 3 else "%a"}.get(letter, "%p"))
    if letter in "zZ":
        return _offset(letter, size, moment, zone)
    if letter == "S":
        return f"{moment.microsecond // 1000:03d}"[:size].ljust(size, "0")
    if letter == "G":
        return "AD"
    if letter not in _NUMBERS:
        raise invalid(f"Illegal pattern component: {run}")
    number = _NUMBERS[letter](moment)
    return str(number % 100 if letter in "yYx" and size == 2 else number).zfill(size)


def _offset(letter: str, size: int, moment: datetime, zone: str) -> str:
    if letter == "z":
        return zone if size > 3 else moment.tzname() or zone
    if size > 2:
        return zone
    shown = moment.strftime("%z")
    return shown if size == 1 else f"{shown[:3]}:{shown[3:]}"


_NUMERIC = "yYxweDMdHkKhmsSC"


def parse_datetime(value: str, pattern: str) -> dict[str, Any]:
    letters = [letter for letter, _ in _tokens(pattern) if letter]
    expression = _expression(pattern)
    found = re.fullmatch(expression, value, re.IGNORECASE)
    if not found:
        raise invalid(f'Invalid format: "{value}"')
    try:
        return _moment(dict(zip(letters, found.groups(), strict=True)))
    except (ValueError, KeyError) as error:
        raise invalid(f'Cannot parse "{value}": {error}') from None


@lru_cache(maxsize=1000)
def _expression(pattern: str) -> str:
    """A regular expression with a group for each run of a letter."""
    tokens = _tokens(pattern)
    following = [run[0] for _, run in tokens[1:]] + [""]
    return "".join(
        _expected(letter, len(run), after) if letter else re.escape(run)
        for (letter, run), after in zip(tokens, following, strict=True)
    )


def _expected(letter: str, size: int, following: str) -> str:
    if letter == "M" and size > 2:
        return f"({'|'.join([*calendar.month_name[1:], *calendar.month_abbr[1:]])})"
    if letter == "E":
        return f"({'|'.join([*calendar.day_name, *calendar.day_abbr])})"
    if letter == "a":
        return "(AM|PM)"
    if letter in "zZ":
        return r"(Z|[+-]\d{2}:?\d{2}|[A-Za-z][\w/+-]*)"
    if letter not in _NUMERIC:
        raise invalid(f"Illegal pattern component: {letter * size}")
    if following and (following in _NUMERIC or following.isdigit()):
        return rf"(\d{{{size}}})"
    return r"([+-]?\d+)" if letter in "yYx" else rf"(\d{{1,{max(size, 2 if letter not in 'DS' else 3)}}})"


def _moment(parts: dict[str, str]) -> dict[str, Any]:
    default = "2000" if parts.keys() & set("MdDEew") else "1970"
    year = _year(parts.get("y") or parts.get("Y") or parts.get("x") or default)
    if "w" in parts:
        day = datetime.fromisocalendar(year, int(parts["w"]), int(parts.get("e", "1")))
    elif "D" in parts:
        day = datetime(year, 1, 1) + timedelta(days=int(parts["D"]) - 1)  # noqa: DTZ001 - gets its zone below
    else:
        day = datetime(year, _month(parts.get("M", "1")), int(parts.get("d", "1")))  # noqa: DTZ001 - gets its zone below
    hour = int(parts.get("H") or (int(parts["k"]) % 24 if "k" in parts else 0))
    if "h" in parts or "K" in parts:
        hour = int(parts.get("h") or parts["K"]) % 12 + (12 if parts.get("a", "").upper() == "PM" else 0)
    millis = int(parts.get("S", "0").ljust(3, "0")[:3])
    zone = parts.get("Z") or parts.get("z") or "UTC"
    local = day.replace(
        hour=hour,
        minute=int(parts.get("m", "0")),
        second=int(parts.get("s", "0")),
        microsecond=millis * 1000,
        tzinfo=zone_of(zone),
    )
    return {"at": local.astimezone(UTC).replace(tzinfo=None), "zone": zone_name(zone)}


def _year(shown: str) -> int:
    """Two digits are the year nearest to today's century, as Joda reads them."""
    if len(shown) != 2:
        return int(shown)
    pivot = datetime.now(UTC).year - 30
    return pivot - 50 + (int(shown) - (pivot - 50)) % 100


def _month(shown: str) -> int:
    if shown.isdigit():
        return int(shown)
    return next(index for index, name in enumerate(calendar.month_abbr) if name.lower() == shown[:3].lower())


NATIVES = {
    "trino_format_datetime": Native(format_datetime, "VARCHAR"),
    "trino_parse_datetime": Native(parse_datetime, ZONED.engine),
}
