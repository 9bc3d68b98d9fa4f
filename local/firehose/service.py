"""Amazon Data Firehose's API over streams on this machine.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_Operations.html
"""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from local.clock import Clock
from local.firehose.catalog import check_table_exists
from local.firehose.clients import Clients
from local.firehose.config import read_destination
from local.firehose.description import describe_destination, merge_update, plain_view
from local.firehose.ingest import batch_of_records, one_record, stream_name
from local.firehose.rules import check_destination
from local.firehose.shapes import check_request, operations
from local.firehose.state import StreamState, read_states, write_state
from local.firehose.stream import Stream, Surface, system_randomness
from local.protocol import AwsError, Json

_FLUSH_SECONDS = 60.0
_DEFAULT_LIST_LIMIT = 10
_DEFAULT_TAG_LIMIT = 50
_DESTINATION_ID = "destinationId-000000000001"
_SLOW_DOWN = {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}
_S3_CONFIGURATIONS = ("ExtendedS3DestinationConfiguration", "S3DestinationConfiguration")

Operation = Callable[[Mapping[str, Any]], Json]


class Firehose:
    """The service. Streams and acknowledged records live under `data_dir` and outlast the process."""

    target_prefix = "Firehose_20150804"

    def __init__(
        self,
        clients: Clients,
        data_dir: Path,
        clock: Clock,
        account: str = "000000000000",
        region: str = "us-east-1",
    ) -> None:
        self._data_dir = data_dir
        self._account = account
        self._surface = Surface(clients, clock, region, system_randomness())
        self._lock = threading.RLock()
        self._streams = {state.name: Stream(folder, state, self._surface) for folder, state in read_states(data_dir)}
        self._operations: dict[str, Operation] = {
            "CreateDeliveryStream": self._create,
            "DescribeDeliveryStream": self._describe,
            "ListDeliveryStreams": self._list,
            "DeleteDeliveryStream": self._delete,
            "UpdateDestination": self._update,
            "TagDeliveryStream": self._tag,
            "UntagDeliveryStream": self._untag,
            "ListTagsForDeliveryStream": self._list_tags,
            "StartDeliveryStreamEncryption": self._start_encryption,
            "StopDeliveryStreamEncryption": self._stop_encryption,
        }

    def call(self, operation: str, request: Mapping[str, Any]) -> Json:
        """Answer one operation of the Firehose API; raises AwsError."""
        if operation == "PutRecordBatch":
            return self._put_record_batch(request)
        if operation == "PutRecord":
            return self._put_record(request)
        if operation not in self._operations:
            raise AwsError(
                "UnknownOperationException", f"{operation}: operations are {', '.join(sorted(operations()))}"
            )
        check_request(operation, request)
        with self._lock:
            return self._operations[operation](request)

    def close(self) -> None:
        """Stop delivering; a new Firehose over the same `data_dir` goes on where this one stopped."""
        for stream in self._all():
            stream.close()

    def flush(self) -> None:
        """Deliver everything that is buffered now, whatever the hints; raises TimeoutError after a minute."""
        for stream in self._all():
            if not stream.flush(_FLUSH_SECONDS):
                raise TimeoutError(f"stream {stream.state.name} did not deliver within {_FLUSH_SECONDS:g} s")

    def metrics(self, stream: str) -> dict[str, int]:
        """The stream's metrics by AWS's names, summed since it was opened; raises AwsError for an unknown stream."""
        return self._stream(stream).metrics.snapshot()

    def _all(self) -> list[Stream]:
        with self._lock:
            return list(self._streams.values())

    def _stream(self, name: str) -> Stream:
        stream = self._streams.get(name)
        if stream is None:
            message = f"Firehose {name} under account {self._account} not found."
            raise AwsError("ResourceNotFoundException", message)
        return stream

    # --- records ----------------------------------------------------------------------------------------------------

    def _put_record(self, request: Mapping[str, Any]) -> Json:
        name, payloads = stream_name(request), one_record(request)
        stream = self._stream(name)
        accepted = stream.put(payloads)
        if not accepted:
            raise AwsError("ServiceUnavailableException", "Slow down.", status=503)
        stream.metrics.add(PutRecord_Requests=1, PutRecord_Bytes=len(payloads[0]))
        return {"RecordId": accepted[0], "Encrypted": _is_encrypted(stream)}

    def _put_record_batch(self, request: Mapping[str, Any]) -> Json:
        name, payloads = stream_name(request), batch_of_records(request)
        stream = self._stream(name)
        accepted = stream.put(payloads)
        size = sum(map(len, payloads[: len(accepted)]))
        stream.metrics.add(PutRecordBatch_Requests=1, PutRecordBatch_Records=len(accepted), PutRecordBatch_Bytes=size)
        failed = len(payloads) - len(accepted)
        responses = [{"RecordId": number} for number in accepted] + failed * [_SLOW_DOWN]
        return {"FailedPutCount": failed, "Encrypted": _is_encrypted(stream), "RequestResponses": responses}

    # --- streams ----------------------------------------------------------------------------------------------------

    def _create(self, request: Mapping[str, Any]) -> Json:
        name = request["DeliveryStreamName"]
        if name in self._streams:
            message = f"Firehose {name} under accountId {self._account} already exists"
            raise AwsError("ResourceInUseException", message)
        description = describe_destination(_configured_destination(request))
        self._check(description)
        now = self._surface.clock.now()
        direct_put = request.get("DirectPutSourceConfiguration")
        state = StreamState(
            name=name,
            arn=f"arn:aws:firehose:{self._surface.region}:{self._account}:deliverystream/{name}",
            created=now,
            updated=now,
            version=1,
            destination=description,
            source={"DirectPutSourceDescription": direct_put} if direct_put else {},
            encryption=_encryption(request.get("DeliveryStreamEncryptionConfigurationInput")),
            tags={tag["Key"]: tag.get("Value", "") for tag in request.get("Tags", ())},
        )
        # No stream name can leave the data folder: "." and ".." are legal names too.
        folder = self._data_dir / f"{name}.stream"
        write_state(folder, state)
        self._streams[name] = Stream(folder, state, self._surface)
        return {"DeliveryStreamARN": state.arn}

    def _check(self, description: Json) -> None:
        check_destination(description)
        conversion = read_destination(description).conversion
        if conversion is not None:
            check_table_exists(self._surface.clients.glue, conversion)

    def _describe(self, request: Mapping[str, Any]) -> Json:
        state = self._stream(request["DeliveryStreamName"]).state
        described: Json = {
            "DeliveryStreamName": state.name,
            "DeliveryStreamARN": state.arn,
            "DeliveryStreamStatus": "ACTIVE",
            "DeliveryStreamEncryptionConfiguration": state.encryption,
            "DeliveryStreamType": "DirectPut",
            "VersionId": str(state.version),
            "CreateTimestamp": state.created,
            "LastUpdateTimestamp": state.updated,
            "Destinations": [
                {
                    "DestinationId": _DESTINATION_ID,
                    "S3DestinationDescription": plain_view(state.destination),
                    "ExtendedS3DestinationDescription": state.destination,
                }
            ],
            "HasMoreDestinations": False,
        }
        return {"DeliveryStreamDescription": {**described, "Source": state.source} if state.source else described}

    def _list(self, request: Mapping[str, Any]) -> Json:
        after = request.get("ExclusiveStartDeliveryStreamName", "")
        names = sorted(name for name in self._streams if name > after)
        if request.get("DeliveryStreamType", "DirectPut") != "DirectPut":
            names = []
        limit = request.get("Limit", _DEFAULT_LIST_LIMIT)
        return {"DeliveryStreamNames": names[:limit], "HasMoreDeliveryStreams": len(names) > limit}

    def _delete(self, request: Mapping[str, Any]) -> Json:
        stream = self._stream(request["DeliveryStreamName"])
        del self._streams[stream.state.name]
        stream.delete()
        return {}

    def _update(self, request: Mapping[str, Any]) -> Json:
        stream = self._stream(request["DeliveryStreamName"])
        state = stream.state
        if request["CurrentDeliveryStreamVersionId"] != str(state.version):
            message = (
                f"Cannot update firehose: {state.name} since the current version id: {state.version} and specified "
            )
            message += f"version id: {request['CurrentDeliveryStreamVersionId']} do not match"
            raise AwsError("ConcurrentModificationException", message)
        if request["DestinationId"] != _DESTINATION_ID:
            raise AwsError("InvalidArgumentException", f"DestinationId must be {_DESTINATION_ID}.")
        update = request.get("ExtendedS3DestinationUpdate") or request.get("S3DestinationUpdate") or {}
        merged = merge_update(state.destination, update)
        if merged != state.destination:
            self._check(merged)
            now = self._surface.clock.now()
            stream.update(msgspec.structs.replace(state, destination=merged, version=state.version + 1, updated=now))
        return {}

    # --- tags and encryption ----------------------------------------------------------------------------------------

    def _tag(self, request: Mapping[str, Any]) -> Json:
        added = {tag["Key"]: tag.get("Value", "") for tag in request["Tags"]}
        return self._retag(request, lambda tags: {**tags, **added})

    def _untag(self, request: Mapping[str, Any]) -> Json:
        return self._retag(request, lambda tags: {k: v for k, v in tags.items() if k not in request["TagKeys"]})

    def _retag(self, request: Mapping[str, Any], change: Callable[[dict[str, str]], dict[str, str]]) -> Json:
        stream = self._stream(request["DeliveryStreamName"])
        stream.update(msgspec.structs.replace(stream.state, tags=change(stream.state.tags)))
        return {}

    def _list_tags(self, request: Mapping[str, Any]) -> Json:
        tags = self._stream(request["DeliveryStreamName"]).state.tags
        after, limit = request.get("ExclusiveStartTagKey", ""), request.get("Limit", _DEFAULT_TAG_LIMIT)
        keys = sorted(key for key in tags if key > after)
        return {"Tags": [{"Key": k, "Value": tags[k]} for k in keys[:limit]], "HasMoreTags": len(keys) > limit}

    def _start_encryption(self, request: Mapping[str, Any]) -> Json:
        given = request.get("DeliveryStreamEncryptionConfigurationInput", {"KeyType": "AWS_OWNED_CMK"})
        return self._encrypt(request, _encryption(given))

    def _stop_encryption(self, request: Mapping[str, Any]) -> Json:
        return self._encrypt(request, _encryption(None))

    def _encrypt(self, request: Mapping[str, Any], encryption: Json) -> Json:
        stream = self._stream(request["DeliveryStreamName"])
        stream.update(msgspec.structs.replace(stream.state, encryption=encryption))
        return {}


def _configured_destination(request: Mapping[str, Any]) -> Json:
    """The one S3 destination of a create request; raises InvalidArgumentException for none, two or another kind."""
    given = [name for name in request if name.endswith("DestinationConfiguration")]
    if len(given) != 1:
        raise AwsError("InvalidArgumentException", "Exactly one destination configuration is supported for a Firehose")
    if given[0] not in _S3_CONFIGURATIONS:
        raise _not_here(given[0], _S3_CONFIGURATIONS[0])
    if request.get("DeliveryStreamType", "DirectPut") != "DirectPut":
        raise _not_here(f"DeliveryStreamType {request['DeliveryStreamType']}", "DirectPut")
    return dict(request[given[0]])


def _not_here(what: str, instead: str) -> AwsError:
    message = f"{what} is not available in this local Firehose; use {instead}. See docs/firehose-conformance.md."
    return AwsError("InvalidArgumentException", message)


def _encryption(given: Mapping[str, Any] | None) -> Json:
    return {**given, "Status": "ENABLED"} if given else {"Status": "DISABLED"}


def _is_encrypted(stream: Stream) -> bool:
    return bool(stream.state.encryption["Status"] == "ENABLED")
