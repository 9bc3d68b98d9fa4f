"""The trading days of a dataset that have not landed, by the calendar of its contract."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from producers.alpha_vantage.trading import is_finished
from schemas.alpha_vantage import AlphaVantage
from standpipe.connection import Connection
from standpipe.datasets import contract_of

_RANGES_SHOWN: Final = 5


class GapsError(Exception):
    """A dataset without trading days, or whose calendar does not know them; the message says why."""


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
    """A symbol's first and newest day, what is missing between them, and how many trading days have passed since.

    A symbol that never landed does not have a first and a newest day.
    """

    symbol: str
    first: date | None
    newest: date | None
    landed: int
    missing: tuple[Range, ...]
    behind: int

    @property
    def days_missing(self) -> int:
        """How many trading days are missing between the first and the newest."""
        return sum(each.count for each in self.missing)

    def row(self) -> list[str]:
        """The cells of a table: symbol, first, newest, landed, missing, behind, which."""
        if self.first is None:
            return [self.symbol, "", "", "0", "", "", "never landed"]
        more = len(self.missing) - _RANGES_SHOWN
        ranges = [str(each) for each in self.missing[:_RANGES_SHOWN]] + ([f"{more} more"] if more > 0 else [])
        numbers = [str(self.landed), str(self.days_missing), str(self.behind)]
        return [self.symbol, str(self.first), str(self.newest), *numbers, ", ".join(ranges)]


COLUMNS: Final = ("symbol", "first", "newest", "landed", "missing", "behind", "which")


def find(connection: Connection, dataset: str, now: datetime) -> list[Gaps]:
    """The gaps of every symbol that is in the contract or has landed, from the dataset's view.

    Raises `GapsError`, `QueryError` and `UnknownDatasetError`.
    """
    contract = contract_of(dataset)
    if not isinstance(contract.source, AlphaVantage) or contract.source.period == "moment":
        raise GapsError(f"{dataset} has no trading days: it is not an Alpha Vantage series of bars")
    *names, moment = (f'"{name}"' for name in contract.nest)
    if contract.source.period == "intraday":  # bars are in UTC, but trading days are those of the exchange
        moment = f"at_timezone(with_timezone({moment}, 'UTC'), '{contract.source.market.zone}')"
    sql = f'SELECT DISTINCT {", ".join(names)}, CAST({moment} AS date) AS day FROM "{dataset}"'
    landed: dict[str, set[date]] = {symbol: set() for symbol in contract.source.symbols}
    for *path, text in connection.query(sql).rows:
        landed.setdefault("/".join(str(part) for part in path), set()).add(date.fromisoformat(str(text)))
    return gaps(contract.source, landed, now)


def gaps(source: AlphaVantage, landed: Mapping[str, set[date]], now: datetime) -> list[Gaps]:
    """The gaps of each symbol, given the days that it has; raises `GapsError`."""
    every = [day for days in landed.values() for day in days]
    expected = _expected(source, min(every), now) if every else []
    return [_gaps(source, symbol, days, expected) for symbol, days in sorted(landed.items())]


def _gaps(source: AlphaVantage, symbol: str, days: set[date], expected: Sequence[date]) -> Gaps:
    if not days:
        return Gaps(symbol, None, None, 0, (), 0)
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

    known_from = exchange_calendars.get_calendar(source.trading_calendar).bound_min()
    start = first - timedelta(days=7)  # a calendar needs more than one day
    start = max(start, known_from.date()) if known_from else start
    try:
        calendar = exchange_calendars.get_calendar(source.trading_calendar, start=str(start), end=str(now.date()))
    except ValueError as error:  # today is after its last year, or `first` is in the future
        raise GapsError(str(error)) from None
    sessions = [session.date() for session in calendar.sessions if session.date() >= first]
    last_of_each = {_bucket(source)(day): day for day in sessions}
    if source.period == "intraday":
        today = now.astimezone(ZoneInfo(source.market.zone)).date()
        return [day for day in sessions if day < today]
    return [day for day in last_of_each.values() if is_finished(day.isoformat(), source, now)]


def _bucket(source: AlphaVantage) -> Callable[[date], object]:
    """What days have in common that are one row: the day itself, its week or its month."""
    if source.period == "week":
        return lambda day: day.isocalendar()[:2]
    if source.period == "month":
        return lambda day: (day.year, day.month)
    return lambda day: day
