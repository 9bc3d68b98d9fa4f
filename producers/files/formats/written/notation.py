"""What the columns' texts mean, by what the contract says of them."""

from typing import Any, Protocol

from producers.files.formats.written.booleans import BooleanNotation
from producers.files.formats.written.dates import DateNotation
from producers.files.formats.written.numbers import NumberNotation
from schemas.contract import NUMBERS, Column, Contract
from schemas.date_formats import date_formats
from schemas.files import Booleans, Files, Numbers


class Notation(Protocol):
    """How the values of a column are written."""

    as_they_are: str
    """A regular expression of texts that need no other form; empty where there are none."""
    reads_numbers: bool
    """Whether numbers in formats that have such, like JSON, are read as if they were texts."""

    def plain(self, column: str, text: str) -> str:
        """`text` in the form that the transform knows; raises `RowError` when it is not such a value."""
        ...


def notations(contract: Contract, options: Files) -> dict[str, Notation]:
    """The notations of those columns for which the contract has one."""
    found = {column.name: _notation(column, options) for column in contract.columns}
    return {name: notation for name, notation in found.items() if notation}


def is_written(value: Any, notation: Notation) -> bool:
    """Whether `notation` says what a value means."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str) or (notation.reads_numbers and is_number)


def make_plain(row: dict[str, str | None], by_column: dict[str, Notation]) -> None:
    """Make the values in `row` plain; raises `RowError`."""
    for column, notation in by_column.items():
        if value := row.get(column):
            row[column] = notation.plain(column, value)


def _notation(column: Column, options: Files) -> Notation | None:
    if column.type in NUMBERS and options.numbers != Numbers():
        return NumberNotation(options.numbers)
    if column.type in ("date", "timestamp") and options.dates:
        return DateNotation(date_formats(options.date_texts), column.type == "date")
    if column.type == "boolean" and options.booleans != Booleans():
        return BooleanNotation(options.booleans)
    return None
