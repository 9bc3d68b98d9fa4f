"""The way of every source: rows are packed and put, rejects go to the quarantine, then the load is recorded."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import msgspec

from delivery.header import Header
from delivery.limits import MAX_BATCH_BYTES
from delivery.packing import pack
from delivery.putting import Acknowledged, FirehoseClient, FirehoseSink, Parking
from delivery.retrying import SecondsLeft
from delivery.rows import Block, Leaf, Oversized, Record, Row
from producers.rejects import Reject, quarantine_row
from schemas.internal import LoadRow
from schemas.texts import landed_timestamp

Producer = Literal["alpha_vantage", "files", "sql"]
Item = Row | Leaf | Block | Reject
"""What a source is read as."""
_REJECTS_HELD_BYTES: Final = MAX_BATCH_BYTES


@dataclass(frozen=True)
class Destination:
    """Where and how to put. `stream_prefix` and a dataset's name make its stream; `now` is the time in UTC.

    `in_flight` batches are on their way at once; `park`, if given, takes what Firehose refuses for good. A throttled
    stream is waited for as long as `seconds_left`, if given, says that the run has time.
    """

    client: FirehoseClient
    stream_prefix: str
    producer: Producer
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    in_flight: int = 1
    park: Parking | None = None
    seconds_left: SecondsLeft | None = None

    def sink(self, dataset: str) -> FirehoseSink:
        stream = self.stream_prefix + dataset
        return FirehoseSink(self.client, stream, self.sleep, self.in_flight, self.park, self.seconds_left)


@dataclass(frozen=True)
class Load:
    """What became of one source. `rows` were read; `rejected` of them are in the quarantine, the others were put.

    They travelled in `records`, of which Firehose bills `billed_bytes`; `undelivered` more records it did not take, and
    they are parked.
    """

    dataset: str
    source: str
    rows: int
    rejected: int
    records: int
    record_bytes: int
    billed_bytes: int = 0
    undelivered: int = 0
    note: str = ""

    @property
    def packing_efficiency(self) -> float:
        """Bytes put of each byte billed; 1 for nothing."""
        return self.record_bytes / self.billed_bytes if self.billed_bytes else 1.0


def load(
    rows: Iterable[Item],
    dataset: str,
    source: str,
    to: Destination,
    note: Callable[[], str] = str,
    *,
    deleted: bool = False,
    read_at: datetime | None = None,
) -> Load:
    """Put every row to the stream of `dataset` under the name `source`, and a row about it to `loads` at the very end.

    `note` is asked after the last row what else is to be said of the load. Raises `UndeliveredError`, and whatever
    `rows` raises; there is no row in `loads` then, and loading once more is safe, since rows have keys: what came
    before may have been put, in whole records. `deleted` says that the rows are gone at their source; `read_at` is the
    time of the rows, now unless given.
    """
    running = _Running(dataset, source, to, deleted, read_at or to.now())
    try:
        put = to.sink(dataset).put(running.packed(rows))
    finally:
        running.put_rejects()
    done = running.done(put, note())
    to.sink("loads").put([msgspec.json.encode(_load_row(done, to))])
    return done


class _Running:
    """A load on its way: it counts, and keeps rejects until there are enough for a record."""

    def __init__(self, dataset: str, source: str, to: Destination, deleted: bool, read_at: datetime) -> None:
        self.rows = 0
        self.rejected = 0
        self._dataset, self._source, self._to = dataset, source, to
        self._header = Header(source, deleted=deleted, read_at=landed_timestamp(read_at))
        self._held: list[Row] = []
        self._held_bytes = 0

    def packed(self, rows: Iterable[Item]) -> Iterator[bytes]:
        for item in pack(self._good(rows), self._header):
            if isinstance(item, Record):
                self.rows += item.rows
                yield item.data
            else:
                self._reject(_rejected(item))

    def put_rejects(self) -> None:
        """Put the rejects that are held: bare, since the stream has no transform, and cut, so none is oversized."""
        records = [item.data for item in pack(self._held, None) if isinstance(item, Record)]
        self._held, self._held_bytes = [], 0
        self._to.sink("quarantine").put(records)

    def done(self, put: Acknowledged, note: str) -> Load:
        return Load(
            self._dataset,
            self._source,
            self.rows + self.rejected,
            self.rejected,
            put.records,
            put.record_bytes,
            put.billed_bytes,
            put.parked,
            note,
        )

    def _good(self, rows: Iterable[Item]) -> Iterator[Row | Leaf | Block]:
        for row in rows:
            if isinstance(row, Reject):
                self._reject(row)
            else:
                yield row

    def _reject(self, reject: Reject) -> None:
        self.rejected += 1
        row = Row(None, quarantine_row(reject, self._dataset, self._source, self._to.now()))
        self._held.append(row)
        self._held_bytes += len(row.data)
        if self._held_bytes >= _REJECTS_HELD_BYTES:
            self.put_rejects()


def _rejected(item: Oversized) -> Reject:
    path = " > ".join(item.row.path) + ": " if isinstance(item.row, Leaf) else ""
    return Reject("parse", item.reason, path + item.row.data.decode(errors="backslashreplace"))


def _load_row(done: Load, to: Destination) -> LoadRow:
    return LoadRow(
        dataset=done.dataset,
        loaded_source=done.source,
        rows_in=done.rows,
        records=done.records,
        record_bytes=done.record_bytes,
        billed_bytes=done.billed_bytes,
        rejected=done.rejected,
        undelivered=done.undelivered,
        note=done.note or None,
        source=to.producer,
        ingested_at=landed_timestamp(to.now()),
    )
