"""Java's parsers of dates and times, as used by the SerDes; the time zone is UTC.

https://docs.oracle.com/javase/8/docs/api/java/sql/Timestamp.html#valueOf-java.lang.String-
https://docs.oracle.com/javase/8/docs/api/java/sql/Date.html#valueOf-java.lang.String-
"""

import re
from datetime import date, timedelta

NANOSECONDS = 10**9
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_TIME = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2}) (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?", re.ASCII)
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def timestamp_value_of(text: str) -> int:
    """`java.sql.Timestamp.valueOf`: epoch nanoseconds of `yyyy-[m]m-[d]d hh:mm:ss[.f...]`; raises ValueError.

    Days, hours, minutes and seconds past their end roll over: February 30 is March 2.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError("Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]")
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    days = _checked(year, month, day).toordinal() - _EPOCH_DAY
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    return seconds * NANOSECONDS + int((match.group(7) or "").ljust(9, "0"))


def date_value_of(text: str) -> date:
    """`java.sql.Date.valueOf`: the day of `yyyy-[m]m-[d]d`; day 30 of February is March 2. Raises ValueError."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a date")
    return _checked(*map(int, match.groups()))


def lenient_date(text: str) -> date:
    """`SimpleDateFormat("yyyy-MM-dd")` for a whole text: months roll over like days. Raises ValueError."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a date")
    return _rolled(*map(int, match.groups()))


def _checked(year: int, month: int, day: int) -> date:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise ValueError(f"month {month}, day {day} is not a date")
    return _rolled(year, month, day)


def _rolled(year: int, month: int, day: int) -> date:
    """Raises ValueError outside of the years 1 to 9999."""
    months = year * 12 + month - 1
    try:
        return date(months // 12, months % 12 + 1, 1) + timedelta(days=day - 1)
    except OverflowError as error:
        raise ValueError(f"year {year} is out of range") from error
