"""A Firehose that remembers what it took and refuses what its script says."""

from collections.abc import Iterable
from itertools import repeat
from typing import Any


class FakeFirehose:
    """`refusals`: for each call in turn the positions of the records that it refuses; nothing once it has run out.

    `codes` are those of the refusals, call by call.
    """

    def __init__(
        self, refusals: Iterable[set[int]] = (), codes: Iterable[str] = repeat("ServiceUnavailableException")
    ) -> None:
        self.calls: list[list[bytes]] = []
        self.taken: dict[str, list[bytes]] = {}
        self._refusals = iter(refusals)
        self._codes = iter(codes)

    def put_record_batch(self, **request: Any) -> dict[str, Any]:
        data = [record["Data"] for record in request["Records"]]
        self.calls.append(data)
        refused = next(self._refusals, set()) & set(range(len(data)))
        code = next(self._codes, "")
        taken = self.taken.setdefault(request["DeliveryStreamName"], [])
        taken += [record for number, record in enumerate(data) if number not in refused]
        return {
            "FailedPutCount": len(refused),
            "RequestResponses": [
                {"ErrorCode": code, "ErrorMessage": "Slow down."} if number in refused else {"RecordId": str(number)}
                for number in range(len(data))
            ],
        }
