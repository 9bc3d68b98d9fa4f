"""Counts the bytes that a query reads, and stops it at the workgroup's limit."""

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from local.athena.clients import S3
from local.athena.errors import QueryCancelledError, QueryError
from local.athena.reading.files import StoredObject

SCAN_LIMIT_REASON = "Bytes scanned limit was exceeded"


@dataclass
class Meter:
    """Bytes that one query reads. A `limit` of None does not limit. Safe to use on several threads."""

    limit: int | None = None
    failure: QueryError | QueryCancelledError | None = field(default=None, init=False)
    """What stopped a scan. The engine that scans knows its text only."""
    _size: int = field(default=0, init=False)
    _has_data: bool = field(default=False, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @property
    def scanned(self) -> int:
        """Bytes of data and of the footers that led to them. What footers alone can answer costs nothing on Athena."""
        return self._size if self._has_data else 0

    def add(self, size: int) -> None:
        """Count `size` bytes of data; raises `QueryCancelledError` above the limit."""
        with self._lock:
            self._size += size
            self._has_data = True
        if self.limit is not None and self.scanned > self.limit:
            self.failure = QueryCancelledError(SCAN_LIMIT_REASON)
            raise self.failure

    def add_footer(self, size: int) -> None:
        """Count `size` bytes of a file's metadata."""
        with self._lock:
            self._size += size


@dataclass(frozen=True)
class Objects:
    """Reads parts of objects by ranged requests, each of them counted. The end of a file that was read for its
    footer is kept: data in it is not read again."""

    s3: S3
    meter: Meter
    _ends: dict[StoredObject, bytes] = field(default_factory=dict, init=False, repr=False)

    def read(self, stored: StoredObject, start: int, size: int) -> bytes:
        """Bytes of data; raises `QueryCancelledError` above the limit, before anything is read."""
        return self._read(stored, start, size, self.meter.add)

    def read_footer(self, stored: StoredObject, start: int, size: int) -> bytes:
        """Bytes of a file's metadata."""
        body = self._read(stored, start, size, self.meter.add_footer)
        if start + size == stored.size:
            self._ends[stored] = body
        return body

    def _read(self, stored: StoredObject, start: int, size: int, count: Callable[[int], None]) -> bytes:
        end = self._ends.get(stored, b"")
        known = stored.size - len(end)
        new = max(min(known - start, size), 0)
        count(new)
        skipped = max(start - known, 0)
        return (self._get(stored, start, new) if new else b"") + end[skipped : skipped + size - new]

    def _get(self, stored: StoredObject, start: int, size: int) -> bytes:
        answer = self.s3.get_object(Bucket=stored.bucket, Key=stored.key, Range=f"bytes={start}-{start + size - 1}")
        body: bytes = answer["Body"].read()
        return body


class ObjectFile(io.RawIOBase):
    """An object as a file that libraries read: they seek, and only what they read is requested and counted."""

    def __init__(self, objects: Objects, stored: StoredObject, *, in_footer: bool = False) -> None:
        """`in_footer` says that what is read is the file's metadata; set it to False before data is read."""
        self.in_footer = in_footer
        self._objects = objects
        self._stored = stored
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._stored.size}[whence]
        self._position = origin + offset
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        left = max(self._stored.size - self._position, 0)
        size = left if size is None or size < 0 else min(size, left)
        read = self._objects.read_footer if self.in_footer else self._objects.read
        data = read(self._stored, self._position, size) if size else b""
        self._position += len(data)
        return data

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
