"""The letters of DateTimeFormatter's patterns: what each writes, by how often it is repeated.

Weeks are those of Java's Locale.US: they begin on Sunday, and January 1 is in week 1.
"""

import calendar
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

Written = Callable[[datetime], str]
Number = Callable[[datetime], int]
Field = Callable[[str, int], Written]
"""From a letter and its count to the function that writes it; raises ValueError in Java's words."""

_DAYS = (calendar.day_name[-1], *calendar.day_name[:-1])
_MONTHS = calendar.month_name[1:]
_QUARTERS = ("1st quarter", "2nd quarter", "3rd quarter", "4th quarter")
_MOST_DIGITS = 19
_FULL, _NARROW = 4, 5
_NANOS = 1_000_000_000


def field(letter: str, count: int) -> Written:
    """What writes `count` times `letter`; raises ValueError."""
    if letter not in _FIELDS:
        raise ValueError(f"Unknown pattern letter: {letter}")
    return _FIELDS[letter](letter, count)


def _at_most(most: int, letter: str, count: int) -> None:
    if count > most:
        raise ValueError(f"Too many pattern letters: {letter}")


def _number(most: int, value: Number) -> Field:
    def build(letter: str, count: int) -> Written:
        _at_most(most, letter, count)
        return lambda moment: f"{value(moment):0{count}d}"

    return build


def _long_number(value: Number) -> Field:
    def build(_: str, count: int) -> Written:
        if count > _MOST_DIGITS:
            raise ValueError(f"The minimum width must be from 1 to {_MOST_DIGITS} inclusive but was {count}")
        return lambda moment: f"{value(moment):0{count}d}"

    return build


def _year(value: Number) -> Field:
    def build(letter: str, count: int) -> Written:
        if count == 2:
            return lambda moment: f"{value(moment) % 100:02d}"
        return _long_number(value)(letter, count)

    return build


def _named(value: Number, names: Sequence[str], short: Sequence[str], narrow: Sequence[str], numbers: int) -> Field:
    """A number, counted from 1, where the letter is repeated up to `numbers` times; else its name."""

    def build(letter: str, count: int) -> Written:
        _at_most(_NARROW, letter, count)
        if count <= numbers:
            return lambda moment: f"{value(moment):0{count}d}"
        written = {_FULL: names, _NARROW: narrow}.get(count, short)
        return lambda moment: written[value(moment) - 1]

    return build


def _month() -> Field:
    return _named(lambda m: m.month, _MONTHS, [n[:3] for n in _MONTHS], [n[0] for n in _MONTHS], 2)


