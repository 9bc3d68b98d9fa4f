"""Alpha Vantage's documents: a series as JSON (indent 4, text values, newest first) or as CSV."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

COMPACT_POINTS = 100
"""Points of an `outputsize=compact` answer, the newest ones."""

Row = tuple[str, tuple[str, ...]]
"""A date (`yyyy-MM-dd`) and its values, as the text that is sent."""


@dataclass(frozen=True)
class Answer:
    """What is sent."""

    body: str
    status: int = 200
    content_type: str = "application/json"


@dataclass(frozen=True)
class Series:
    """One series. `rows` are newest first; `columns` name the values, without Alpha Vantage's numbers."""

    meta: Mapping[str, str]
    key: str
    columns: Sequence[str]
    rows: Sequence[Row]

    def json(self) -> Answer:
        labels = numbered(self.columns)
        days = {day: dict(zip(labels, values, strict=True)) for day, values in self.rows}
        return json_answer({"Meta Data": with_numbers(self.meta), self.key: days})

    def csv(self) -> Answer:
        lines = [",".join(["timestamp", *(name.replace(" ", "_") for name in self.columns)])]
        lines += [",".join([day, *values]) for day, values in self.rows]
        return Answer("\r\n".join(lines) + "\r\n", content_type="application/x-download")


def numbered(names: Sequence[str]) -> list[str]:
    """Keys as Alpha Vantage writes them: `["open", "high"]` gives `["1. open", "2. high"]`."""
    return [f"{number}. {name}" for number, name in enumerate(names, start=1)]


def with_numbers(values: Mapping[str, str]) -> dict[str, str]:
    """The same values under Alpha Vantage's numbered keys."""
    return dict(zip(numbered(list(values)), values.values(), strict=True))


def newest(rows: Sequence[Row], outputsize: str) -> Sequence[Row]:
    """All rows for `full`, the newest 100 for `compact`."""
    return rows if outputsize == "full" else rows[:COMPACT_POINTS]


def size_label(outputsize: str) -> str:
    return "Full size" if outputsize == "full" else "Compact"


def json_answer(document: Mapping[str, object]) -> Answer:
    return Answer(msgspec.json.format(msgspec.json.encode(document), indent=4).decode())
