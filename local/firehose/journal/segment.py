"""One append-only file of frames of the journal, and a second file that notes which records are delivered."""

import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from local.firehose.journal.frames import (
    LARGEST_FRAME_BYTES,
    decode_done,
    encode_done,
    frame_numbers,
    frame_records,
    ranges,
    whole_frames,
)
from local.firehose.records import Record

_log = logging.getLogger(__name__)


class Segment:
    """Records `first` to `first + count - 1` in the first `size` bytes of a file; the rest was never stored."""

    def __init__(self, folder: Path, first: int) -> None:
        self.first = first
        self.size = 0
        self.pending = 0
        """How many of its records are not delivered yet."""
        self._path = folder / f"{first:020d}.frames"
        self._done_path = done_path(self._path)
        self._delivered = bytearray()
        """A byte per record, 1 once it is delivered."""

    @property
    def next(self) -> int:
        """The sequence number after its last record."""
        return self.first + len(self._delivered)

    def create(self) -> int:
        """Create the empty file, durably; returns its descriptor. Raises OSError."""
        self._done_path.unlink(missing_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
        try:
            sync_folder(self._path.parent)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def recover(self) -> None:
        """Read what an earlier process left, and cut off what it did not finish writing."""
        for frame in whole_frames(self._path.read_bytes()):
            self.stored(len(frame), len(frame_numbers(frame)))
        if not self._done_path.exists():
            return
        data = self._done_path.read_bytes()
        found, whole = decode_done(data)
        if whole < len(data):
            os.truncate(self._done_path, whole)
        for first, last in found:
            self._mark(first, last)

    def stored(self, size: int, count: int) -> None:
        """Take note of `count` records in `size` further bytes that are on disk."""
        self.size += size
        self.pending += count
        self._delivered += bytes(count)

    def read(self, offset: int) -> tuple[list[Record], int]:
        """The undelivered records of some frames from `offset` on, and where the next frame starts."""
        start = offset
        with self._path.open("rb", buffering=0) as file:
            file.seek(offset)
            data = file.read(min(self.size - offset, LARGEST_FRAME_BYTES))
        records: list[Record] = []
        for frame in whole_frames(data):
            offset += len(frame)
            records += frame_records(frame)
        if offset == start:
            _log.error("%s is damaged at byte %d: the rest of it is lost", self._path, start)
            return [], self.size
        if self.pending == len(self._delivered):
            return records, offset
        return [record for record in records if not self._delivered[record.sequence - self.first]], offset

    def done(self, ordered: Sequence[int]) -> None:
        """Note which of its records are delivered. On a full disk the note is lost: they may be delivered again."""
        for first, last in ranges(ordered):
            self._mark(first, last)
        try:
            _append(self._done_path, encode_done(ordered))
        except OSError as error:
            _log.warning("%s cannot be written, its records may be delivered again: %s", self._done_path, error)

    def remove(self) -> None:
        """Delete it; the note of what was delivered goes last, so that nothing is delivered again."""
        try:
            self._path.unlink(missing_ok=True)
            self._done_path.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("%s cannot be deleted: %s", self._path, error)

    def _mark(self, first: int, last: int) -> None:
        start, end = max(first - self.first, 0), min(last - self.first + 1, len(self._delivered))
        if start < end:
            self.pending -= self._delivered.count(0, start, end)
            self._delivered[start:end] = b"\x01" * (end - start)


def done_path(frames: Path) -> Path:
    """The file that notes which records of a file of frames are delivered."""
    return frames.with_suffix(".done")


def sync_folder(folder: Path) -> None:
    """Put a folder's entries on disk; raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(descriptor: int, data: bytes) -> None:
    """Write all of it; on OSError part of it may be written."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _append(path: Path, entries: bytes) -> None:
    """Append all entries or, if the disk takes only part of them, none; raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        try:
            write_whole(descriptor, entries)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
