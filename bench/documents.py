"""FX documents of about 450 KB, nested base > quote > date, prices as text under Alpha Vantage's field names."""

import random
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

import msgspec

PAIRS: Final = [(base, quote) for base in ("USD", "EUR", "GBP", "CHF") for quote in ("JPY", "AUD", "CAD", "NZD", "SEK")]
WEEKDAYS: Final = [day for number in range(7308) if (day := date(1999, 1, 1) + timedelta(days=number)).weekday() < 5]

Document = dict[str, dict[str, dict[str, dict[str, str]]]]


def one_year_of_many_pairs() -> bytes:
    """20 pairs x the 261 weekdays of 2010, as producers split it: one partition; each day's key occurs 20 times."""
    return _document(PAIRS, [day for day in WEEKDAYS if day.year == 2010])


def some_years_of_some_pairs() -> bytes:
    """4 pairs x the 1,305 weekdays from 1999 to 2003: every day's key occurs 4 times."""
    return _document(PAIRS[:4], [day for day in WEEKDAYS if day.year < 2004])


def many_years_of_one_pair() -> bytes:
    """One pair x 5,220 weekdays: no key occurs twice."""
    return _document(PAIRS[:1], WEEKDAYS)


def _document(pairs: Iterable[tuple[str, str]], days: list[date]) -> bytes:
    walk = random.Random(1)
    document: Document = {}
    for base, quote in pairs:
        rate = walk.uniform(0.1, 2)
        rows = document.setdefault(base, {}).setdefault(quote, {})
        for day in days:
            opening, rate = rate, min(max(rate * walk.uniform(0.99, 1.01), 0.1), 2.0)
            rows[day.isoformat()] = {
                "1. open": f"{opening:.4f}",
                "2. high": f"{max(opening, rate) * 1.005:.4f}",
                "3. low": f"{min(opening, rate) * 0.995:.4f}",
                "4. close": f"{rate:.4f}",
            }
    return msgspec.json.encode(document)
