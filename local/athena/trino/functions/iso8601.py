"""Texts of ISO 8601 as `from_iso8601_timestamp` and `from_iso8601_date` read them: in every form of Joda-Time's parser.

https://trino.io/docs/current/functions/datetime.html
https://www.joda.org/joda-time/apidocs/org/joda/time/format/ISODateTimeFormat.html#dateTimeParser--
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from local.athena.trino.functions.failing import invalid
from local.athena.trino.functions.zones import zone_name, zone_of

_ISO_DATE = re.compile(r"(\d{4,9})(?:-W(\d{1,2})(?:-(\d))?|-(\d{3})|-(\d{1,2})(?:-(\d{1,2}))?)?")
_ISO_CLOCK = r"(\d{1,2})(?::(\d{1,2})(?::(\d{1,2}))?)?(?:[.,](\d+))?"
_ISO = re.compile(rf"([^T]*)(?:T(?:{_ISO_CLOCK})?(Z|[+-]\d{{2}}(?::?\d{{2}})?)?)?")


def from_iso8601_timestamp(value: str) -> dict[str, Any]:
    """A date, a time or both; the last part of the time can have a fraction."""
    found = _ISO.fullmatch(value)
    if not found or not (found[1] or found[2]):
        raise invalid(f'Invalid format: "{value}"')
    day, hour, minute, second, fraction, where = found.groups()
    name = zone_name("Z" if where is None else f"{where}:00" if len(where) == len("+01") else where)
    unit = timedelta(seconds=1) if second else timedelta(minutes=1) if minute else timedelta(hours=1)
    rest = int(Decimal(f"0.{fraction or 0}") * (unit // timedelta(milliseconds=1)))
    try:
        clock = time(int(hour or 0), int(minute or 0), int(second or 0), tzinfo=zone_of(name))
        moment = datetime.combine(_iso_date(day or "1970"), clock) + timedelta(milliseconds=rest)
        return {"at": moment.astimezone(UTC).replace(tzinfo=None), "zone": name}
    except (ValueError, OverflowError):
        raise invalid(f'Invalid format: "{value}"') from None


def from_iso8601_date(value: str) -> date:
    try:
        return _iso_date(value)
    except ValueError:
        raise invalid(f'Invalid format: "{value}"') from None


def _iso_date(value: str) -> date:
    """A calendar date, a week date or a day of a year; raises `ValueError`."""
    found = _ISO_DATE.fullmatch(value)
    if not found:
        raise ValueError(value)
    year, week, weekday, day_of_year, month, day = (int(each) if each else None for each in found.groups())
    if week is not None:
        return date.fromisocalendar(year or 0, week, 1 if weekday is None else weekday)
    if day_of_year is not None:
        found_day = date(year or 0, 1, 1) + timedelta(days=day_of_year - 1)
        if found_day.year != year:
            raise ValueError(value)
        return found_day
    return date(year or 0, 1 if month is None else month, 1 if day is None else day)
