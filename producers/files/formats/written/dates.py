"""Dates and moments as people write them, turned into ISO form."""

import re
from collections.abc import Sequence
from typing import Final

from producers.files.formats.reading import RowError
from schemas.date_formats import DateFormat
from schemas.epochs import Epoch

_DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME: Final = r"[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
_MIDNIGHT: Final = " 00:00:00"


class DateNotation:
    """`31.12.2026` becomes `2026-12-31`, ISO form stays. In a column of `days`, midnights are days."""

    as_they_are = f"{_DAY}(?:{_TIME})?"
    _iso: Final = re.compile(as_they_are, re.ASCII)

    def __init__(self, formats: Sequence[DateFormat | Epoch], days: bool) -> None:
        self.formats = formats
        self.reads_numbers = any(isinstance(form, Epoch) for form in formats)
        self.days = days

    def plain(self, column: str, text: str) -> str:
        """`text` in ISO form; raises `RowError`."""
        stripped = text.strip()
        for form in self.formats:
            if iso := form.iso(stripped):
                return self._as_due(column, text, iso)
        if self._iso.fullmatch(stripped):
            return stripped
        raise self._refused(column, text)

    def _as_due(self, column: str, text: str, iso: str) -> str:
        day = iso.removesuffix(_MIDNIGHT) if self.days else iso
        if self.days and len(day) > len("2026-12-31"):
            raise RowError(f"{column} is {text!r}, which is not a midnight; the column holds dates", column)
        return day

    def _refused(self, column: str, text: str) -> RowError:
        ways = " or ".join(f"{form.text} ({form.example})" for form in self.formats)
        iso = "yyyy-MM-dd" if self.days else "yyyy-MM-dd[ HH:mm[:ss]]"
        return RowError(f"{column} is {text!r}; valid: {ways} or {iso}", column)
