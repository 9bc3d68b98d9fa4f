"""What the texts of an ad-hoc table are, by the data: dates, timestamps and booleans, and what else they look like."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from producers.files.formats.written.numbers import NumberNotation
from schemas.contract import ColumnType
from schemas.date_formats import DateFormat
from schemas.files import Numbers
from standpipe.adhoc.columns import Found
from standpipe.connection import Connection

_DAY: Final = r"^\d{4}-\d{2}-\d{2}$"
_MOMENT: Final = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?$"
"""The forms of dates and timestamps; a cast checks that they exist."""
_BOOLEAN: Final = "^(true|false)$"
_KINDS: Final[tuple[ColumnType, ...]] = ("date", "timestamp", "boolean")
"""What texts of these forms are."""
_SAMPLE_ROWS: Final = 1000
_DAYS: Final = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%d %b %Y", "%d-%b-%Y")
_TIMES: Final = ("", " %H:%M", " %H:%M:%S")
_NUMBERS: Final = (Numbers(","), Numbers(",", "."), Numbers(",", " "), Numbers(".", ","), Numbers(".", " "))
"""How numbers may be written that the crawler takes for texts."""


def with_types(connection: Connection, table: str, columns: tuple[Found, ...]) -> tuple[tuple[Found, ...], bool]:
    """The same columns; those of texts that are all dates, timestamps or booleans to the transform get that type.

    Empty texts do not count. The second value says whether there are any in those columns.
    """
    texts = [column for column in columns if column.type == "string"]
    if not texts:
        return columns, False
    counts = ", ".join(
        f"count({sql}), count_if({sql} = ''), "
        f"count_if(regexp_like({sql}, '{_DAY}') AND try_cast({sql} AS date) IS NOT NULL), "
        f"count_if(regexp_like({sql}, '{_MOMENT}') "
        f"AND try_cast(replace(substr({sql}, 1, 19), 'T', ' ') AS timestamp) IS NOT NULL), "
        f"count_if(regexp_like(lower({sql}), '{_BOOLEAN}'))"
        for sql in (column.sql for column in texts)
    )
    (row,) = connection.query(f'SELECT {counts} FROM "{table}"').rows
    numbers = iter(int(cell or 0) for cell in row)
    kinds: dict[str, ColumnType] = {}
    has_empties = False
    for column in texts:
        values, empties, *matches = (next(numbers) for _ in range(5))
        for kind, count in zip(_KINDS, matches, strict=True):
            if count == values - empties > 0:
                kinds[column.name] = kind
                has_empties |= empties > 0
    return tuple(replace(each, type=kinds.get(each.name, each.type)) for each in columns), has_empties


def hints(connection: Connection, table: str, columns: Sequence[Found]) -> list[str]:
    """What else texts look like in the first rows: numbers and dates in forms that a contract would have to give."""
    texts = [column for column in columns if column.type == "string"]
    if not texts:
        return []
    rows = connection.query(f'SELECT {", ".join(each.sql for each in texts)} FROM "{table}" LIMIT {_SAMPLE_ROWS}').rows
    found: dict[str, list[str]] = {}
    for at, column in enumerate(texts):
        values = {cell for row in rows if (cell := row[at])}
        for hint in _hints(values) if values else ():
            found.setdefault(hint, []).append(column.name)
    return [f"{', '.join(names)}: {hint}" for hint, names in found.items()]


def _hints(values: set[str]) -> Iterator[str]:
    marks = [each for each in _NUMBERS if _are_numbers(values, each)]
    if marks:
        forms = [_marks(each) for each in marks]
        yield f"if these are numbers, the type is double or decimal, and `source` needs numbers: {' or '.join(forms)}"
    for time in _TIMES:
        if days := [day for day in _DAYS if all(map(DateFormat(day + time).iso, values))]:
            kind = "timestamp" if time else "date"
            forms = [f'"{day}{time}"' for day in days]
            yield f"if these are dates, the type is {kind}, and `source` needs dates: {' or '.join(forms)}"


def _marks(marks: Numbers) -> str:
    """The marks as a contract has them, without those that are the default."""
    plain = Numbers()
    said = {"decimal": (marks.decimal, plain.decimal), "thousands": (marks.thousands, plain.thousands)}
    return "{" + ", ".join(f'{key}: "{mark}"' for key, (mark, default) in said.items() if mark != default) + "}"


def _are_numbers(values: set[str], marks: Numbers) -> bool:
    """Whether all are numbers by these marks, and some could not be without them."""
    mark, pattern = marks.thousands or marks.decimal, NumberNotation(marks).pattern
    return any(mark in value for value in values) and all(re.match(pattern, value) for value in values)
