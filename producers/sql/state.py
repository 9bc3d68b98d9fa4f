"""How far a dataset was read, and what a pass over it may leave out: values in, values out.

A *pass* reads every row whose watermark is above the *floor*, in the order of (watermark, key); it may take several
runs. The floor rises only to a watermark below which nothing can appear any more: a row is committed at most `overlap`
after its watermark was taken, so a pass that began `overlap` after a watermark was seen has met every row up to it.
This compares moments at which runs happened, never a watermark with a clock: numbers will do, and times in any zone.
Times know one floor more: the highest that was read, less the overlap and the time that the pass took.

Rows above the floor are met again by the next pass. It leaves out those that it knows to be unchanged by the digests of
the newest rows of the pass before it.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from msgspec import Struct, structs

from delivery.rows import Row
from producers.sql.cells import kept, restored

DIGEST_BYTES: Final = 12
MAX_KNOWN: Final = 15_000
"""Digests kept of a pass: with those of the pass before they fit DynamoDB's 400 KB an item."""
_MARKS: Final = 50
"""Marks within one overlap: the floor lags by at most a fiftieth of it more than it must."""
_ZONES: Final = timedelta(days=1)
"""Clocks of all time zones are within 14 hours."""


class Mark(Struct, frozen=True, array_like=True):
    """A pass that ended at the moment `at` (epoch seconds) had read up to a watermark."""

    at: float
    watermark: bytes


class State(Struct, frozen=True, omit_defaults=True):
    """What is remembered between runs. Values are `cells.kept`.

    `basis` is what they are values of: when table, watermark or key change, reading starts from scratch. `after` is
    where the pass at hand was cut, empty between passes; `began` the moment it began; `reached` the highest watermark
    read.
    """

    basis: str
    floor: bytes = b""
    marks: tuple[Mark, ...] = ()
    after: bytes = b""
    began: float = 0.0
    reached: bytes = b""

    def begun(self, now: float) -> "State":
        """The state of a pass that continues, or begins now."""
        return self if self.after else structs.replace(self, began=now)

    def cut(self, position: tuple[Any, ...], reached: Any) -> "State":
        """The state when everything up to `position` was acknowledged; `reached` is None without a new watermark."""
        highest = self.reached if reached is None else _later(self.reached, reached)
        return structs.replace(self, after=kept(position), reached=highest)

    def ended(self, now: float, overlap_seconds: float) -> "State":
        """The state when the pass was read to its end."""
        marks = self._marks(now, overlap_seconds)
        settled = [mark for mark in marks if mark.at + overlap_seconds <= self.began]
        floors = [restored(value)[0] for value in (self.floor, *(mark.watermark for mark in settled)) if value]
        if self.reached:
            floors += _earlier(restored(self.reached)[0], overlap_seconds + now - self.began)
        floor = kept((max(floors),)) if floors else b""
        return structs.replace(self, after=b"", floor=floor, marks=marks[len(settled) :])

    def _marks(self, now: float, overlap_seconds: float) -> tuple[Mark, ...]:
        if not self.reached or (self.marks and now - self.marks[-1].at < overlap_seconds / _MARKS):
            return self.marks
        return (*self.marks, Mark(now, self.reached))


def is_ahead(watermark: Any, now: datetime, overlap_seconds: float) -> bool:
    """Whether a time (or its text, as SQLite has it) is ahead of `now` by more than clocks differ; numbers never do.

    Those of a time without a zone differ by a day, others by the overlap. Rows that are ahead are read, again and
    again, and do not raise the floor past all others.
    """
    if isinstance(watermark, str):
        try:
            watermark = datetime.fromisoformat(watermark)
        except ValueError:
            return False
    if isinstance(watermark, datetime) and watermark.tzinfo:
        return watermark > now + timedelta(seconds=overlap_seconds)
    latest = now.replace(tzinfo=None) + _ZONES
    if isinstance(watermark, datetime):
        return watermark > latest
    return isinstance(watermark, date) and watermark > latest.date()


class Known:
    """Digests of rows that were acknowledged: `before`, of the last whole pass, and those met in this one."""

    def __init__(self, before: bytes, met: bytes) -> None:
        self._before = before
        self._found = frozenset(_parts(before)) | frozenset(_parts(met))
        self._met = deque(_parts(met), MAX_KNOWN)
        self._rows: deque[bytes] = deque(maxlen=MAX_KNOWN)

    def new(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Those of `rows` that are not known as they are; all of them are remembered."""
        self._rows.extend(row.data for row in rows)
        if not self._found:
            return rows
        return [row for row in rows if digest(row.data) not in self._found]

    def cut(self) -> tuple[bytes, bytes]:
        """Both lists, when the pass continues later."""
        self._met.extend(map(digest, self._rows))
        self._rows.clear()
        return self._before, b"".join(self._met)

    def ended(self) -> tuple[bytes, bytes]:
        """Both lists, when the pass is read to its end: what was met is what is known."""
        return self.cut()[1], b""


def digest(row: bytes) -> bytes:
    """Of a row as it is put, key and all: one changed row in 10^24 would be taken for a known one."""
    return blake2b(row, digest_size=DIGEST_BYTES).digest()


def _parts(digests: bytes) -> Iterable[bytes]:
    return (digests[at : at + DIGEST_BYTES] for at in range(0, len(digests), DIGEST_BYTES))


def _earlier(watermark: Any, seconds: float) -> list[Any]:
    """A time so much before `watermark`, if that is one."""
    before = timedelta(seconds=seconds)
    if isinstance(watermark, date):
        return [watermark - before]
    if not isinstance(watermark, str):
        return []
    try:
        moment = datetime.fromisoformat(watermark)
    except ValueError:
        return []
    return [(moment.replace(tzinfo=None) - before).isoformat(" ", "seconds")]  # sorts before every other spelling


def _later(watermark: bytes, value: Any) -> bytes:
    return kept((max(value, *restored(watermark)),)) if watermark else kept((value,))
