"""Records of delimited text as Python's `csv` reads them, with the lines that each was read from."""

import csv
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from producers.files.formats.reading import RowError
from producers.files.formats.streams.text import Lines
from producers.rejects import Reject


class Record(NamedTuple):
    """The fields, or why there are none, and the lines they stand in; `line` is the number of the first."""

    fields: list[str] | RowError
    line: int
    lines: list[str]

    def reject(self, reason: str, column: str | None = None) -> Reject:
        where = (
            f"line {self.line}" if len(self.lines) == 1 else f"lines {self.line} to {self.line + len(self.lines) - 1}"
        )
        text = "".join(self.lines).rstrip("\r\n")
        source_row = text.encode(errors="surrogateescape").decode(errors="backslashreplace")
        return Reject("parse", f"{where}: {reason}", source_row, self.line, column)


class Records:
    """Takes blocks of lines apart. A record that continues past its block is read from the lines after it."""

    def __init__(self, lines: Lines, dialect: dict[str, Any], comment: str = "") -> None:
        self._lines = lines
        self._comment = comment
        self._waiting: deque[str] = deque()
        self._taken: list[str] = []
        self._reader = csv.reader(self, **dialect)
        self._ran_out = False

    def of(self, block: bytes) -> Iterator[Record]:
        """The records that begin in `block`, the last one given by `Lines`; blank lines and comments are left out.

        After the last record, the position of the lines is right after it.
        """
        self._feed(block)
        line = self._lines.position.line - len(self._waiting)
        while self._waiting:
            if self._comment and self._waiting[0].startswith(self._comment):
                self._waiting.popleft()
                line += 1
            elif fields := self._next():
                yield Record(fields, line, self._taken)
                line += len(self._taken)
            else:
                line += 1

    def _next(self) -> list[str] | RowError:
        """The next record, empty for a blank line. One that cannot be ended costs its first line alone: the others are
        read again."""
        self._taken, self._ran_out = [], False
        try:
            fields = next(self._reader)
        except csv.Error as error:
            if "new-line character" in str(error):
                return self._only_the_first("a carriage return stands inside it")
            return self._only_the_first(str(error))
        if self._ran_out:
            return self._only_the_first("a quote is opened here and never closed")
        return fields

    def _only_the_first(self, reason: str) -> RowError:
        self._waiting.extendleft(reversed(self._taken[1:]))
        self._taken = self._taken[:1]
        return RowError(reason)

    def __iter__(self) -> "Records":
        return self

    def __next__(self) -> str:
        """A line for the reader, which asks for one only when its record is not at its end."""
        if not self._waiting and not self._feed(self._lines.whole_line()):
            self._ran_out = True
            raise StopIteration
        line = self._waiting.popleft()
        self._taken.append(line)
        return line

    def _feed(self, block: bytes) -> bool:
        text = block.decode(errors="surrogateescape")
        lines = text.split("\n")
        last = lines.pop()
        self._waiting += [f"{line}\n" for line in lines]
        if last:
            self._waiting.append(last)
        return bool(text)
