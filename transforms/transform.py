"""A Firehose batch, transformed: each record lands, is put back in parts, or fails, and no row gets lost on the way.

Rows that break the contract are put to the quarantine's stream before the record they came in is answered; if that
fails, so does the record, and Firehose keeps it in the error prefix.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from delivery.packing import pack
from delivery.rows import Record, Row
from schemas.contract import Contract
from schemas.texts import landed_timestamp
from transforms.envelope import Event, Response, Room, stream_name
from transforms.plan import Plan, Planner
from transforms.record import Reader

Put = Callable[[str, list[bytes]], str]
"""(stream, records) -> the empty string once all are acknowledged, or else what went wrong."""


@dataclass(frozen=True)
class Transformed:
    """The response and what it holds: rows landed and quarantined, records put back, why records failed (by id)."""

    response: Response
    landed: int
    quarantined: int
    put_back: int
    failures: dict[str, str]


class Transform:
    """The transform of one dataset. `put` puts records to a stream, `now` gives the time."""

    def __init__(self, contract: Contract, quarantine_stream: str, put: Put, now: Callable[[], datetime]) -> None:
        self._reader = Reader(contract, lambda: now().astimezone(UTC).date())
        self._quarantine_stream = quarantine_stream
        self._put = put
        self._now = now

    def __call__(self, event: Event) -> Transformed:
        """One answer for each record of `event`, given after all that does not land here was acknowledged."""
        stream = stream_name(event)
        planner = Planner(self._reader, stream, landed_timestamp(self._now()), Room(event["records"]))
        plans = [planner.plan(record) for record in event["records"]]
        plans = self._delivered(plans, stream, _put_back)
        plans = self._delivered(plans, self._quarantine_stream, _quarantine)
        return Transformed(
            response=Response(records=[plan.answer for plan in plans]),
            landed=sum(plan.landed for plan in plans),
            quarantined=sum(len(plan.quarantine) for plan in plans),
            put_back=sum(1 for plan in plans if plan.put_back),
            failures={plan.answer["recordId"]: plan.failure for plan in plans if plan.failure},
        )

    def _delivered(self, plans: list[Plan], stream: str, records: Callable[[list[Plan]], list[bytes]]) -> list[Plan]:
        """`plans` after what they ask to be put to `stream` was; those that asked fail when it was not taken."""
        if not (putting := records(plans)) or not (problem := self._put(stream, putting)):
            return plans
        return [plan.failing(problem) if records([plan]) else plan for plan in plans]


def _put_back(plans: list[Plan]) -> list[bytes]:
    return [record for plan in plans for record in plan.put_back]


def _quarantine(plans: list[Plan]) -> list[bytes]:
    """The bad rows of all records together in few records; no header, because that stream has no transform."""
    rows = (Row(None, line) for plan in plans for line in plan.quarantine)
    return [record.data for record in pack(rows, None) if isinstance(record, Record)]
