"""Many rows into few records, and many records into few calls.

Firehose bills each record in steps of 5 KiB and hands the transform several at a time, so rows travel packed: one
a line, or as the leaves of one nested JSON document. A record holds rows of one partition only, because Firehose gives
one transformed record one set of partition keys
(https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html).
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace

from delivery.header import OBJECTS, Format, Header, header_line
from delivery.limits import BILLING_STEP_BYTES, KIB, MAX_BATCH_BYTES, MAX_BATCH_RECORDS, MAX_RECORD_BYTES, MIB
from delivery.line_numbers import FIRST_RUN_BYTES, Runs, most_bytes
from delivery.rows import Block, Leaf, Oversized, Record, Row

TARGET_RECORD_BYTES: Final = 100 * BILLING_STEP_BYTES
"""500 KiB: rounding up to 5 KiB costs at most 1 %."""
TARGET_LANDED_BYTES: Final = 2_000_000
"""What the rows of a record come to at most once they have the names of their columns and lineage: with base64, the
transform's answer of 6 MB holds two such records. What it cannot hold is put back and billed again as it lands, several
times as long."""
_LINEAGE_BYTES: Final = 100
"""What each landed row has beside its values, their names and the name of its source."""
_NAME_BYTES: Final = len('"":"",')
MAX_HELD_BYTES: Final = 64 * MIB
"""Bytes of unfinished records, over all partitions: what packing may take of a function's memory."""


class _Lines:
    """The body of a record of rows."""

    def __init__(self) -> None:
        self.size = 0
        self.rows = 0
        self._pieces: list[bytes] = []
        self._runs = Runs()

    def cost(self, row: Row) -> int:
        """Bytes by which the record grows with `row`, at most."""
        return len(row.data) + len(b"\n") + (FIRST_RUN_BYTES if row.line else 0)

    def add(self, row: Row, _cost: int) -> None:
        self.add_lines(row.data + b"\n", 1, (row.line,))

    def add_lines(self, data: bytes, rows: int, lines: Sequence[int]) -> None:
        self.size += len(data) + self._runs.add(lines, rows)
        self.rows += rows
        self._pieces.append(data)

    def record(self, header: Header | None, form: Format) -> Record:
        start = header_line(replace(header, **form._asdict(), lines=self._runs.known)) if header else b""
        return Record(b"".join([start, *self._pieces]), self.rows)


class _Document:
    """The body of a record that is one nested document."""

    def __init__(self) -> None:
        self.size = len(b"{}")
        self.rows = 0
        self._tree: dict[str, Any] = {}

    def cost(self, leaf: Leaf) -> int | None:
        """Bytes by which the body grows at most: the keys that it lacks and the leaf; None if the place is taken."""
        needed = len(leaf.data) - len(b"{}")  # only the keys above the last one open an object
        node: Any = self._tree
        for key in leaf.path:
            if not isinstance(node, dict):
                return None
            if key not in node:
                needed += len(msgspec.json.encode(key)) + len(b":{},")
            node = node.get(key, {})
        return needed if node == {} else None

    def add(self, leaf: Leaf, cost: int) -> None:
        self.size += cost
        self.rows += leaf.rows
        node = self._tree
        for key in leaf.path[:-1]:
            node = node.setdefault(key, {})
        node[leaf.path[-1]] = msgspec.Raw(leaf.data)

    def record(self, header: Header | None, _form: Format) -> Record:
        return Record((header_line(header) if header else b"") + msgspec.json.encode(self._tree), self.rows)


def pack(
    rows: Iterable[Row | Leaf | Block], header: Header | None, target: int = TARGET_RECORD_BYTES
) -> Iterator[Record | Oversized]:
    """Every row in exactly one record (or `Oversized`), each record of one partition and under `header`.

    A record ends before it would pass `target` bytes, or `TARGET_LANDED_BYTES` as it lands; a longer single row gets a
    record of its own as long as it is within `MAX_RECORD_BYTES`. Rows of different partitions may come in any order.
    Without `header` there is no header line: so it must be for streams that have no transform to take it off.
    """
    packing = _Packing(header, target)
    for row in rows:
        if isinstance(row, Block):
            yield from packing.block(row)
        else:
            yield from packing.row(row)
        if packing.held > MAX_HELD_BYTES:
            yield packing.largest()
    yield from packing.rest()


_Slot = tuple[type, str | None, Format]
"""What one body holds: lines or a document, of one partition, in one format."""


