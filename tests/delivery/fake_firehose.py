"""A Firehose that remembers what it took and refuses what its script says."""

from collections.abc import Iterable
from typing import Any


class FakeFirehose:
    """`refusals`: for each call in turn the positions of the records that it refuses; nothing once it has run out."""

    def __init__(self, refusals: Iterable[set[int]] = ()) -> None:
        self.calls: list[list[bytes]] = []
        self.taken: dict[str, list[bytes]] = {}
        self._refusals = iter(refusals)

    def put_record_batch(self, **request: Any) -> dict[str, Any]:
        data = [record["Data"] for record in request["Records"]]
        self.calls.append(data)
        refused = next(self._refusals, set()) & set(range(len(data)))
        taken = self.taken.setdefault(request["DeliveryStreamName"], [])
        taken += [record for number, record in enumerate(data) if number not in refused]
        return {
            "FailedPutCount": len(refused),
            "RequestResponses": [
                {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}
                if number in refused
                else {"RecordId": str(number)}
                for number in range(len(data))
            ],
        }
