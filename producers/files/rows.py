"""The rows of a file on their way from its reader to where they are put, and what ends them."""

from collections.abc import Callable, Iterator
from typing import Final

from producers.files.errors import DROP_AGAIN, FileError
from producers.files.formats.reading import START, Chunk, joined
from producers.loading import Item
from producers.rejects import Reject

MAX_REJECTS: Final = 100_000
"""Rows of the quarantine before the first good one: a file that has more of them is something else, and a few kilobytes
of it may unpack to millions."""


def rejected(error: FileError, line: int | None = None) -> Reject:
    """A file, or the rest of one, as a row of the quarantine."""
    return Reject("parse", error.reason, error.uri, line)


class Reading:
    """The rows of a file as they are read: until its end, until it breaks off, or until the time is up."""

    def __init__(self, found: Iterator[Chunk], is_up: Callable[[], bool], uri: str) -> None:
        self.position = START
        self.stopped = False
        self.error: FileError | None = None
        self._notes: dict[str, None] = {}
        self._found = found
        self._is_up = is_up
        self._uri = uri
        self._rejects: int | None = 0
        """How many came; not counted after the first row."""

    def items(self) -> Iterator[Item]:
        """The rows; a file that breaks off ends with one reject for the rest of it."""
        try:
            for chunk in self._found:
                self._notes[chunk.note] = None
                yield from chunk.items
                self.position = chunk.after
                self._check_rejects(chunk)
                if self._is_up():
                    self.stopped = True
                    return
        except FileError as error:
            self.error = error
            yield rejected(error, self.position.line)

    def _check_rejects(self, chunk: Chunk) -> None:
        """Raises `FileError` when nothing but rejects came, and enough of them."""
        if self._rejects is None:
            return
        if not all(isinstance(item, Reject) for item in chunk.items):
            self._rejects = None
            return
        self._rejects += len(chunk.items)
        if self._rejects > MAX_REJECTS:
            found = f"not one of {self._rejects:,} rows fits, and the rest is not read"
            raise FileError(self._uri, found, f"correct the file, or its contract, and {DROP_AGAIN}")

    def note(self) -> str:
        """What the row in `loads` says of the end, and of what was not read."""
        return joined([self._end(), *self._notes])

    def _end(self) -> str:
        if self.error:
            return self.error.reason
        return f"the rest, from line {self.position.line:,} on, is another load" if self.stopped else ""
