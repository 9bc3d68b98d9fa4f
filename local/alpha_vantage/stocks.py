"""Daily prices of AAPL, FB, GOOG, IBM and MSFT, 2000-03-01 to 2013-03-01, as traded.

Source: Quandl WIKI Prices, public domain, in the package `bokeh_sampledata` (its `licenses/datasets.json` records the
source and its terms). The dividends and splits of the adjusted series are derived: the source's adjustment factor moves
by `split * (close + dividend) / close` on an ex-date.
"""

import csv
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from local.alpha_vantage.documents import Row, Series, newest, size_label
from local.alpha_vantage.packages import data_file

SERIES_KEY = "Time Series (Daily)"
_SMALLEST_SPLIT = 1.5
_UNCHANGED = 1e-6


@dataclass(frozen=True)
class Day:
    date: str
    prices: tuple[str, ...]
    volume: str
    close: float
    adjusted_close: float

    @property
    def factor(self) -> float:
        return self.adjusted_close / self.close


class Event(NamedTuple):
    """Events of a day: a split of 2.0 makes two shares from one; the dividend is dollars per share."""

    split: float
    dividend: float


def days(symbol: str) -> Sequence[Day]:
    """The days of `symbol`, newest first; empty for an unknown symbol."""
    return _days_by_symbol().get(symbol.upper(), ())


def events(newest_first: Sequence[Day]) -> dict[str, Event]:
    """Split and dividend of each day, from how the adjustment factor moved since the trading day before."""
    return {
        day.date: _event(day, before) if before else Event(1.0, 0.0)
        for day, before in pairwise((*newest_first, None))
        if day
    }


def daily(symbol: str, outputsize: str) -> Series | None:
    """TIME_SERIES_DAILY: open, high, low, close with 4 decimals and the volume; None for an unknown symbol."""
    found = days(symbol)
    if not found:
        return None
    rows = [(day.date, (*day.prices, day.volume)) for day in found]
    columns = ("open", "high", "low", "close", "volume")
    return _series("Daily Prices (open, high, low, close) and Volumes", symbol, outputsize, columns, rows)


def daily_adjusted(symbol: str, outputsize: str) -> Series | None:
    """TIME_SERIES_DAILY_ADJUSTED: as `daily` with adjusted close, dividend amount and split coefficient."""
    found = days(symbol)
    if not found:
        return None
    happened = events(found)
    columns = ("open", "high", "low", "close", "adjusted close", "volume", "dividend amount", "split coefficient")
    rows = [_adjusted_row(day, happened[day.date]) for day in found]
    return _series("Daily Time Series with Splits and Dividend Events", symbol, outputsize, columns, rows)


def _series(information: str, symbol: str, outputsize: str, columns: Sequence[str], rows: Sequence[Row]) -> Series:
    meta = {
        "Information": information,
        "Symbol": symbol.upper(),
        "Last Refreshed": rows[0][0],
        "Output Size": size_label(outputsize),
        "Time Zone": "US/Eastern",
    }
    return Series(meta, SERIES_KEY, columns, newest(rows, outputsize))


def _adjusted_row(day: Day, event: Event) -> Row:
    return (
        day.date,
        (*day.prices, f"{day.adjusted_close:.4f}", day.volume, f"{event.dividend:.4f}", f"{event.split:.1f}"),
    )


def _event(day: Day, before: Day) -> Event:
    moved = day.factor / before.factor
    split = float(round(moved)) if moved >= _SMALLEST_SPLIT else 1.0
    paid = moved / split - 1
    return Event(split, day.close * paid if abs(paid) > _UNCHANGED else 0.0)


@cache
def _days_by_symbol() -> dict[str, list[Day]]:
    """Every symbol's days, newest first."""
    path = data_file("bokeh_sampledata", "_data/stocks.csv.gz", "bokeh_sampledata 2026.1 or newer")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        found: dict[str, list[Day]] = {}
        for row in csv.DictReader(file):
            prices = tuple(f"{float(row[name]):.4f}" for name in ("Open", "High", "Low", "Close"))
            day = Day(row["Date"], prices, row["Volume"], float(row["Close"]), float(row["Adj Close"]))
            found.setdefault(row["Ticker"], []).append(day)
    return {symbol: sorted(each, key=lambda day: day.date, reverse=True) for symbol, each in found.items()}
