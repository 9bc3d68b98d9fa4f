"""The write-ahead journal of one stream: acknowledged means on disk, delivered means forgotten.

Segments are append-only files of frames, one frame per put. Concurrent puts share one sync. Records are read back from
here when their turn comes, so a backlog costs disk, not memory. A fully delivered segment is deleted, except the
newest: its numbers must not be assigned again.
"""

import os
import threading
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from local.firehose.journal.frames import encode_frame
from local.firehose.journal.segment import Segment, done_path, sync_folder, write_whole
from local.firehose.records import Record

_SEGMENT_BYTES = 32 * 1024 * 1024


class Position(NamedTuple):
    """A place between two frames: a segment's first sequence number, and an offset (bytes) in it."""

    segment: int
    offset: int


START = Position(0, 0)


@dataclass(eq=False)
class _Put:
    arrival_ms: int
    payloads: Sequence[bytes]
    numbers: range = field(default=range(0))
    settled: bool = False
    error: OSError | None = None


class Journal:
    """Thread-safe. Records survive the process once `append` has returned, until `done` is called for them."""

    def __init__(self, folder: Path, segment_bytes: int = _SEGMENT_BYTES) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: list[_Put] = []
        self._closed = False
        self._descriptor: int | None = None
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)
        self._segments = _recovered(folder)
        self._next = self._segments[-1].next if self._segments else 1

    @property
    def size(self) -> int:
        """Bytes of the segments that hold undelivered records."""
        with self._lock:
            return sum(segment.size for segment in self._segments if segment.pending)

    @property
    def pending(self) -> int:
        """How many records are not delivered."""
        with self._lock:
            return sum(segment.pending for segment in self._segments)

    def oldest_ms(self) -> int | None:
        """When the oldest undelivered record arrived (epoch milliseconds); None if there is none."""
        records = self.read(START)[0] if self.pending else []
        return min((record.arrival_ms for record in records), default=None)

    def append(self, arrival_ms: int, payloads: Sequence[bytes]) -> range:
        """Write `payloads`; returns their sequence numbers once they are on disk. Raises OSError if that fails."""
        put = _Put(arrival_ms, payloads)
        with self._lock:
            self._waiting.append(put)
        with self._writing:
            if not put.settled:
                self._write_waiting()
        if put.error is not None:
            raise OSError(put.error.errno, put.error.strerror or str(put.error)) from put.error
        return put.numbers

    def read(self, position: Position) -> tuple[list[Record], Position]:
        """Some undelivered records after `position`, and where to continue; the same position at the end."""
        while True:
            with self._lock:
                segment = next((s for s in self._segments if s.first >= position.segment), None)
                if segment is None:
                    return [], position
                offset = position.offset if segment.first == position.segment else 0
                position = Position(segment.first, offset)
                if offset >= segment.size and segment is self._segments[-1]:
                    return [], position
            if offset < segment.size:
                with suppress(FileNotFoundError):  # all of it has just been delivered
                    records, offset = segment.read(offset)
                    position = Position(segment.first, offset)
                    if records:
                        return records, position
                    continue
            position = Position(segment.first + 1, 0)

    def done(self, sequences: Iterable[int]) -> None:
        """Note that these records are delivered, lost or dropped: they are not read again."""
        with self._lock:
            if self._closed:
                return
            ordered = sorted(sequences)
            ends = [segment.first for segment in self._segments[1:]]
            start = 0
            for segment, following in zip(self._segments, [*ends, None], strict=True):
                end = len(ordered) if following is None else bisect_left(ordered, following, start)
                if start < end:
                    segment.done(ordered[start:end])
                start = end
            for segment in [s for s in self._segments[:-1] if not s.pending]:
                segment.remove()
                self._segments.remove(segment)

    def undelivered(self) -> list[Record]:
        """Every record on disk that is not done, in order of arrival."""
        found: list[Record] = []
        position = START
        while True:
            records, position = self.read(position)
            if not records:
                return found
            found += records

    @property
    def closed(self) -> bool:
        """Whether it takes no more records."""
        return self._closed

    def close(self) -> None:
        """Stop writing; the files stay."""
        with self._writing, self._lock:
            self._closed = True
            self._leave_segment()

    def _write_waiting(self) -> None:
        """Write the waiting puts with one sync; all of them are settled when this returns."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        try:
            self._write(waiting)
        except OSError as error:
            for put in waiting:
                put.error = error
            with self._lock:
                self._leave_segment()
        for put in waiting:
            put.settled = True

    def _write(self, waiting: Sequence[_Put]) -> None:
        if self._closed:
            raise OSError("the journal is closed")
        segment, descriptor = self._open_segment()
        frames = []
        for put in waiting:
            # Numbers of a failed write are not used again: its frames may be in the file nevertheless.
            put.numbers = range(self._next, self._next + len(put.payloads))
            self._next = put.numbers.stop
            frames.append(encode_frame(put.numbers.start, put.arrival_ms, put.payloads))
        written = b"".join(frames)
        try:
            write_whole(descriptor, written)
            os.fdatasync(descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, segment.size)
            raise
        with self._lock:
            segment.stored(len(written), sum(len(put.payloads) for put in waiting))

    def _open_segment(self) -> tuple[Segment, int]:
        """The segment to write to: a new one if the last is full, or if a write to it failed."""
        if self._descriptor is not None:
            if self._segments[-1].size < self._segment_bytes:
                return self._segments[-1], self._descriptor
            with self._lock:
                self._leave_segment()
        segment = Segment(self._folder, self._next)
        self._descriptor = segment.create()
        with self._lock:
            if self._segments and self._segments[-1].first == segment.first:
                self._segments.pop()  # it held no whole frame; the file is the same
            self._segments.append(segment)
        return segment, self._descriptor

    def _leave_segment(self) -> None:
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        with suppress(OSError):
            os.close(descriptor)
        if not self._segments[-1].size and len(self._segments) > 1:
            self._segments.pop().remove()


def _recovered(folder: Path) -> list[Segment]:
    """The segments in a folder that have undelivered records, and always the last one."""
    frames = sorted(folder.glob("*.frames"))
    for orphan in set(folder.glob("*.done")).difference(map(done_path, frames)):
        orphan.unlink()
    segments = [Segment(folder, int(path.stem)) for path in frames]
    for segment in segments:
        segment.recover()
    for segment in [s for s in segments[:-1] if not s.pending]:
        segment.remove()
    return [segment for segment in segments if segment.pending or segment is segments[-1]]
