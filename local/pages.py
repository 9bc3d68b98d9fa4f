"""All pages of a paginated answer of AWS."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol


class ListsObjects(Protocol):
    """A client of S3."""

    def list_objects_v2(self, **request: Any) -> Mapping[str, Any]: ...


def pages(operation: Any, member: str, **request: Any) -> Iterator[Mapping[str, Any]]:
    """What `operation` lists as `member`, following its `NextToken`."""
    while True:
        answer = operation(**request)
        yield from answer.get(member, [])
        if not answer.get("NextToken"):
            return
        request["NextToken"] = answer["NextToken"]


def objects(s3: ListsObjects, bucket: str, prefix: str) -> Iterator[Mapping[str, Any]]:
    """The objects under a prefix, as ListObjectsV2 describes them."""
    request = {"Bucket": bucket, "Prefix": prefix}
    while True:
        answer = s3.list_objects_v2(**request)
        yield from answer.get("Contents", [])
        if not answer.get("IsTruncated"):
            return
        request["ContinuationToken"] = answer["NextContinuationToken"]
