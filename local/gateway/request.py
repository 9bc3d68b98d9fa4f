"""What the headers of a request say: the service it is signed for, and the operation."""

import re
from typing import Final

from local.gateway.asgi import Message

_SIGNED_FOR: Final = re.compile(rb"Credential=[^/,]+/\d{8}/[^/,]+/([^/,]+)/aws4_request")


def header(scope: Message, wanted: bytes) -> bytes:
    """The first header of this name (in lower case), empty if there is none."""
    if scope["type"] != "http":
        return b""
    return next((bytes(value) for name, value in scope["headers"] if name == wanted), b"")


def signed_for(scope: Message) -> str:
    """The service of the signature's credential scope, e.g. `events`; empty when the request is not signed."""
    match = _SIGNED_FOR.search(header(scope, b"authorization"))
    return match.group(1).decode() if match else ""


def target(scope: Message) -> tuple[str, str]:
    """Prefix and operation of `X-Amz-Target`, e.g. `Firehose_20150804` and `PutRecord`; empty without one."""
    prefix, _, operation = header(scope, b"x-amz-target").decode("latin-1").partition(".")
    return prefix, operation
