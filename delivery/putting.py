"""Putting records until Firehose has acknowledged each of them.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html: a call that answers 200 may still have
refused some of its records. Only those are sent again.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from tenacity import RetryError, Retrying, retry_if_result, stop_after_attempt, wait_random_exponential

from delivery.packing import batches

MAX_ATTEMPTS: Final = 8
"""Sends of one batch: with the pauses below half a minute or so, a few times the throttling that one caller causes."""
_PAUSE = wait_random_exponential(multiplier=0.2, max=10)


class FirehoseClient(Protocol):
    """The one call of boto3's Firehose client that is needed here."""

    def put_record_batch(self, **request: Any) -> Any: ...


@dataclass(frozen=True)
class Acknowledged:
    """What Firehose has taken: records, and their bytes before base64."""

    records: int = 0
    record_bytes: int = 0

    def plus(self, records: list[bytes]) -> "Acknowledged":
        return Acknowledged(self.records + len(records), self.record_bytes + sum(map(len, records)))

    def minus(self, records: list[bytes]) -> "Acknowledged":
        return Acknowledged(self.records - len(records), self.record_bytes - sum(map(len, records)))


class UndeliveredError(Exception):
    """Firehose did not take everything. `unsent` are the records of the batch at hand that it did not acknowledge;
    `acknowledged` counts what it took before; records after that batch were never asked for."""

    def __init__(self, stream: str, unsent: list[bytes], acknowledged: Acknowledged, cause: str) -> None:
        super().__init__(
            f"stream {stream}: {len(unsent)} records not accepted ({cause}); {acknowledged.records} were acknowledged "
            "before; put the unsent ones again once the stream is ACTIVE and below its throughput quota"
        )
        self.stream = stream
        self.unsent = unsent
        self.acknowledged = acknowledged


class FirehoseSink:
    """One stream to put to. `sleep` waits the seconds it is given between attempts."""

    def __init__(self, client: FirehoseClient, stream: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self.stream = stream
        self._client = client
        self._sleep = sleep

    def put(self, records: Iterable[bytes]) -> Acknowledged:
        """Put all `records`, each within 1,000 KiB, in as few calls as the limits allow; raises `UndeliveredError`."""
        total = Acknowledged()
        for batch in batches(records):
            self._put_batch(batch, total)
            total = total.plus(batch)
        return total

    def _put_batch(self, batch: list[bytes], before: Acknowledged) -> None:
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
            raise UndeliveredError(
                self.stream, sending.pending, before.plus(batch).minus(sending.pending), cause
            ) from error


class _Sending:
    """A batch on its way: `pending` shrinks with every answer."""

    def __init__(self, client: FirehoseClient, stream: str, batch: list[bytes]) -> None:
        self.pending = batch
        self.refusal = ""
        self._client = client
        self._stream = stream

    def send(self) -> list[bytes]:
        """Send what is pending and return what was refused. A call that boto3 itself gave up raises its error."""
        answer = self._client.put_record_batch(
            DeliveryStreamName=self._stream, Records=[{"Data": record} for record in self.pending]
        )
        if not answer["FailedPutCount"]:
            self.pending = []
            return []
        answered = list(zip(self.pending, answer["RequestResponses"], strict=True))
        self.pending = [record for record, response in answered if "ErrorCode" in response]
        errors = [response for _, response in answered if "ErrorCode" in response]
        self.refusal = ", ".join(sorted({f"{error['ErrorCode']}: {error['ErrorMessage']}" for error in errors}))
        return self.pending
