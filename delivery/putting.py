"""Putting records until Firehose has acknowledged each of them.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html: a call that answers 200 may still have
refused some of its records. Only those are sent again. What is refused to the end is parked, where there is a place.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from tenacity import RetryError, Retrying, retry_if_result, stop_after_attempt, wait_random_exponential

from delivery.limits import BILLING_STEP_BYTES
from delivery.packing import batches

MAX_ATTEMPTS: Final = 8
"""Sends of one batch: with the pauses below half a minute or so, a few times the throttling that one caller causes."""
IN_FLIGHT: Final = 4
"""Batches that a function has on their way at once. A call of 4 MiB takes a few tenths of a second, so these fill the
5 MiB a second of a stream's quota, and at 16 MiB of records they are well under a function's memory."""
_PAUSE = wait_random_exponential(multiplier=0.2, max=10)

Parking = Callable[[str, list[bytes]], None]
"""(stream, records) -> None once they are durably stored elsewhere; it raises botocore's errors."""


class FirehoseClient(Protocol):
    """The one call of boto3's Firehose client that is needed here."""

    def put_record_batch(self, **request: Any) -> Any: ...


def billed_bytes(record: bytes) -> int:
    """What Firehose bills for a record: its size in whole steps of 5 KiB."""
    return -(-len(record) // BILLING_STEP_BYTES) * BILLING_STEP_BYTES


@dataclass(frozen=True)
class Acknowledged:
    """What Firehose has taken: records, their bytes before base64, and the bytes it bills.

    `parked` more records it did not take; they are stored elsewhere.
    """

    records: int = 0
    record_bytes: int = 0
    billed_bytes: int = 0
    parked: int = 0

    @staticmethod
    def of(records: list[bytes]) -> "Acknowledged":
        return Acknowledged(len(records), sum(map(len, records)), sum(map(billed_bytes, records)))

    def plus(self, other: "Acknowledged") -> "Acknowledged":
        return Acknowledged(
            self.records + other.records,
            self.record_bytes + other.record_bytes,
            self.billed_bytes + other.billed_bytes,
            self.parked + other.parked,
        )


class UndeliveredError(Exception):
    """Firehose did not take everything. `unsent` are the records of the batches at hand that it did not acknowledge;
    `acknowledged` counts what it took; records after those batches were never asked for."""

    def __init__(self, stream: str, unsent: list[bytes], acknowledged: Acknowledged, cause: str) -> None:
        super().__init__(
            f"stream {stream}: {len(unsent)} records not accepted ({cause}); {acknowledged.records} were acknowledged; "
            "put the unsent ones again once the stream is ACTIVE and below its throughput quota"
        )
        self.stream = stream
        self.unsent = unsent
        self.acknowledged = acknowledged


@dataclass(frozen=True)
class _Outcome:
    """What became of one batch, and why not all of it was taken."""

    taken: Acknowledged
    unsent: list[bytes]
    cause: str = ""


class FirehoseSink:
    """One stream to put to, `in_flight` batches at once. `sleep` waits the seconds it is given between attempts.

    With `park`, records that Firehose refuses for good are stored there, and the others continue.
    """

    def __init__(
        self,
        client: FirehoseClient,
        stream: str,
        sleep: Callable[[float], None] = time.sleep,
        in_flight: int = 1,
        park: Parking | None = None,
    ) -> None:
        self.stream = stream
        self._client = client
        self._sleep = sleep
        self._in_flight = in_flight
        self._park = park

    def put(self, records: Iterable[bytes]) -> Acknowledged:
        """Put all `records`, each within 1,000 KiB, in as few calls as the limits allow; raises `UndeliveredError`."""
        outcomes = _Outcomes(self.stream)
        if self._in_flight == 1:
            for batch in batches(records):
                outcomes.add(self._put_batch(batch))
                outcomes.check()
            return outcomes.total
        with ThreadPoolExecutor(self._in_flight) as pool:
            flying: deque[Future[_Outcome]] = deque()
            for batch in batches(records):
                flying.append(pool.submit(self._put_batch, batch))
                if len(flying) == self._in_flight:
                    outcomes.add(flying.popleft().result())
                    if outcomes.unsent:
                        break
            for future in flying:
                outcomes.add(future.result())
        outcomes.check()
        return outcomes.total

    def _put_batch(self, batch: list[bytes]) -> _Outcome:
        sending = _Sending(self._client, self.stream, batch)
        retrying = Retrying(
            sleep=self._sleep,
            wait=_PAUSE,
            stop=stop_after_attempt(MAX_ATTEMPTS),
            retry=retry_if_result(bool),
        )
        try:
            retrying(sending.send)
        except (RetryError, ClientError, BotoCoreError) as error:
            cause = sending.refusal if isinstance(error, RetryError) else str(error)
            return self._parked(sending, cause)
        return _Outcome(sending.taken, [])

    def _parked(self, sending: "_Sending", cause: str) -> _Outcome:
        """What Firehose refused, stored elsewhere if there is a place and it can be reached."""
        if self._park:
            try:
                self._park(self.stream, sending.pending)
            except (ClientError, BotoCoreError) as error:
                return _Outcome(sending.taken, sending.pending, f"{cause}; parking failed, too: {error}")
            return _Outcome(sending.taken.plus(Acknowledged(parked=len(sending.pending))), [])
        return _Outcome(sending.taken, sending.pending, cause)


class _Outcomes:
    """What became of all batches so far."""

    def __init__(self, stream: str) -> None:
        self.total = Acknowledged()
        self.unsent: list[bytes] = []
        self._stream = stream
        self._cause = ""

    def add(self, outcome: _Outcome) -> None:
        self.total = self.total.plus(outcome.taken)
        self.unsent += outcome.unsent
        self._cause = outcome.cause or self._cause

    def check(self) -> None:
        if self.unsent:
            raise UndeliveredError(self._stream, self.unsent, self.total, self._cause)


class _Sending:
    """A batch on its way: `pending` shrinks and `taken` grows with every answer."""

    def __init__(self, client: FirehoseClient, stream: str, batch: list[bytes]) -> None:
        self.pending = batch
        self.taken = Acknowledged()
        self.refusal = ""
        self._client = client
        self._stream = stream

    def send(self) -> list[bytes]:
        """Send what is pending and return what was refused. A call that boto3 itself gave up raises its error."""
        answer = self._client.put_record_batch(
            DeliveryStreamName=self._stream, Records=[{"Data": record} for record in self.pending]
        )
        answered = list(zip(self.pending, answer["RequestResponses"], strict=True))
        errors = [response for _, response in answered if "ErrorCode" in response]
        self.taken = self.taken.plus(
            Acknowledged.of([record for record, response in answered if "ErrorCode" not in response])
        )
        self.pending = [record for record, response in answered if "ErrorCode" in response]
        self.refusal = ", ".join(sorted({f"{error['ErrorCode']}: {error['ErrorMessage']}" for error in errors}))
        return self.pending
