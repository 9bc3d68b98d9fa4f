"""A Firehose that only remembers, as the gateway's own service in tests; imported by the gateway's process."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from local.gateway import Catalogue, Surroundings
from local.protocol import AwsError, Json, Service

ARN = "arn:aws:firehose:us-east-1:000000000000:deliverystream/"


class StubFirehose:
    """Keeps configurations in one file; refuses a stream without a bucket, and echoes puts."""

    target_prefix = "Firehose_20150804"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._streams: dict[str, Json] = msgspec.json.decode(path.read_bytes()) if path.exists() else {}

    def call(self, operation: str, request: Mapping[str, Any]) -> Json:
        name = request.get("DeliveryStreamName", "")
        match operation:
            case "CreateDeliveryStream":
                return self._create(name, request)
            case "DeleteDeliveryStream":
                self._described(name)
                del self._streams[name]
                self._save()
                return {}
            case "DescribeDeliveryStream":
                return {"DeliveryStreamDescription": self._described(name)}
            case "UpdateDestination":
                stream = self._described(name)
                stream["Destinations"][0]["ExtendedS3DestinationDescription"] |= request["ExtendedS3DestinationUpdate"]
                stream["VersionId"] = str(int(stream["VersionId"]) + 1)
                self._save()
                return {}
            case "PutRecord":
                return {"RecordId": request["Record"]["Data"]}
            case "Break":
                raise RuntimeError("broken")
        raise AwsError("UnknownOperationException", operation)

    def close(self) -> None:
        self._path.with_suffix(".closed").touch()

    def _create(self, name: str, request: Mapping[str, Any]) -> Json:
        destination = request["ExtendedS3DestinationConfiguration"]
        if destination.get("BufferingHints", {}).get("SizeInMBs", 64) < 64:
            raise AwsError("InvalidArgumentException", "BufferingHints.SizeInMBs must be at least 64")
        self._streams[name] = {
            "DeliveryStreamName": name,
            "DeliveryStreamARN": ARN + name,
            "VersionId": "1",
            "Destinations": [{"DestinationId": "d-1", "ExtendedS3DestinationDescription": destination}],
        }
        self._save()
        return {"DeliveryStreamARN": ARN + name}

    def _described(self, name: str) -> Json:
        if name not in self._streams:
            raise AwsError("ResourceNotFoundException", f"Firehose {name} under account 000000000000 not found.")
        return self._streams[name]

    def _save(self) -> None:
        self._path.write_bytes(msgspec.json.encode(self._streams))


def _build(around: Surroundings) -> Sequence[Service]:
    return [StubFirehose(around.data_dir / "stub.json")]


STUBS = Catalogue((StubFirehose.target_prefix,), _build)
