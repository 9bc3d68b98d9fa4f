"""The trading days of a dataset that have not landed, by the calendar of its contract."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from producers.alpha_vantage.trading import is_finished
from schemas.alpha_vantage import AlphaVantage
from standpipe.connection import Connection
from standpipe.datasets import contract_of

_RANGES_SHOWN: Final = 5


class GapsError(Exception):
    """A dataset without trading days; the message says why."""


@dataclass(frozen=True)
class Range:
    """Consecutive trading days, `count` of them."""

    first: date
    last: date
    count: int

    def __str__(self) -> str:
        return str(self.first) if self.count == 1 else f"{self.first} to {self.last} ({self.count} days)"


@dataclass(frozen=True)
class Gaps:
    """A symbol's first and newest day, what is missing between them, and how many trading days have passed since."""

    symbol: str
    first: date
    newest: date
    landed: int
    missing: tuple[Range, ...]
    behind: int

    @property
    def days_missing(self) -> int:
        """How many trading days are missing between the first and the newest."""
        return sum(each.count for each in self.missing)

    def row(self) -> list[str]:
        """The cells of a table: symbol, first, newest, landed, missing, behind, which."""
        more = len(self.missing) - _RANGES_SHOWN
        ranges = [str(each) for each in self.missing[:_RANGES_SHOWN]] + ([f"{more} more"] if more > 0 else [])
        numbers = [str(self.landed), str(self.days_missing), str(self.behind)]
        return [self.symbol, str(self.first), str(self.newest), *numbers, ", ".join(ranges)]


COLUMNS: Final = ("symbol", "first", "newest", "landed", "missing", "behind", "which")


def find(connection: Connection, dataset: str, now: datetime) -> list[Gaps]:
    """The gaps of every symbol that has landed, from the dataset's view.

    Raises `GapsError`, `QueryError` and `UnknownDatasetError`.
    """
    contract = contract_of(dataset)
    if not isinstance(contract.source, AlphaVantage) or contract.source.period == "moment":
        raise GapsError(f"{dataset} has no trading days: it is not an Alpha Vantage series of bars")
    *names, day = (f'"{name}"' for name in contract.nest)
    sql = f"SELECT DISTINCT {', '.join(names)}, CAST({day} AS date) AS day FROM {dataset}"
    landed: dict[str, set[date]] = {}
    for *path, text in connection.query(sql).rows:
        landed.setdefault("/".join(str(part) for part in path), set()).add(date.fromisoformat(str(text)))
    return gaps(contract.source, landed, now)


def gaps(source: AlphaVantage, landed: Mapping[str, set[date]], now: datetime) -> list[Gaps]:
    """The gaps of each symbol, given the days that it has."""
    if not landed:
        return []
    expected = _expected(source, min(min(days) for days in landed.values()), now)
    return [_gaps(source, symbol, days, expected) for symbol, days in sorted(landed.items())]


def _gaps(source: AlphaVantage, symbol: str, days: set[date], expected: Sequence[date]) -> Gaps:
    bucket = _bucket(source)
    there, first, newest = {bucket(day) for day in days}, min(days), max(days)
    missing = [day not in days and first < day < newest and bucket(day) not in there for day in expected]
    behind = sum(day > newest and bucket(day) not in there for day in expected)
    return Gaps(symbol, first, newest, len(days), tuple(_ranges(expected, missing)), behind)


def _ranges(expected: Sequence[date], missing: Iterable[bool]) -> Iterator[Range]:
    for is_missing, run in groupby(zip(expected, missing, strict=True), lambda each: each[1]):
        if is_missing:
            days = [day for day, _ in run]
            yield Range(days[0], days[-1], len(days))


def _expected(source: AlphaVantage, first: date, now: datetime) -> list[date]:
    """The finished trading days from `first` on; for weeks and months only the last day of each."""
    import exchange_calendars  # it imports pandas, which no other command needs

    week_before = first - timedelta(days=7)  # a calendar needs more than one day
    calendar = exchange_calendars.get_calendar(source.trading_calendar, start=str(week_before), end=str(now.date()))
    sessions = [session.date() for session in calendar.sessions if session.date() >= first]
    last_of_each = {_bucket(source)(day): day for day in sessions}
    if source.period == "intraday":
        return [day for day in sessions if day < now.date()]
    return [day for day in last_of_each.values() if is_finished(day.isoformat(), source, now)]


def _bucket(source: AlphaVantage) -> Callable[[date], object]:
    """What days have in common that are one row: the day itself, its week or its month."""
    if source.period == "week":
        return lambda day: day.isocalendar()[:2]
    if source.period == "month":
        return lambda day: (day.year, day.month)
    return lambda day: day
