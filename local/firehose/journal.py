"""The write-ahead journal of one stream: acknowledged means on disk, delivered means forgotten.

Segments are append-only files of frames, one frame a put. Puts that come together share one fsync. Beside each segment
lies a file with the ranges of sequence numbers that were delivered out of it; a segment of which all is delivered goes.
A frame that a crash cut short was never acknowledged: reading stops there.
"""

import os
import threading
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path

from local.firehose.frames import DONE_RANGE, encode_frame, ranges, read_done, read_frames
from local.firehose.records import Record

_SEGMENT_BYTES = 32 * 1024 * 1024


class _Segment:
    """One file of frames and the numbers of its records that are not delivered yet."""

    def __init__(self, folder: Path, first: int) -> None:
        self.first = first
        self.path = folder / f"{first:020d}.frames"
        self.done_path = folder / f"{first:020d}.done"
        self.remaining: set[int] = set()

    def note_done(self, ordered: Sequence[int]) -> None:
        """Write down, in one go, that these records of the segment are delivered."""
        self.remaining.difference_update(ordered)
        with self.done_path.open("ab") as file:
            file.write(b"".join(DONE_RANGE.pack(first, last) for first, last in ranges(ordered)))

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.done_path.unlink(missing_ok=True)


class Journal:
    """Thread-safe. What `append` returned survives the death of the process; what was `done` is not delivered again."""

    def __init__(self, folder: Path, segment_bytes: int = _SEGMENT_BYTES) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: list[tuple[int, bytes]] = []
        self._closed = False
        folder.mkdir(parents=True, exist_ok=True)
        self._segments: list[_Segment] = []
        self._next = 1
        self._recover()
        self._written = self._next
        self._open_segment(self._next)

    def append(self, arrival_ms: int, payloads: Sequence[bytes]) -> list[Record]:
        """Number `payloads`, write them and return once they are on disk; raises OSError if that fails."""
        with self._lock:
            first = self._next
            self._next += len(payloads)
            self._waiting.append((len(payloads), encode_frame(first, arrival_ms, payloads)))
        with self._writing:
            if self._written <= first:
                self._write_waiting()
        return [Record(first + offset, arrival_ms, data) for offset, data in enumerate(payloads)]

    def done(self, sequences: Iterable[int]) -> None:
        """Note that these records are delivered, lost or dropped: they will not come back."""
        with self._lock:
            if self._closed:
                return
            ordered = sorted(sequences)
            for number, segment in enumerate(self._segments):
                start = bisect_left(ordered, segment.first)
                following = self._segments[number + 1 : number + 2]
                end = bisect_left(ordered, following[0].first) if following else len(ordered)
                if start < end:
                    segment.note_done(ordered[start:end])
            for segment in [s for s in self._segments[:-1] if not s.remaining]:
                segment.remove()
                self._segments.remove(segment)

    def undelivered(self) -> list[Record]:
        """Every record on disk that is not done, in the order of its arrival."""
        with self._writing, self._lock:
            return [record for segment in self._segments for record in _pending(segment)]

    @property
    def closed(self) -> bool:
        """Whether it takes no more records."""
        return self._closed

    def close(self) -> None:
        """Stop writing; the files stay."""
        with self._writing, self._lock:
            if not self._closed:
                self._closed = True
                self._file.close()

    def _recover(self) -> None:
        for path in sorted(self._folder.glob("*.frames")):
            segment = _Segment(self._folder, int(path.stem))
            self._next = max(self._next, segment.first, *(r.sequence + 1 for r in read_frames(path)))
            segment.remaining = {record.sequence for record in _pending(segment)}
            if segment.remaining:
                self._segments.append(segment)
            else:
                segment.remove()

    def _open_segment(self, first: int) -> None:
        segment = _Segment(self._folder, first)
        self._file = segment.path.open("ab", buffering=0)
        directory = os.open(self._folder, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)
        self._segments.append(segment)

    def _write_waiting(self) -> None:
        with self._lock:
            if self._closed:
                raise OSError("the journal is closed")
            waiting, self._waiting = self._waiting, []
        start = os.fstat(self._file.fileno()).st_size
        try:
            _write_all(self._file.fileno(), b"".join(frame for _, frame in waiting))
            os.fsync(self._file.fileno())
        except OSError:
            os.ftruncate(self._file.fileno(), start)
            with self._lock:
                self._waiting = waiting + self._waiting
            raise
        count = sum(records for records, _ in waiting)
        with self._lock:
            self._segments[-1].remaining.update(range(self._written, self._written + count))
            self._written += count
            if os.fstat(self._file.fileno()).st_size >= self._segment_bytes:
                self._file.close()
                self._open_segment(self._written)


def _pending(segment: _Segment) -> list[Record]:
    done = read_done(segment.done_path)
    return [record for record in read_frames(segment.path) if record.sequence not in done]


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
