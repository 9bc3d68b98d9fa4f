"""A bucket in memory whose objects are read once, as S3's are."""

import hashlib
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

BUCKET = "standpipe-test-drop"
_FIRST = datetime(2026, 11, 23, tzinfo=UTC)


class FakeS3:
    """Keeps every version of an object when `versioned`, the last one otherwise. `before_get` runs before an answer."""

    def __init__(self, versioned: bool = False, before_get: Callable[[], None] = lambda: None) -> None:
        self.asked: list[dict[str, Any]] = []
        self.before_get = before_get
        self.seconds_apart = 1
        self._versioned = versioned
        self._objects: dict[str, list[tuple[bytes, datetime]]] = {}

    def put(self, key: str, data: bytes) -> str:
        """Write an object; gives its version, empty in a bucket without versions."""
        count = sum(map(len, self._objects.values()))
        versions = self._objects.setdefault(key, [])
        if not self._versioned:
            versions.clear()
        versions.append((data, _FIRST + timedelta(seconds=count * self.seconds_apart)))
        return f"v{len(versions)}" if self._versioned else ""

    def delete(self, key: str) -> None:
        del self._objects[key]

    def get_object(self, **request: Any) -> dict[str, Any]:
        assert request["Bucket"] == BUCKET
        self.asked.append(request)
        self.before_get()
        versions = self._objects.get(request["Key"])
        if not versions:
            raise _error("NoSuchKey", "The specified key does not exist.")
        version = request.get("VersionId") or f"v{len(versions)}"
        data, modified = versions[int(version.removeprefix("v")) - 1]
        etag = f'"{hashlib.md5(data).hexdigest()}"'
        if request.get("IfMatch", etag) != etag:
            raise _error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold.")
        ranged = {}
        if wanted := re.fullmatch(r"bytes=(\d+)-(\d+)", request.get("Range", "")):
            ranged = {"ContentRange": f"{wanted[0]}/{len(data)}"}
            data = data[int(wanted[1]) : int(wanted[2]) + 1]
        return {
            "Body": io.BytesIO(data), "ETag": etag, "ContentLength": len(data), "LastModified": modified,
            **ranged, **({"VersionId": version} if self._versioned else {}),
        }  # fmt: skip


def _error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetObject")
