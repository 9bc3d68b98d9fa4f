"""A bucket in memory whose objects are read once, as S3's are."""

import io
from typing import Any

from botocore.exceptions import ClientError

BUCKET = "standpipe-test-drop"


class FakeS3:
    """`version`: of every object; empty in a bucket that keeps none."""

    def __init__(self, objects: dict[str, bytes], version: str = "") -> None:
        self._objects = objects
        self._version = {"VersionId": version} if version else {}

    def get_object(self, **request: Any) -> dict[str, Any]:
        assert request["Bucket"] == BUCKET
        assert {name: request[name] for name in ("VersionId",) if name in request} == self._version
        if request["Key"] not in self._objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "The key does not exist."}}, "GetObject")
        return {"Body": io.BytesIO(self._objects[request["Key"]]), "ETag": '"0cc175b9"', **self._version}
