"""Files that break off: what the libraries raise then, and a stream that gives all that comes before."""

import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, Final

import msgspec

from producers.files.errors import DROP_AGAIN, FileError

_DAMAGED: Final = (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile, lzma.LZMAError, FileError)
_CUT: Final = ("Not a gzipped file", "Truncated compressed stream", "Unknown frame descriptor")
_CONTENT: Final = (
    ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, RuntimeError, SyntaxError, TypeError,
    ValueError, msgspec.DecodeError,
)  # fmt: skip
"""What code raises that meets with content it does not expect. What comes from outside, such as boto3's errors, is
none of them."""


def is_damage(error: Exception) -> bool:
    """Whether a stream is broken for good. bz2, zstd and Arrow say so by an OSError without a number."""
    if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
        return error.errno is None and not isinstance(error, ConnectionError)
    return isinstance(error, _DAMAGED)


def is_cut(error: Exception) -> bool:
    """Whether all that a stream gave before is right: it ends too early, or continues as something else.

    Any other damage is found only after what it has changed.
    """
    return isinstance(error, EOFError | FileError) or any(told in str(error) for told in _CUT)


def refusal(uri: str, error: Exception) -> FileError:
    """Why the file `uri` cannot be read; raises `error` when that is not the file's fault."""
    if is_damage(error):
        return FileError(uri, f"its compression is damaged ({error})", f"compress it and {DROP_AGAIN}")
    if isinstance(error, OSError) or not isinstance(error, _CONTENT):
        raise error
    found = f"it cannot be read ({type(error).__name__}: {error})"
    return FileError(uri, found, f"save it again and {DROP_AGAIN}")


class Unpacked(io.BufferedReader):
    """A stream of what `read` gives, at most `step` bytes each time it is called.

    That it is cut is raised when everything before the cut has been given.
    """

    def __init__(self, read: Callable[[int], bytes], step: int, buffer_size: int) -> None:
        self._steps = _Steps(read, step)
        super().__init__(self._steps, buffer_size)

    def read(self, size: int | None = -1, /) -> bytes:
        return self._unless_cut(super().read(size)) if size else b""

    def peek(self, size: int = 0, /) -> bytes:
        return self._unless_cut(super().peek(size))

    def readline(self, size: int | None = -1, /) -> bytes:
        """A line with its end; a line that is cut is not given, but the error raised."""
        line = super().readline(size)
        if self._steps.cut and not line.endswith(b"\n") and len(line) != size:
            raise self._steps.cut
        return line

    def _unless_cut(self, given: bytes) -> bytes:
        if self._steps.cut and not given:
            raise self._steps.cut
        return given


class _Steps(io.RawIOBase):
    """Bytes that end where they are cut."""

    def __init__(self, read: Callable[[int], bytes], step: int) -> None:
        self.cut: Exception | None = None
        self._read = read
        self._step = step

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        filled = 0
        try:
            while not self.cut and filled < len(buffer):
                data = self._read(min(self._step, len(buffer) - filled))
                if not data:
                    break
                buffer[filled : filled + len(data)] = data
                filled += len(data)
        except Exception as error:
            if not is_cut(error):
                raise
            self.cut = error
        return filled
