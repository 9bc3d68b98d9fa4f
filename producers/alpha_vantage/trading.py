"""Which rows of a series are finished, and which must be there by now: from the clock and the market's hours.

Holidays are not known here: a day too many is asked for, none is taken for finished too early.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.alpha_vantage import AlphaVantage

_DAY = timedelta(days=1)
_SATURDAY = 5
_LONGER_THAN_ANY = timedelta(days=33)
"""No row spans more: a month, in whatever time zone."""


def is_finished(key: str, source: AlphaVantage, now: datetime) -> bool:
    """Whether the row of `key` will not change any more because its time is over; `now` is in UTC.

    `key` is a date, or a date and time in UTC. What is neither counts as finished.
    What ends after the year 9999 does not.
    """
    try:
        started = datetime.fromisoformat(key)
    except ValueError:
        return True
    try:
        return _is_over(started, source, now)
    except OverflowError:
        return False


def _is_over(started: datetime, source: AlphaVantage, now: datetime) -> bool:
    if source.period == "moment" or started.date() + _LONGER_THAN_ANY < now.date():
        return True
    if source.period == "intraday":
        return started.replace(tzinfo=UTC) + bar_length(source) <= now
    return _end(started.date(), source) <= now


def due(source: AlphaVantage, now: datetime) -> str | None:
    """The earliest date that the newest finished row can have; None where that is not known."""
    if source.period in ("moment", "intraday"):
        return None
    day = now.astimezone(ZoneInfo(source.market.zone)).date()
    while _end(day, source) > now or not _is_traded(day, source):
        day -= _DAY
    if source.period == "week":
        day -= day.weekday() * _DAY
    if source.period == "month":
        day = day.replace(day=1)
    return day.isoformat()


def bar_length(source: AlphaVantage) -> timedelta:
    """What one row of a daily or intraday series spans."""
    return timedelta(minutes=int(source.interval.removesuffix("min"))) if source.interval else _DAY


def _end(day: date, source: AlphaVantage) -> datetime:
    """When the period that `day` is in ends: a day when its market closes, a week on Saturday, a month at its end."""
    zone = ZoneInfo(source.market.zone)
    if source.period == "week":
        return datetime.combine(day + (_SATURDAY - day.weekday()) % 7 * _DAY, time(), zone)
    if source.period == "month":
        return datetime.combine((day.replace(day=1) + 31 * _DAY).replace(day=1), time(), zone)
    if source.market.closes == "24:00":
        return datetime.combine(day + _DAY, time(), zone)
    return datetime.combine(day, time.fromisoformat(source.market.closes), zone)


def _is_traded(day: date, source: AlphaVantage) -> bool:
    return source.trading_calendar == "24/7" or day.weekday() < _SATURDAY
