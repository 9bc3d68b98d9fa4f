"""JSON that is read bit by bit and taken apart at its commas and brackets, whether or not it is valid in between.

So the end of a row is found however wrong it is, unless it lacks a quote or a bracket.
"""

import io
import re
from typing import Final

import msgspec

from producers.files.formats.reading import BLOCK_BYTES, MAX_LINE_BYTES, MAX_ROW_BYTES

_STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_PLAIN: Final = rb'(?:[^"{}\[\]]++|%b)' % _STRING
_INSIDE: Final = rb"(?:%b|\{%b*+\}|\[%b*+\])*+" % (_PLAIN, _PLAIN, _PLAIN)
"""What may come between two brackets: no others, but for one in the other at most."""
_TO_A_BRACKET: Final = re.compile(_INSIDE, re.DOTALL)
"""Stops at a string without an end, too, as does the next."""
_TO_A_MARK: Final = re.compile(rb'(?:[^"{}\[\],]++|%b)*+' % _STRING, re.DOTALL)
_ROW: Final = re.compile(rb"\s*+\{%b\}\s*+(?=[,\]}])" % _INSIDE, re.DOTALL)
"""As most rows are."""
_TO_THE_QUOTE: Final = re.compile(_STRING.removeprefix(b'"'), re.DOTALL)
_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
KEY: Final = re.compile(rb"\s*+(%b)\s*+:" % _STRING, re.DOTALL)


class BrokenError(ValueError):
    """The text is not JSON to its end; what came before has been given."""


class Scanner:
    """A place in a text, `data[at:]` and what its stream still has. `reads` counts how often that was read."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self.data, self.at, self.reads = b"", 0, 0
        self.ended = False
        self._stream = stream
        self._failure: Exception | None = None
        self._start: int | None = None  # of a value on the way; what is before it is let go
        self._beginning = b""  # of one that is too long to be held

    def read(self) -> bool:
        """Whether there is more text; if so some is added."""
        keep = self.at if self._start is None else self._start
        if self._beginning or self.at - keep > MAX_LINE_BYTES:
            self._beginning = self._beginning or self.data[keep : keep + MAX_ROW_BYTES]
            keep = self._start = self.at
        self.data, self.at = self.data[keep:], self.at - keep
        self._start = None if self._start is None else 0
        try:
            more = self._stream.read(max(BLOCK_BYTES, len(self.data)))
        except Exception as error:  # noqa: BLE001 - it is raised once what came before has been given
            self._failure, more = error, b""
        self.data += more
        self.reads += 1
        self.ended = not more
        return bool(more)

    def load(self, most: int) -> None:
        """Have all the text at hand, or more than `most` bytes of it."""
        while len(self.data) <= most and self.read():
            pass

    def fill(self) -> None:
        """Have about a block of text at hand."""
        if len(self.data) - self.at < BLOCK_BYTES and not self.ended:
            self.read()

    def next(self) -> bytes:
        """The next byte that is not space, where this stands now; empty at the end."""
        while True:
            self.at = _end(_SPACE, self.data, self.at)
            if self.at < len(self.data) or not self.read():
                return self.data[self.at : self.at + 1]

    def past(self, bracket: bytes) -> None:
        """Move past the bracket here; raises `BrokenError` when there is none."""
        if self.next() != bracket:
            raise self.broken()
        self.at += 1

    def key(self) -> bytes | None:
        """The key here, as it is written, moving past its colon; None if there is none, or it is too long for a row."""
        while not (found := KEY.match(self.data, self.at)):
            if self.next() != b'"' or len(self.data) - self.at > MAX_ROW_BYTES or not self.read():
                return None
        self.at = found.end()
        return found[1]

    def value(self) -> bytes | None:
        """The value here, moving to the comma or bracket after it; None if the text ends before.

        One longer than `MAX_LINE_BYTES` is not held: instead an object is given that has its beginning and is too long
        for a row as well.
        """
        if row := _ROW.match(self.data, self.at):
            self.at = row.end()
            return row[0].strip()
        self._start, self._beginning = self.at, b""
        braces = brackets = 0
        while mark := self._mark(_TO_A_BRACKET if braces or brackets else _TO_A_MARK):
            if not braces and not brackets and mark in b",}]":
                value, beginning = self.data[self._start : self.at].strip(), self._beginning
                self._start, self._beginning = None, b""
                return _stand_in(beginning) if beginning else value
            braces += (mark == b"{") - (mark == b"}")
            brackets += (mark == b"[") - (mark == b"]")
            self.at += 1
        return None

    def mark(self, *, inside: bool) -> tuple[bytes, bytes]:
        """The next bracket or comma, moving past it, and what comes before it, unless that is too long to be held.

        `inside` of anything only brackets count, and what comes before is not given. Empty at the end.
        """
        self._start, self._beginning = None if inside else self.at, b""
        mark = self._mark(_TO_A_BRACKET if inside else _TO_A_MARK)
        before = b"" if self._start is None or self._beginning else self.data[self._start : self.at]
        self._start, self._beginning = None, b""
        self.at += len(mark)
        return before, mark

    def finish(self) -> None:
        """Raises `BrokenError` unless the text ends here."""
        if self.next() or self._failure:
            raise self.broken()

    def broken(self, reason: str = "") -> Exception:
        """Why the text cannot be read any further from here: what its stream raised, or else `reason`."""
        if self._failure:
            return self._failure
        if reason:
            return BrokenError(reason)
        if self.at == len(self.data) and self.ended:
            return BrokenError("it ends too early")
        shown = self.data[self.at : self.at + 20].decode(errors="backslashreplace")
        return BrokenError(f"{shown!r} is not expected")

    def _mark(self, pattern: re.Pattern[bytes]) -> bytes:
        """Move to the next mark outside of strings; empty at the end."""
        while True:
            self.at = _end(pattern, self.data, self.at)
            if self.at == len(self.data):
                if not self.read():
                    return b""
            elif (mark := self.data[self.at : self.at + 1]) != b'"':
                return mark
            else:
                self.at += 1
                if not self._past_string():
                    return b""

    def _past_string(self) -> bool:
        while not (found := _TO_THE_QUOTE.match(self.data, self.at)):
            backslashes = len(self.data) - len(self.data.rstrip(b"\\"))
            self.at = len(self.data) - backslashes % 2
            if not self.read():
                return False
        self.at = found.end()
        return True


def _stand_in(beginning: bytes) -> bytes:
    return msgspec.json.encode({"too long": beginning.decode(errors="backslashreplace")})


def _end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    found = pattern.match(data, at)
    return found.end() if found else at
