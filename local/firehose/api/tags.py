"""Tags of streams.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_TagDeliveryStream.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from delivery import limits
from local.firehose.api.registry import Registry
from local.protocol import AwsError, Json


class TagOperations:
    """TagDeliveryStream, UntagDeliveryStream and ListTagsForDeliveryStream."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def tag(self, request: Mapping[str, Any]) -> Json:
        """Add tags, or change their values; raises LimitExceededException above 50."""
        with self._registry.changing(request["DeliveryStreamName"]) as stream:
            tags = stream.state.tags | by_key(request["Tags"])
            if len(tags) > limits.MAX_TAGS:
                message = f"A delivery stream cannot have more than {limits.MAX_TAGS} tags."
                raise AwsError("LimitExceededException", message)
            stream.update(structs.replace(stream.state, tags=tags))
        return {}

    def untag(self, request: Mapping[str, Any]) -> Json:
        """Remove tags; keys that are not there are ignored."""
        with self._registry.changing(request["DeliveryStreamName"]) as stream:
            tags = {key: value for key, value in stream.state.tags.items() if key not in request["TagKeys"]}
            stream.update(structs.replace(stream.state, tags=tags))
        return {}

    def list_tags(self, request: Mapping[str, Any]) -> Json:
        """One page of a stream's tags, by key."""
        tags = self._registry.find(request["DeliveryStreamName"]).state.tags
        after, limit = request.get("ExclusiveStartTagKey", ""), request.get("Limit", limits.MAX_TAGS)
        keys = sorted(key for key in tags if key > after)
        listed = [{"Key": key, "Value": tags[key]} for key in keys[:limit]]
        return {"Tags": listed, "HasMoreTags": len(keys) > limit}


def by_key(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Tags of a request as a mapping; a tag without a value has an empty one."""
    return {tag["Key"]: tag.get("Value", "") for tag in tags}
