"""FX documents as producers cut them: one year of daily rates of many pairs, about 450 KB, prices as text."""

import random
from datetime import date, timedelta
from typing import Final

import msgspec

PAIRS: Final = [(base, quote) for base in ("USD", "EUR", "GBP", "CHF") for quote in ("JPY", "AUD", "CAD", "NZD", "SEK")]
WEEKDAYS: Final = [day for number in range(365) if (day := date(2010, 1, 1) + timedelta(days=number)).weekday() < 5]

Document = dict[str, dict[str, dict[str, dict[str, str]]]]


def fx_document(seed: int = 1) -> bytes:
    """A document nested base > quote > date in Alpha Vantage's field names: 20 pairs x 261 days, 475 KB."""
    walk = random.Random(seed)
    document: Document = {}
    for base, quote in PAIRS:
        rate = walk.uniform(0.1, 2)
        days = document.setdefault(base, {}).setdefault(quote, {})
        for day in WEEKDAYS:
            opening, rate = rate, rate * walk.uniform(0.99, 1.01)
            days[day.isoformat()] = {
                "1. open": f"{opening:.4f}",
                "2. high": f"{max(opening, rate) * 1.005:.4f}",
                "3. low": f"{min(opening, rate) * 0.995:.4f}",
                "4. close": f"{rate:.4f}",
            }
    return msgspec.json.encode(document)
