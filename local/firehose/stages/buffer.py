"""Buffers by size and time: one for the transform, one for every evaluated prefix on the way to S3.

https://docs.aws.amazon.com/firehose/latest/dev/buffering-hints.html
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from local.firehose.monitoring.status import Held

Entry = TypeVar("Entry")
ENTRY_BYTES = 250
"""Roughly what an entry takes in memory besides its data."""


@dataclass
class Buffer(Generic[Entry]):
    """What has been buffered under one key since `opened` (seconds of Clock.elapsed)."""

    key: tuple[str, ...]
    opened: float
    entries: list[Entry] = field(default_factory=list)
    size: int = 0

    @property
    def memory(self) -> int:
        """Roughly how many bytes of memory it takes."""
        return self.size + len(self.entries) * ENTRY_BYTES


class Buffers(Generic[Entry]):
    """Buffers that are ready when they hold `size_limit`, or `seconds` after their first entry."""

    def __init__(self, size_limit: int, seconds: float, size_of: Callable[[Entry], int]) -> None:
        self._size_limit = size_limit
        self._seconds = seconds
        self._size_of = size_of
        self._open: dict[tuple[str, ...], Buffer[Entry]] = {}
        self._full: list[Buffer[Entry]] = []
        self._records = 0
        self._bytes = 0

    @property
    def memory(self) -> int:
        """Roughly how many bytes of memory all of them take."""
        return self._bytes + self._records * ENTRY_BYTES

    @property
    def held(self) -> Held:
        """What they hold; callable from any thread."""
        return Held(len(self), self._records, self._bytes)

    def add(self, entry: Entry, now: float, key: tuple[str, ...] = ()) -> None:
        """Put an entry into its buffer, opening it if there is none."""
        buffer = self._open.get(key)
        if buffer is None:
            buffer = self._open[key] = Buffer(key, now)
        buffer.entries.append(entry)
        size = self._size_of(entry)
        buffer.size += size
        self._bytes += size
        self._records += 1
        if buffer.size >= self._size_limit:
            self._full.append(self._open.pop(key))

    def take_ready(self, now: float, *, everything: bool = False) -> list[Buffer[Entry]]:
        """Take out the buffers that are full or old enough; all of them if `everything`."""
        due = [b for b in self._open.values() if everything or now >= b.opened + self._seconds]
        for buffer in due:
            del self._open[buffer.key]
        ready, self._full = self._full + due, []
        self._bytes -= sum(buffer.size for buffer in ready)
        self._records -= sum(len(buffer.entries) for buffer in ready)
        return ready

    def hurry(self) -> None:
        """Make the largest buffer ready."""
        if self._open:
            largest = max(self._open.values(), key=lambda buffer: buffer.memory)
            self._full.append(self._open.pop(largest.key))

    def next_due(self) -> float | None:
        """When the next buffer will be ready by its age (0 if one is full), None if nothing is buffered."""
        if self._full:
            return 0.0
        return min((b.opened + self._seconds for b in self._open.values()), default=None)

    def is_open(self, key: tuple[str, ...]) -> bool:
        """Whether there is an open buffer with this key."""
        return key in self._open

    def __len__(self) -> int:
        """How many buffers hold entries."""
        return len(self._open) + len(self._full)
