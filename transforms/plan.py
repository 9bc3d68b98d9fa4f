"""What is to become of one record, decided without putting anything."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from delivery.header import Header, split_header
from delivery.packing import pack
from delivery.rows import Oversized, Row
from schemas.contract import DELETED
from schemas.internal import QuarantineRow, quarantine_line
from transforms.delimited import as_arrays
from transforms.envelope import Answer, EventRecord, Room, data_of, dropped, failed, ok
from transforms.fast import Landing
from transforms.record import Reader, Reading, Reject
from transforms.unnest import UnreadableError

MAX_SPLITS: Final = 3
"""Times a record may be cut and put back. One cut leaves one partition in each part, so more is a loop."""
MAX_SOURCE_CHARS: Final = 4096
"""Longest `source`: it stands in every row, and an S3 URI with its version takes at most about 2,200."""


@dataclass(frozen=True)
class Plan:
    """A record's `answer`, given once `put_back` (records) and `quarantine` (lines) were put.

    `landed` counts the rows in the answer; `failure` says why the answer is ProcessingFailed.
    """

    answer: Answer
    landed: int = 0
    put_back: list[bytes] = field(default_factory=list)
    quarantine: list[bytes] = field(default_factory=list)
    failure: str = ""

    def failing(self, failure: str) -> "Plan":
        """The plan when something could not be put: Firehose keeps the record as it came."""
        return Plan(failed(self.answer["recordId"]), failure=failure)


class Planner:
    """Plans for the records of one stream that are transformed together, at the time `ingested_at`."""

    def __init__(self, reader: Reader, stream: str, ingested_at: str, room: Room) -> None:
        self._reader = reader
        self._stream = stream
        self._ingested_at = ingested_at
        self._room = room

    def plan(self, record: EventRecord) -> Plan:
        """What is to become of `record`; it takes the room its rows need in the response."""
        record_id = record["recordId"]
        try:
            header, body = split_header(data_of(record))
            if header.delimiter:
                body = as_arrays(body, header.delimiter)
            source = header.source or f"firehose/{self._stream}/{record_id}"
            return self._planned(record_id, replace(header, source=source), body)
        except (ValueError, RecursionError) as error:  # UnreadableError, data that is not base64 or is nested too deep
            return Plan(failed(record_id), failure=str(error))

    def _read(self, body: bytes, header: Header, lineage: Mapping[str, str]) -> Reading:
        if not self._reader.contract.tracks_deletes:
            if header.deleted:
                raise UnreadableError("the record carries deletions; its contract's source is not a SQL database")
            return self._reader.read(body, lineage, header)
        reader = self._reader.of_deleted if header.deleted else self._reader
        return reader.read(body, {**lineage, DELETED.name: header.deleted}, header)

    def _planned(self, record_id: str, header: Header, body: bytes) -> Plan:
        if len(header.source) > MAX_SOURCE_CHARS:
            raise UnreadableError(f"source has {len(header.source):,} characters; valid: at most {MAX_SOURCE_CHARS:,}")
        lineage = {"source": header.source, "ingested_at": header.read_at or self._ingested_at}
        reading = self._read(body, header, lineage)
        quarantine = [self._quarantine_line(reject, lineage) for reject in reading.rejects]
        if not reading.landings:
            return Plan(dropped(record_id), quarantine=quarantine)
        if len(reading.landings) == 1 and self._room.take(reading.landings[0].lines):
            answer = ok(record_id, reading.landings[0].lines, self._partition_keys(reading.landings[0]))
            return Plan(answer, landed=reading.landings[0].rows, quarantine=quarantine)
        return Plan(dropped(record_id), put_back=_cut(reading.landings, header), quarantine=quarantine)

    def _quarantine_line(self, reject: Reject, lineage: Mapping[str, str]) -> bytes:
        """In its final form, since the quarantine's stream has no transform."""
        rule, reason, column = reject.broken
        name = self._reader.contract.name
        return quarantine_line(QuarantineRow(name, rule, reason, reject.source_row, reject.line, column, **lineage))

    def _partition_keys(self, landing: Landing) -> dict[str, str]:
        partition = self._reader.contract.partition
        return {partition.unit: landing.partition} if partition and landing.partition else {}


def _cut(landings: Iterable[Landing], header: Header) -> list[bytes]:
    """The rows as records for their own stream, each of one partition; raises `UnreadableError`.

    They keep their landed form, so the response to each of them is about as long as the record.
    """
    if header.splits >= MAX_SPLITS:
        raise UnreadableError(f"the record still does not fit after {header.splits} splits; put smaller records")
    records = []
    for record in pack(_rows(landings), replace(header, splits=header.splits + 1, columns=(), delimiter="", lines=())):
        if isinstance(record, Oversized):
            raise UnreadableError(record.reason)
        records.append(record.data)
    return records


def _rows(landings: Iterable[Landing]) -> Iterator[Row]:
    return (Row(landing.partition, line) for landing in landings for line in landing.lines.splitlines())
