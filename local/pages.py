"""All of an answer that AWS gives page by page."""

from collections.abc import Iterator, Mapping
from typing import Any


def pages(operation: Any, member: str, **request: Any) -> Iterator[Mapping[str, Any]]:
    """What `operation` lists as `member`, following its `NextToken`."""
    while True:
        answer = operation(**request)
        yield from answer.get(member, [])
        if not answer.get("NextToken"):
            return
        request["NextToken"] = answer["NextToken"]
