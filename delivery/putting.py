"""Putting records until Firehose has acknowledged each of them.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html: a call that answers 200 may still have
refused some of its records. Only those are sent again. What is refused to the end is parked, where there is a place.

While records have to be sent again, batches go one at a time, so that functions that share a stream get equal shares of
what it takes, and bytes that it will refuse are not sent in vain.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from tenacity import RetryError

from delivery.limits import BILLING_STEP_BYTES
from delivery.packing import batches
from delivery.retrying import SecondsLeft, a_few_times, is_throttled, until_time_is_up

IN_FLIGHT: Final = 4
"""Batches that a function has on their way at once. A call of 4 MiB takes a few tenths of a second, so these fill the
5 MiB a second of a stream's quota, and at 16 MiB of records they are well under a function's memory."""

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
    """What became of one batch, why not all of it was taken, and how often it was sent."""

    taken: Acknowledged
    unsent: list[bytes]
    cause: str = ""
    attempts: int = 1


class FirehoseSink:
    """One stream to put to, up to `in_flight` batches at once. `sleep` waits the seconds it is given between attempts.

    With `park`, records that Firehose refuses for good are stored there, and the others continue. With `seconds_left`,
    a throttled stream is waited for while there is time; without it, it is tried as often as any other refusal.
    """

    def __init__(
        self,
        client: FirehoseClient,
        stream: str,
        sleep: Callable[[float], None] = time.sleep,
        in_flight: int = 1,
        park: Parking | None = None,
        seconds_left: SecondsLeft | None = None,
    ) -> None:
        self.stream = stream
        self._client = client
        self._sleep = sleep
        self._in_flight = in_flight
        self._park = park
        self._seconds_left = seconds_left
        self._gave_up = ""
        """Why nothing more is tried: the time was up while the stream was throttled."""

    def put(self, records: Iterable[bytes]) -> Acknowledged:
        """Put all `records`, each within 1,000 KiB, in as few calls as the limits allow; raises `UndeliveredError`."""
        outcomes = _Outcomes(self.stream, self._in_flight)
        if self._in_flight == 1:
            for batch in batches(records):
                outcomes.add(self._put_batch(batch))
                outcomes.check()
            return outcomes.total
        with ThreadPoolExecutor(self._in_flight) as pool:
            flying: deque[Future[_Outcome]] = deque()
            for batch in batches(records):
                flying.append(pool.submit(self._put_batch, batch))
                while len(flying) >= outcomes.window:
                    outcomes.add(flying.popleft().result())
                if outcomes.unsent:
                    break
            for future in flying:
                outcomes.add(future.result())
        outcomes.check()
        return outcomes.total

    def _put_batch(self, batch: list[bytes]) -> _Outcome:
        sending = _Sending(self._client, self.stream, batch)
        if self._gave_up:
            return self._parked(sending, self._gave_up)
        retrying = until_time_is_up(self._sleep, self._seconds_left) if self._seconds_left else a_few_times(self._sleep)
        try:
            retrying(sending.send)
        except RetryError as error:
            cause = str(error.last_attempt.exception() or sending.refusal)
            if self._seconds_left and is_throttled(error.last_attempt):
                self._gave_up = cause
            return self._parked(sending, cause)
        except (ClientError, BotoCoreError) as error:
            return self._parked(sending, str(error))
        return _Outcome(sending.taken, [], attempts=sending.attempts)

    def _parked(self, sending: "_Sending", cause: str) -> _Outcome:
        """What Firehose refused, stored elsewhere if there is a place and it can be reached."""
        if self._park:
            try:
                self._park(self.stream, sending.pending)
            except (ClientError, BotoCoreError) as error:
                cause = f"{cause}; parking failed, too: {error}"
                return _Outcome(sending.taken, sending.pending, cause, sending.attempts)
            parked = Acknowledged(parked=len(sending.pending))
            return _Outcome(sending.taken.plus(parked), [], attempts=sending.attempts)
        return _Outcome(sending.taken, sending.pending, cause, sending.attempts)


class _Outcomes:
    """What became of all batches so far. `window` is how many may be on their way now, at most `in_flight`."""

    def __init__(self, stream: str, in_flight: int) -> None:
        self.total = Acknowledged()
        self.unsent: list[bytes] = []
        self.window = in_flight
        self._in_flight = in_flight
        self._stream = stream
        self._cause = ""

    def add(self, outcome: _Outcome) -> None:
        self.total = self.total.plus(outcome.taken)
        self.unsent += outcome.unsent
        self._cause = outcome.cause or self._cause
        self.window = min(self.window + 1, self._in_flight) if outcome.attempts == 1 else 1

    def check(self) -> None:
        if self.unsent:
            raise UndeliveredError(self._stream, self.unsent, self.total, self._cause)


class _Sending:
    """A batch on its way: `pending` shrinks and `taken` grows with every answer."""

    def __init__(self, client: FirehoseClient, stream: str, batch: list[bytes]) -> None:
        self.pending = batch
        self.taken = Acknowledged()
        self.attempts = 0
        self.refusal = ""
        self._client = client
        self._stream = stream

    def send(self) -> set[str]:
        """Send what is pending; gives the codes of what was refused, none once all of it is taken. A call that boto3
        itself gave up raises its error."""
        self.attempts += 1
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
        return {error["ErrorCode"] for error in errors}
