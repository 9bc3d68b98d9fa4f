"""Weekly and monthly prices of shares, derived from the daily ones: always the full history, as from the service."""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import groupby

from local.alpha_vantage.documents import Row, Series
from local.alpha_vantage.stocks import Day, Event, days, events

_PRICES = ("open", "high", "low", "close")


def weekly(symbol: str) -> Series | None:
    """TIME_SERIES_WEEKLY: one row per week, dated by its last trading day; None for an unknown symbol."""
    return _plain(symbol, "Weekly", _week)


def monthly(symbol: str) -> Series | None:
    """TIME_SERIES_MONTHLY: one row per month, dated by its last trading day; None for an unknown symbol."""
    return _plain(symbol, "Monthly", _month)


def weekly_adjusted(symbol: str) -> Series | None:
    """TIME_SERIES_WEEKLY_ADJUSTED: as `weekly`, with adjusted close and the week's dividends."""
    return _adjusted(symbol, "Weekly", _week)


def monthly_adjusted(symbol: str) -> Series | None:
    """TIME_SERIES_MONTHLY_ADJUSTED: as `monthly`, with adjusted close and the month's dividends."""
    return _adjusted(symbol, "Monthly", _month)


def _plain(symbol: str, word: str, period: Callable[[Day], str]) -> Series | None:
    found = days(symbol)
    if not found:
        return None
    rows = [(each[0].date, (*_prices(each), _volume(each))) for each in _grouped(found, period)]
    information = f"{word} Prices (open, high, low, close) and Volumes"
    return _series(symbol, information, f"{word} Time Series", (*_PRICES, "volume"), rows)


def _adjusted(symbol: str, word: str, period: Callable[[Day], str]) -> Series | None:
    found = days(symbol)
    if not found:
        return None
    paid = events(found)
    columns = (*_PRICES, "adjusted close", "volume", "dividend amount")
    rows = [
        (each[0].date, (*_prices(each), f"{each[0].adjusted_close:.4f}", _volume(each), _dividends(each, paid)))
        for each in _grouped(found, period)
    ]
    information = f"{word} Adjusted Prices and Volumes"
    return _series(symbol, information, f"{word} Adjusted Time Series", columns, rows)


def _grouped(newest_first: Sequence[Day], period: Callable[[Day], str]) -> list[list[Day]]:
    return [list(each) for _, each in groupby(newest_first, period)]


def _week(day: Day) -> str:
    year, week, _ = date.fromisoformat(day.date).isocalendar()
    return f"{year}-{week}"


def _month(day: Day) -> str:
    return day.date[: len("2010-01")]


def _prices(newest_first: Sequence[Day]) -> tuple[str, str, str, str]:
    """Open of the first day, highest, lowest, close of the last day."""
    return (
        newest_first[-1].prices[0],
        max((day.prices[1] for day in newest_first), key=float),
        min((day.prices[2] for day in newest_first), key=float),
        newest_first[0].prices[3],
    )


def _volume(each: Sequence[Day]) -> str:
    return str(sum(int(day.volume) for day in each))


def _dividends(each: Sequence[Day], paid: dict[str, Event]) -> str:
    return f"{sum(paid[day.date].dividend for day in each):.4f}"


def _series(symbol: str, information: str, key: str, columns: Sequence[str], rows: Sequence[Row]) -> Series:
    meta = {
        "Information": information,
        "Symbol": symbol.upper(),
        "Last Refreshed": rows[0][0],
        "Time Zone": "US/Eastern",
    }
    return Series(meta, key, columns, rows)
