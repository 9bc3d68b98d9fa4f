"""Real exchange rates as a nested document, for the demo to drop as a file."""

from collections.abc import Iterable

from local.alpha_vantage import fx
from local.alpha_vantage.documents import numbered

Document = dict[str, dict[str, dict[str, dict[str, str]]]]


def fx_document(pairs: Iterable[str]) -> Document:
    """ECB reference rates as `{base: {quote: {date: {"1. open": …}}}}`, for pairs such as `USD/SEK`."""
    document: Document = {}
    for pair in pairs:
        base, quote = pair.split("/")
        series = fx.daily(base, quote, "full")
        assert series is not None, pair
        labels = numbered(series.columns)
        days = {day: dict(zip(labels, values, strict=True)) for day, values in series.rows}
        document.setdefault(base, {})[quote] = days
    return document
