"""Time zones as Trino names and shows them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from local.athena.errors import NO_SUCH_YEAR
from local.athena.trino.functions.failing import TrinoError

_ZONED = re.compile(
    r"\s*(\d{4,}-\d{1,2}-\d{1,2})(?: (\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?)?\s*"
    r"(Z|[A-Za-z][\w/+-]*|[+-]\d{2}:?\d{2})\s*"
)
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")


def zone_of(name: str) -> tzinfo:
    """The zone of a name or of an offset such as `+01:00`; raises `ValueError` for one that does not exist."""
    found = _OFFSET.fullmatch(name)
    if found:
        minutes = int(found[2]) * 60 + int(found[3])
        return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))
    try:
        return UTC if name in ("UTC", "Z") else ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError(f"'{name}' is not a valid time zone") from None


def zone_name(name: str) -> str:
    """The name that Trino shows: `Z` and zero are UTC, offsets have a colon."""
    found = _OFFSET.fullmatch(name)
    if found:
        return "UTC" if found[2] + found[3] == "0000" else f"{found[1]}{found[2]}:{found[3]}"
    return "UTC" if name == "Z" else name


def local_moment(value: Mapping[str, Any]) -> datetime:
    """A time with its zone, on that zone's clocks; raises `TrinoError` for a year that Python does not have."""
    at = value["at"]
    if not isinstance(at, datetime):  # the engine gives the text of such a time
        raise TrinoError("NOT_SUPPORTED", NO_SUCH_YEAR)
    return at.replace(tzinfo=UTC).astimezone(zone_of(value["zone"]))


def moment(
    day: str, hour: str | None, minute: str | None, second: str | None, fraction: str | None, *, digits: int = 6
) -> datetime:
    """The parts of a time in a text, rounded half up; raises `ValueError` for a time that does not exist."""
    year, month, day_of_month = map(int, day.split("-"))
    hours, minutes, seconds = (int(each or 0) for each in (hour, minute, second))
    at = datetime(year, month, day_of_month, hours, minutes, seconds)  # noqa: DTZ001 - the zone is apart
    return at + timedelta(microseconds=_rounded(fraction or "", digits) * 10 ** (6 - digits))


def _rounded(fraction: str, digits: int) -> int:
    padded = fraction.ljust(digits + 1, "0")
    return int(f"0{padded[:digits]}") + (padded[digits] >= "5")


def zoned_parts(value: str, digits: int = 6) -> tuple[datetime, str, int] | None:
    """UTC time rounded half up, zone and written digits of the second of `2020-01-01 10:00:00.1 Europe/London`; None
    for another text."""
    found = _ZONED.fullmatch(value)
    if not found:
        return None
    day, hour, minute, second, fraction, zone = found.groups()
    try:
        local = moment(day, hour, minute, second, fraction, digits=digits).replace(tzinfo=zone_of(zone))
    except (ValueError, OverflowError):
        return None
    return local.astimezone(UTC).replace(tzinfo=None), zone_name(zone), len(fraction or "")
