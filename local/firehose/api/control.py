"""Creating, describing, listing, updating and deleting streams.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html
"""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from local.firehose.api.encryption import check_key, shown, with_key
from local.firehose.api.registry import Registry
from local.firehose.api.tags import by_key
from local.firehose.configuration.config import read_destination
from local.firehose.configuration.description import describe_destination, merge_update, plain_view
from local.firehose.configuration.refuse import not_here
from local.firehose.configuration.rules import check_destination, check_source
from local.firehose.conversion.catalog import check_table_exists
from local.firehose.state import StreamState
from local.protocol import AwsError, Json

_DEFAULT_LIST_LIMIT = 10
_DESTINATION_ID = "destinationId-000000000001"
_DIRECT_PUT = "DirectPut"
_S3_CONFIGURATIONS = ("ExtendedS3DestinationConfiguration", "S3DestinationConfiguration")
_S3_UPDATES = ("ExtendedS3DestinationUpdate", "S3DestinationUpdate")


class StreamOperations:
    """The control plane. A new stream is CREATING for `settling_seconds`, then ACTIVE."""

    def __init__(self, registry: Registry, settling_seconds: float) -> None:
        self._registry = registry
        self._settling_seconds = settling_seconds

    def create(self, request: Mapping[str, Any]) -> Json:
        """Create a stream; raises AwsError for what AWS refuses, and for what is not supported here."""
        name = request["DeliveryStreamName"]
        self._registry.check_room(name)
        destination = describe_destination(_one_destination(request, _S3_CONFIGURATIONS))
        check_source(request)
        self._check(destination)
        encryption = request.get("DeliveryStreamEncryptionConfigurationInput")
        if encryption:
            check_key(encryption, self._registry.surface.clients.kms)
        now, region = self._registry.surface.clock.now(), self._registry.surface.region
        direct_put = request.get("DirectPutSourceConfiguration")
        state = StreamState(
            name=name,
            arn=f"arn:aws:firehose:{region}:{self._registry.account}:deliverystream/{name}",
            created=now,
            version=1,
            destination=destination,
            active_at=now + self._settling_seconds,
            encryption=with_key(encryption),
            source={"DirectPutSourceDescription": direct_put} if direct_put else {},
            tags=by_key(request.get("Tags", ())),
        )
        self._registry.add(state)
        return {"DeliveryStreamARN": state.arn}

    def describe(self, request: Mapping[str, Any]) -> Json:
        """The stream's description. Its one destination is always shown, on every page of destinations."""
        state = self._registry.find(request["DeliveryStreamName"]).state
        described: Json = {
            "DeliveryStreamName": state.name,
            "DeliveryStreamARN": state.arn,
            "DeliveryStreamStatus": self._registry.status(state),
            "DeliveryStreamEncryptionConfiguration": shown(state.encryption, self._registry.surface.clock.now()),
            "DeliveryStreamType": _DIRECT_PUT,
            "VersionId": str(state.version),
            "CreateTimestamp": state.created,
            "Destinations": [
                {
                    "DestinationId": _DESTINATION_ID,
                    "S3DestinationDescription": plain_view(state.destination),
                    "ExtendedS3DestinationDescription": state.destination,
                }
            ],
            "HasMoreDestinations": False,
        }
        updated = {"LastUpdateTimestamp": state.updated} if state.updated else {}
        source = {"Source": state.source} if state.source else {}
        return {"DeliveryStreamDescription": {**described, **updated, **source}}

    def list_streams(self, request: Mapping[str, Any]) -> Json:
        """One page of the streams' names, in alphabetical order."""
        after, limit = request.get("ExclusiveStartDeliveryStreamName", ""), request.get("Limit", _DEFAULT_LIST_LIMIT)
        wanted = request.get("DeliveryStreamType", _DIRECT_PUT) == _DIRECT_PUT
        names = [stream.state.name for stream in self._registry.all() if wanted and stream.state.name > after]
        return {"DeliveryStreamNames": names[:limit], "HasMoreDeliveryStreams": len(names) > limit}

    def delete(self, request: Mapping[str, Any]) -> Json:
        """Delete a stream and what it has buffered; raises AwsError."""
        self._registry.remove(request["DeliveryStreamName"])
        return {}

    def update(self, request: Mapping[str, Any]) -> Json:
        """Merge an update into the destination; the version goes up if that changes it. Raises AwsError."""
        with self._registry.changing(request["DeliveryStreamName"]) as stream:
            state = stream.state
            _check_current(state, request)
            merged = merge_update(state.destination, _one_destination(request, _S3_UPDATES))
            if merged != state.destination:
                self._check(merged)
                now = self._registry.surface.clock.now()
                stream.update(structs.replace(state, destination=merged, version=state.version + 1, updated=now))
        return {}

    def _check(self, description: Json) -> None:
        check_destination(description)
        conversion = read_destination(description).conversion
        if conversion is not None:
            check_table_exists(self._registry.surface.clients.glue, conversion)


def _check_current(state: StreamState, request: Mapping[str, Any]) -> None:
    given = request["CurrentDeliveryStreamVersionId"]
    if given != str(state.version):
        message = (
            f"Cannot update firehose: {state.name} since the current version id: {state.version} "
            f"and specified version id: {given} do not match"
        )
        raise AwsError("ConcurrentModificationException", message)
    if request["DestinationId"] != _DESTINATION_ID:
        raise AwsError("InvalidArgumentException", f"Destination Id {request['DestinationId']} not found")


def _one_destination(request: Mapping[str, Any], served: tuple[str, str]) -> Json:
    """The one S3 destination of a request; raises InvalidArgumentException for none, two or another kind."""
    suffix = served[1].removeprefix("S3")
    given = [name for name in request if name.endswith(suffix)]
    if len(given) != 1:
        raise AwsError("InvalidArgumentException", "Exactly one destination configuration is supported for a Firehose")
    if given[0] not in served:
        not_here(given[0], served[0])
    return dict(request[given[0]])
