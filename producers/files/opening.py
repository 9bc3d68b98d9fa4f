"""What a file is, by its first bytes; its name only may not contradict them."""

import gzip
import io
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final, Literal, Protocol, TypeAlias

from delivery.limits import MIB
from producers.files.errors import FileError

Format = Literal["csv", "json"]
Stream: TypeAlias = "io.BufferedReader[Any]"
DAMAGED: Final = (EOFError, gzip.BadGzipFile, zlib.error)
"""What reading a damaged gzip file raises."""
_BUFFER_BYTES: Final = MIB
_BOM: Final = b"\xef\xbb\xbf"
_VALID: Final = "a dropped file is CSV with a header line or JSON (documents, rows one a line, or an array), in UTF-8"
_SUFFIXES: Final[dict[str, Format]] = {".csv": "csv", ".json": "json", ".ndjson": "json", ".jsonl": "json"}
_FOREIGN: Final = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file",
    b"PAR1": "a Parquet file",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}


class Body(Protocol):
    """What S3 hands out: bytes that can be read once."""

    def readinto(self, buffer: Any, /) -> int: ...


@dataclass(frozen=True)
class Opened:
    """A file ready to be read from its first character; `uri` names it in errors."""

    uri: str
    format: Format
    stream: Stream


class _Raw(io.RawIOBase):
    """A body as Python's own buffering wants it."""

    def __init__(self, body: Body) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        return self._body.readinto(buffer)


def open_file(uri: str, key: str, body: Body) -> Opened:
    """The file `body`, uncompressed and without a byte order mark; raises `FileError` if it is neither CSV nor JSON."""
    stream: Stream = io.BufferedReader(_Raw(body), _BUFFER_BYTES)
    name = PurePosixPath(key)
    if stream.peek(2)[:2] == b"\x1f\x8b":
        stream = io.BufferedReader(gzip.GzipFile(fileobj=stream), _BUFFER_BYTES)
        name = name.with_suffix("") if name.suffix == ".gz" else name
    start = _start(uri, stream)
    if start.startswith(_BOM):
        stream.read(len(_BOM))
    found: Format = "json" if start.removeprefix(_BOM).lstrip()[:1] in (b"{", b"[") else "csv"
    claimed = _SUFFIXES.get(name.suffix.lower(), found)
    if claimed != found:
        begins = start[:40].decode(errors="backslashreplace")
        raise FileError(uri, f"its name says {claimed}, its content is not: it begins with {begins!r}", _VALID)
    return Opened(uri, found, stream)


def _start(uri: str, stream: Stream) -> bytes:
    """The beginning of the file, which is text; raises `FileError`."""
    try:
        start = stream.peek(_BUFFER_BYTES)
    except DAMAGED as error:
        raise FileError(uri, f"its gzip compression is damaged ({error})", "compress and drop it again") from error
    if not start.removeprefix(_BOM).strip():
        raise FileError(uri, "the file is empty", _VALID)
    for magic, kind in _FOREIGN.items():
        if start.startswith(magic):
            raise FileError(uri, f"the file is {kind}", _VALID)
    if b"\0" in start:
        raise FileError(uri, f"the file is binary: it begins with {start[:16]!r}", _VALID)
    return start