class _Packing:
    """Records on their way: one body for each slot, and `held` bytes in all of them."""

    def __init__(self, header: Header | None, target: int) -> None:
        self.held = 0
        self._header = header
        self._target = target
        self._start_bytes: dict[Format, int] = {}
        self._bodies: dict[_Slot, Any] = {}  # _Lines under a slot of _Lines, _Document under one of _Document

    def row(self, row: Row | Leaf) -> Iterator[Record | Oversized]:
        slot: _Slot = (_Document, row.partition, OBJECTS)
        if isinstance(row, Row):
            slot = (_Lines, row.partition, row.format)
        body, start = self._bodies.get(slot), self._start(slot[2])
        cost: int | None = body.cost(row) if body else None
        rows = row.rows if isinstance(row, Leaf) else 1
        if body and (cost is None or not self._room(slot[2], body).holds(cost, rows)):
            yield self._take(slot)
            body = None
        if body is None or cost is None:
            body = slot[0]()
            cost = int(body.cost(row))
            if (needed := start + body.size + cost) > MAX_RECORD_BYTES:
                yield Oversized(row, _too_long(needed))
                return
            self._bodies[slot] = body
            self.held += body.size
        before = body.size
        body.add(row, cost)
        self.held += body.size - before

    def block(self, block: Block) -> Iterator[Record | Oversized]:
        """Whole lines of `block`, as many as fit each time."""
        slot, at, row = (_Lines, block.partition, block.format), 0, 0
        data = block.data
        while at < len(data):
            body = self._bodies.get(slot)
            end, rows = _fitting(block, at, row, self._room(block.format, body or _Lines()))
            if rows:
                body = body or self._bodies.setdefault(slot, _Lines())
                before = body.size
                body.add_lines(data[at:end], rows, block.lines[row : row + rows])
                self.held += body.size - before
                at, row = end, row + rows
            elif body:
                yield self._take(slot)
            else:  # not even one line fits
                end = data.index(b"\n", at)
                line = block.lines[row] if block.lines else 0
                yield from self.row(Row(block.partition, data[at:end], block.format, line))
                at, row = end + 1, row + 1

    def largest(self) -> Record:
        return self._take(max(self._bodies, key=lambda slot: int(self._bodies[slot].size)))

    def rest(self) -> Iterator[Record]:
        while self._bodies:
            yield self._take(next(iter(self._bodies)))

    def _start(self, form: Format) -> int:
        """Bytes of the header line of records whose rows are written like that, without their lines."""
        if form not in self._start_bytes:
            line = header_line(replace(self._header, **form._asdict())) if self._header else b""
            self._start_bytes[form] = len(line)
        return self._start_bytes[form]

    def _room(self, form: Format, body: _Lines | _Document) -> "_Room":
        growth = _LINEAGE_BYTES + len(self._header.source) + _names_bytes(form) if self._header else 0
        landed = body.size + body.rows * growth
        return _Room(self._target - self._start(form) - body.size, TARGET_LANDED_BYTES - landed, growth)

    def _take(self, slot: _Slot) -> Record:
        body = self._bodies.pop(slot)
        self.held -= body.size
        record: Record = body.record(self._header, slot[2])
        return record


class _Room(NamedTuple):
    """What a record may still take: `size` bytes, and rows of `landed` bytes once each has grown by `growth`."""

    size: int
    landed: int
    growth: int

    def holds(self, size: int, rows: int) -> bool:
        return size <= self.size and size + rows * self.growth <= self.landed

    def bytes_of(self, block: Block) -> int:
        """How much of `block` it may hold, were all rows of one length."""
        mean = len(block.data) / block.rows
        return max(0, min(self.size, int(self.landed * mean / (mean + self.growth))))


@lru_cache
def _names_bytes(form: Format) -> int:
    return sum(len(name.encode()) + _NAME_BYTES for name in form.columns)


def _fitting(block: Block, at: int, row: int, room: _Room) -> tuple[int, int]:
    """Where the whole lines of `block` end, and how many rows they are, that from `at` (row number `row`) on fit."""
    most = room.bytes_of(block)
    end = len(block.data) if len(block.data) - at <= most else block.data.rfind(b"\n", at, at + most) + 1
    while end > at:
        rows = _rows(block, at, row, end)
        if room.holds(end - at + most_bytes(block.lines[row : row + rows]), rows):
            return end, rows
        end = block.data.rfind(b"\n", at, at + (end - at) // 2) + 1
    return at, 0


def _rows(block: Block, at: int, row: int, end: int) -> int:
    """The rows of `block` between `at` (row number `row`) and `end`: the shorter side of `end` is counted."""
    if end - at < len(block.data) - end:
        return block.data.count(b"\n", at, end)
    return block.rows - row - block.data.count(b"\n", end)


def batches(records: Iterable[bytes]) -> Iterator[list[bytes]]:
    """`records` in order, cut into lists that one PutRecordBatch call takes: 500 records and 4 MiB."""
    batch: list[bytes] = []
    size = 0
    for record in records:
        if batch and (len(batch) == MAX_BATCH_RECORDS or size + len(record) > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += len(record)
    if batch:
        yield batch


def _too_long(size: int) -> str:
    return (
        f"the row makes a record of {size:,} bytes; Firehose takes at most {MAX_RECORD_BYTES:,} "
        f"({MAX_RECORD_BYTES // KIB:,} KiB), so shorten the row's longest value"
    )