def _quarter() -> Field:
    return _named(lambda m: (m.month + 2) // 3, _QUARTERS, ("Q1", "Q2", "Q3", "Q4"), ("1", "2", "3", "4"), 2)


def _day_of_week(numbers: int) -> Field:
    return _named(_after_sunday_from_1, _DAYS, [n[:3] for n in _DAYS], [n[0] for n in _DAYS], numbers)


def _standalone_day(letter: str, count: int) -> Written:
    if count == 2:
        raise ValueError('Invalid pattern "cc"')
    return _day_of_week(1)(letter, count)


def _half_of_day(letter: str, count: int) -> Written:
    _at_most(1, letter, count)
    return lambda moment: "AM" if moment.hour < 12 else "PM"


def _fraction(_: str, count: int) -> Written:
    if count > 9:
        raise ValueError(f"Minimum width must be from 0 to 9 inclusive but was {count}")
    return lambda moment: f"{_nano(moment):09d}"[:count]


def _after_sunday_from_1(moment: datetime) -> int:
    return moment.isoweekday() % 7 + 1


def _saturday(moment: datetime) -> date:
    """The last day of the week: the year of a week is the year of its Saturday."""
    return moment.date() + timedelta(days=7 - _after_sunday_from_1(moment))


def _week_of_year(moment: datetime) -> int:
    return (_saturday(moment).timetuple().tm_yday + 6) // 7


def _week_of_month(moment: datetime) -> int:
    return (moment.day - 1 + moment.replace(day=1).isoweekday() % 7) // 7 + 1


def _nano(moment: datetime) -> int:
    return moment.microsecond * 1000


def _nano_of_day(moment: datetime) -> int:
    return (moment.hour * 3600 + moment.minute * 60 + moment.second) * _NANOS + _nano(moment)


def _zone_id(letter: str, count: int) -> Written:
    if count != 2:
        raise ValueError(f"Pattern letter count must be 2: {letter}")
    return lambda moment: str(moment.tzinfo)


def _zone_name(letter: str, count: int) -> Written:
    """The IANA database's abbreviation; Java has names of its own for zones where that is a number, e.g. BRT."""
    _at_most(_FULL, letter, count)
    if count == _FULL:
        raise ValueError("zzzz, the full name of the time zone, is not available in this local Firehose; use z or VV")
    return lambda moment: moment.tzname() or ""


def _localized_offset(letter: str, count: int) -> Written:
    if count not in (1, _FULL):
        raise ValueError(f"Pattern letter count must be 1 or 4: {letter}")
    return lambda moment: _gmt(moment, short=count == 1)


def _offset(zero: Callable[[int], str]) -> Field:
    def build(letter: str, count: int) -> Written:
        _at_most(5, letter, count)
        return lambda moment: _signed(moment, count) if moment.utcoffset() else zero(count)

    return build


def _rfc_offset(letter: str, count: int) -> Written:
    if count == _FULL:
        return lambda moment: _gmt(moment, short=False)
    if count < _FULL:
        return lambda moment: _signed(moment, 2)
    return _offset(lambda _: "Z")(letter, count)


def _signed(moment: datetime, count: int) -> str:
    """`+09` or `+0530` for 1, `+09:00` for 3 and 5, else `+0900`."""
    sign, hours, minutes = _hours_and_minutes(moment)
    if count == 1 and not minutes:
        return f"{sign}{hours:02d}"
    return f"{sign}{hours:02d}{':' if count in (3, 5) else ''}{minutes:02d}"


def _gmt(moment: datetime, *, short: bool) -> str:
    if not moment.utcoffset():
        return "GMT"
    sign, hours, minutes = _hours_and_minutes(moment)
    if short:
        return f"GMT{sign}{hours}" + (f":{minutes:02d}" if minutes else "")
    return f"GMT{sign}{hours:02d}:{minutes:02d}"


def _hours_and_minutes(moment: datetime) -> tuple[str, int, int]:
    minutes = int((moment.utcoffset() or timedelta()).total_seconds()) // 60
    return "-" if minutes < 0 else "+", abs(minutes) // 60, abs(minutes) % 60


_FIELDS: dict[str, Field] = {
    "G": _named(lambda _: 1, ("Anno Domini",), ("AD",), ("A",), 0),
    "u": _year(lambda m: m.year),
    "y": _year(lambda m: m.year),
    "Y": _year(lambda m: _saturday(m).year),
    "Q": _quarter(),
    "q": _quarter(),
    "M": _month(),
    "L": _month(),
    "w": _number(2, _week_of_year),
    "W": _number(1, _week_of_month),
    "D": _number(3, lambda m: m.timetuple().tm_yday),
    "d": _number(2, lambda m: m.day),
    "F": _number(1, lambda m: (m.day - 1) % 7 + 1),  # not the week of the month, which it became in Java 19
    "E": _day_of_week(0),
    "e": _day_of_week(2),
    "c": _standalone_day,
    "a": _half_of_day,
    "H": _number(2, lambda m: m.hour),
    "k": _number(2, lambda m: m.hour or 24),
    "K": _number(2, lambda m: m.hour % 12),
    "h": _number(2, lambda m: m.hour % 12 or 12),
    "m": _number(2, lambda m: m.minute),
    "s": _number(2, lambda m: m.second),
    "S": _fraction,
    "A": _long_number(lambda m: _nano_of_day(m) // 1_000_000),
    "n": _long_number(_nano),
    "N": _long_number(_nano_of_day),
    "V": _zone_id,
    "z": _zone_name,
    "O": _localized_offset,
    "X": _offset(lambda _: "Z"),
    "x": _offset(lambda count: ("+00", "+0000", "+00:00", "+0000", "+00:00")[count - 1]),
    "Z": _rfc_offset,
}
