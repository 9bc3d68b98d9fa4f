"""Ranges of a version of an object that is asked for by its id: MiniStack gives all of it, whatever the range."""

from collections.abc import Callable, Mapping
from typing import Any, Final

Answer = tuple[int, dict[str, str], bytes]

_OK: Final = 200
_CHECKSUM: Final = "x-amz-checksum-"
"""The checksum of a whole object says nothing of a part of it."""


def ranged(s3: Any) -> Callable[..., Answer]:
    """MiniStack's `_get_object` of S3, whose answer is the range that was asked for."""
    get = s3._get_object

    def get_range(bucket: str, key: str, headers: Mapping[str, str], query: Mapping[str, Any] | None = None) -> Answer:
        answer: Answer = get(bucket, key, headers, query)
        status, answered, body = answer
        if status != _OK or not (wanted := headers.get("range")):
            return answer
        if not (found := s3._parse_range(wanted, len(body))):
            refused: Answer = s3._error("InvalidRange", "The requested range is not satisfiable", 416)
            return refused
        start, end = found
        kept = {name: value for name, value in answered.items() if not name.lower().startswith(_CHECKSUM)}
        part = body[start : end + 1]
        kept |= {"Content-Length": str(len(part)), "Content-Range": f"bytes {start}-{end}/{len(body)}"}
        return 206, kept, part

    return get_range
