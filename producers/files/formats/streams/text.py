"""Text as blocks of whole lines in UTF-8, whatever it is encoded in."""

import codecs
import io
from typing import Any, Final

from producers.files.errors import FileError
from producers.files.formats.reading import BLOCK_BYTES, MAX_LINE_BYTES, MAX_ROW_BYTES, Position
from producers.files.formats.streams.damage import is_cut

UTF8_BOM: Final = codecs.BOM_UTF8
_MARKS: Final = {
    UTF8_BOM: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""Longer marks first: UTF-32's begins with UTF-16's."""
_STRIDE: Final = MAX_ROW_BYTES // 8
"""A line without an end in so many bytes is looked at: its row in JSON is longer, by names and escapes."""


def encoding_of(start: bytes, otherwise: str) -> tuple[str, int]:
    """The encoding that a byte order mark gives, and the mark's length; `otherwise` without one."""
    for mark, name in _MARKS.items():
        if start.startswith(mark):
            return name, len(mark)
    return codecs.lookup(otherwise).name, 0


class InUtf8(io.RawIOBase):
    """A stream in another encoding, or with the line ends of another age, as UTF-8 with newlines.

    Bytes that the encoding does not have come through as they are, so that the row they stand in can be refused.
    """

    def __init__(self, uri: str, stream: io.BufferedIOBase, encoding: str, carriage_returns: bool) -> None:
        self._uri = uri
        self._stream = stream
        self._encoding = encoding
        self._errors = "surrogatepass" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
        self._decoder = codecs.getincrementaldecoder(encoding)(self._errors)
        self._fault: FileError | None = None
        self._carriage_returns = carriage_returns
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._ready:
            if self._fault:
                raise self._fault
            raw = self._stream.read(BLOCK_BYTES)
            self._ready = self._decoded(raw)
            if not raw:
                break
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _decoded(self, raw: bytes) -> bytes:
        try:
            text = self._decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            found = f"it is not {self._encoding} to its end ({error.reason})"
            self._fault = FileError(self._uri, found, "save it again, best in UTF-8, and drop it again")
            text = error.object[: error.start].decode(self._encoding, self._errors)
        if self._carriage_returns:
            text = text.replace("\r", "\n")
        return text.encode(errors=self._errors)


class Lines:
    """The lines of a stream from `start` on, a block of whole ones at a time. `position` is after the last one given.

    `end` is a byte where a line begins: the block before it is the last one. Of a line of more than MAX_LINE_BYTES the
    beginning is given alone, and the rest is passed over; `is_too_long` says so until the next is given.
    """

    def __init__(self, stream: io.BufferedIOBase, start: Position, end: int | None = None) -> None:
        self.position = start
        self.is_too_long = False
        self._stream = stream
        self._end = end
        self._again = io.BytesIO()
        """What was read of the stream and is still to be given."""

    def line(self) -> bytes:
        """The next line with its end; empty after the last one."""
        if self._end is not None and self.position.at >= self._end:
            return b""
        line = self._readline(MAX_LINE_BYTES)
        return self._given(line, len(line) == MAX_LINE_BYTES)

    def block(self) -> bytes:
        """Some lines, about `BLOCK_BYTES`; empty after the last one. Text that is cut gives whole ones, and raises."""
        wanted = BLOCK_BYTES
        if self._end is not None:
            wanted = min(wanted, self._end - self.position.at)
        block, tail = self._read(wanted), b""
        if block and not block.endswith(b"\n") and wanted == BLOCK_BYTES:
            try:
                tail = self._readline(MAX_LINE_BYTES)
            except Exception as error:
                block = block[: block.rfind(b"\n") + 1]
                if not (block and is_cut(error)):
                    raise
        if len(tail) < MAX_LINE_BYTES:
            return self._given(block + tail)
        if whole := block.rfind(b"\n") + 1:
            self._put_back(block[whole:] + tail)
            return self._given(block[:whole])
        return self._given(block + tail, may_be_too_long=True)

    def ahead(self, size: int) -> bytes:
        """The whole lines among the next `size` bytes, even after `end`; empty where there are none, and where the text
        is cut, which the next block raises."""
        data, is_last = b"", False
        try:
            data = self._read(size)
            is_last = len(data) < size and not self._read(1)
        except Exception as error:
            if not is_cut(error):
                raise
        whole = len(data) if is_last else data.rfind(b"\n") + 1
        self._put_back(data[whole:])
        return self._given(data[:whole])

    def give_again(self, data: bytes) -> None:
        """Give `data`, the last lines that were given, once more."""
        self._put_back(data)
        self.position = Position(self.position.at - len(data), self.position.line - _count(data))

    def _given(self, data: bytes, may_be_too_long: bool = False) -> bytes:
        passed = self._pass_over_line() if may_be_too_long and not data.endswith(b"\n") else 0
        self.is_too_long = passed > 0
        self.position = Position(self.position.at + len(data) + passed, self.position.line + _count(data))
        return data

    def _pass_over_line(self) -> int:
        """Leave out what is left of a line; how many bytes that is."""
        passed = 0
        while piece := self._readline(BLOCK_BYTES):
            passed += len(piece)
            if piece.endswith(b"\n"):
                break
        return passed

    def _read(self, size: int) -> bytes:
        data = self._again.read(size)
        try:
            return data + self._stream.read(size - len(data)) if len(data) < size else data
        except Exception as error:
            if not (data and is_cut(error)):
                raise
            return data

    def _readline(self, size: int) -> bytes:
        line = self._again.readline(size)
        return line if line.endswith(b"\n") or len(line) == size else line + self._stream.readline(size - len(line))

    def _put_back(self, data: bytes) -> None:
        if data:
            self._again = io.BytesIO(data + self._again.read())


def _count(data: bytes) -> int:
    """The number of lines, the last of which may have no end."""
    return data.count(b"\n") + (1 if data and not data.endswith(b"\n") else 0)


def skip(stream: io.BufferedIOBase, count: int) -> None:
    """Move `count` bytes on: at once where the stream can, reading otherwise."""
    if stream.seekable():
        stream.seek(count, io.SEEK_CUR)
        return
    while count and (read := len(stream.read(min(count, BLOCK_BYTES)))):
        count -= read


def has_long_lines(block: bytes) -> bool:
    """Whether a line may be too long for a record."""
    return any(b"\n" not in block[at : at + _STRIDE] for at in range(0, len(block) - _STRIDE, _STRIDE))
