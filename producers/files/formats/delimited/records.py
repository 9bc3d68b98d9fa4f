"""Records of delimited text as Python's `csv` reads them, with the lines that each was read from."""

import csv
from collections import deque
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from delivery.limits import KIB, MAX_RECORD_BYTES
from producers.files.formats.reading import TOO_LONG_LINE, RowError
from producers.files.formats.streams.text import Lines
from producers.rejects import Reject

_AHEAD_BYTES: Final = MAX_RECORD_BYTES
"""What is read after a block to end the last record that begins in it: so much a row may have."""
_FIRST_AHEAD_BYTES: Final = 4 * KIB
_NEVER_CLOSED: Final = f"a quote is opened here and never closed; it may hold {_AHEAD_BYTES:,} bytes"
_BLANK: Final = ("\n", "\r\n")


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
    """Takes blocks of lines apart. A record that continues past its block is read from the lines after it.

    A record that cannot be ended costs its first line alone, and the others are read again. All of them that leave a
    quote open come to the same end: so they are not read for it once more, and no block is read more than twice.
    """

    def __init__(self, lines: Lines, dialect: dict[str, Any], comment: str = "") -> None:
        self._lines = lines
        self._comment = comment
        self._escaped_end = f"{dialect['escapechar']}\n" if dialect["escapechar"] else None
        self._waiting: deque[str] = deque()
        self._taken: list[str] = []
        self._reader = csv.reader(self, **dialect)
        self._stopped = ""
        """Why the reader was given no other line of its record."""
        self._open = 0
        """Waiting lines, the next ones, after which a quote that is open stays so until `_end` is met."""
        self._end = ""
        self._left = 0
        self._step = _FIRST_AHEAD_BYTES

    def of(self, block: bytes) -> Iterator[Record]:
        """The records that begin in `block`, the last one given by `Lines`; blank lines and comments are left out.

        After the last record, the position of the lines is right after it.
        """
        line = self._lines.position.line - self._feed(block)
        if self._lines.is_too_long:
            yield Record(RowError(TOO_LONG_LINE), line, [self._waiting.popleft()])
            return
        self._open, self._left, self._step = 0, _AHEAD_BYTES, _FIRST_AHEAD_BYTES
        after = self._lines.position.line
        while line < after:
            if self._waiting[0] in _BLANK or (self._comment and self._waiting[0].startswith(self._comment)):
                self._waiting.popleft()
                self._open = max(self._open - 1, 0)
                line += 1
            elif fields := self._next():
                yield Record(fields, line, self._taken)
                line += len(self._taken)
            else:
                line += 1
        self._lines.give_again("".join(self._waiting).encode(errors="surrogateescape"))
        self._waiting.clear()

    def _next(self) -> list[str] | RowError:
        """The next record, empty for a blank line."""
        self._taken, self._stopped = [], ""
        try:
            fields = next(self._reader, [])
        except csv.Error as error:
            is_carriage_return = "new-line character" in str(error)
            return self._only_the_first("a carriage return stands inside it" if is_carriage_return else str(error))
        if self._stopped:
            return self._only_the_first(self._stopped)
        self._open = max(self._open - len(self._taken), 0)
        return fields

    def _only_the_first(self, reason: str) -> RowError:
        first, *others = self._taken
        self._taken = [first]
        self._waiting.extendleft(reversed(others))
        if others:
            self._open, self._end = len(others) - 1, reason
        else:
            self._open = max(self._open - 1, 0)
        return RowError(reason)

    def __iter__(self) -> "Records":
        return self

    def __next__(self) -> str:
        """A line for the reader, which asks for one only when its record is not at its end."""
        if self._open and self._taken and not self._is_escaped(self._taken[-1]):
            self._stopped = self._end
            raise StopIteration
        if not self._waiting and not self._look_ahead():
            self._stopped = _NEVER_CLOSED
            raise StopIteration
        line = self._waiting.popleft()
        self._taken.append(line)
        return line

    def _is_escaped(self, line: str) -> bool:
        """Whether a record may continue after `line` without a quote that is open."""
        return self._escaped_end is not None and line.endswith(self._escaped_end)

    def _look_ahead(self) -> bool:
        while self._left:
            size, self._step = min(self._step, self._left), self._step * 2
            if ahead := self._lines.ahead(size):
                self._left -= len(ahead)
                self._feed(ahead)
                return True
            if size == self._left:
                self._left = 0
        return False

    def _feed(self, block: bytes) -> int:
        """Let the lines of `block` wait; how many they are."""
        lines = block.decode(errors="surrogateescape").split("\n")
        last = lines.pop()
        self._waiting += [f"{line}\n" for line in lines]
        if last:
            self._waiting.append(last)
        return len(lines) + (1 if last else 0)
