"""The text of an object, decompressed as its name says.

https://docs.aws.amazon.com/athena/latest/ug/compression-formats.html
"""

import io
import struct
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

import pyarrow as pa

from local.athena.errors import QueryError
from local.athena.reading.files import StoredObject
from local.athena.reading.scan import ObjectFile, Objects

_BLOCK_BYTES = 4 * 2**20
_CODECS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}
_UNREADABLE = {".lz4", ".lzo", ".lzo_deflate", ".deflate", ".zip", ".7z", ".xz", ".br"}


def opened(objects: Objects, stored: StoredObject) -> IO[bytes]:
    """The object's bytes, decompressed while they are read; raises `QueryError` for a compression not read here."""
    suffix = PurePosixPath(stored.key).suffix.lower()
    if suffix in _UNREADABLE:
        raise QueryError(
            "HIVE_UNSUPPORTED_FORMAT",
            f"{stored.uri} is compressed as '{suffix}'; read here are {sorted([*_CODECS, '.snappy'])} and plain text",
        )
    raw = io.BufferedReader(ObjectFile(objects, stored), _BLOCK_BYTES)
    if suffix == ".snappy":
        return io.BufferedReader(_HadoopSnappy(raw), _BLOCK_BYTES)
    codec = _CODECS.get(suffix)
    return raw if codec is None else pa.input_stream(raw, compression=codec)


def lines(objects: Objects, stored: StoredObject, skip: int = 0) -> Iterator[str]:
    """Blocks of whole lines, without the first `skip` lines of the object, with a line feed between two lines."""
    rest = b""
    with opened(objects, stored) as stream:
        while block := _read(stream, stored):
            whole, feed, begun = (rest + block).rpartition(b"\n")
            rest = begun
            if feed:
                text, skip = _without_first(_text(whole), skip)
                if text is not None:
                    yield text
    text, _ = _without_first(_text(rest), skip) if rest else (None, 0)
    if text is not None:
        yield text


def _read(stream: IO[bytes], stored: StoredObject) -> bytes:
    try:
        return stream.read(_BLOCK_BYTES)
    except (OSError, EOFError, pa.ArrowException) as error:
        raise QueryError("HIVE_CURSOR_ERROR", f"Failed to read file {stored.uri}: {error}") from None


def _text(data: bytes) -> str:
    return data.removesuffix(b"\r").decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")


def _without_first(text: str, skip: int) -> tuple[str | None, int]:
    """The text after its first `skip` lines, None if nothing is left, and how many lines are still to skip."""
    while skip:
        _, feed, text = text.partition("\n")
        skip -= 1
        if not feed:
            return None, skip
    return text, 0


class _HadoopSnappy(io.RawIOBase):
    """Blocks of `size of the block, size of its compressed bytes, compressed bytes`, as Hadoop's codec writes them."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._codec = pa.Codec("snappy")
        self._block = io.BytesIO()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._block.read(len(buffer))
        while not data and (header := self._source.read(8)):
            size, compressed = struct.unpack(">II", header)
            body = self._source.read(compressed)
            self._block = io.BytesIO(self._codec.decompress(body, decompressed_size=size, asbytes=True))
            data = self._block.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
