"""Refuses objects that cannot be written to disk.

MiniStack logs that an object could not be written, keeps it in memory and answers that it is stored; Firehose would
then drop its records from the journal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Answer = tuple[int, dict[str, str], bytes]

_FIRST_ERROR: Final = 400


@dataclass(frozen=True)
class Before:
    """What a bucket had under a key before a request."""

    record: Mapping[str, Any] | None
    versions: list[dict[str, Any]]


def storing(s3: Any) -> Callable[..., Answer]:
    """MiniStack's `_dispatch` of S3; an object that is not on disk afterwards is an InternalError and changes nothing.

    Once an object is on disk, MiniStack drops its body from memory.
    """
    dispatch = s3._dispatch

    def dispatch_and_look(
        method: str, bucket: str, key: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
    ) -> Answer:
        objects = s3._buckets.get(bucket, {}).get("objects", {})
        before = Before(objects.get(key), [dict(version) for version in s3._object_versions.get((bucket, key), ())])
        answer: Answer = dispatch(method, bucket, key, headers, body, query)
        record = objects.get(key)
        if record is None or record is before.record or record["body"] is None:
            return answer
        _restore(objects, key, before.record)
        _restore(s3._object_versions, (bucket, key), before.versions or None)
        if answer[0] < _FIRST_ERROR:
            answer = s3._error("InternalError", f"{key} could not be written to the disk.", 500)
        return answer

    return dispatch_and_look


def _restore(kept: Any, key: object, value: object) -> None:
    if value is None:
        kept.pop(key, None)
    else:
        kept[key] = value
