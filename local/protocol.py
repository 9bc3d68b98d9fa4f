"""AWS's JSON protocol as the gateway's own services speak it: a decoded request in, an answer or an `AwsError` out.

https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
"""

from collections.abc import Mapping
from typing import Any, Protocol

Json = dict[str, Any]


class AwsError(Exception):
    """An error answer: `code` becomes the client's exception class, `message` its text, `details` further members."""

    def __init__(self, code: str, message: str, status: int = 400, details: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.details = details or {}


def lower_first(name: str) -> str:
    """A member's name with a lower-case first letter, as AWS spells it in messages and in error objects."""
    return name[:1].lower() + name[1:]


class Service(Protocol):
    """An AWS service of the gateway, e.g. Firehose or Athena."""

    target_prefix: str
    """The part before the dot in `X-Amz-Target`, e.g. `Firehose_20150804`."""

    def call(self, operation: str, request: Mapping[str, Any]) -> Json:
        """Answer one operation; raises `AwsError`. Runs on a worker thread, many at once."""
        ...

    def close(self) -> None:
        """Stop background work; everything acknowledged is on disk when this returns."""
        ...
