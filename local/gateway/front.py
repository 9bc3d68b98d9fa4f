"""The gateway's front door: one ASGI app that answers for our own services and forwards everything else.

A request names its operation in `X-Amz-Target`, e.g. `Firehose_20150804.PutRecordBatch`.
https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from local.gateway.asgi import AsgiApp, Message, Receive, Send
from local.gateway.request import signed_for, target
from local.protocol import AwsError, Json, Service

logger = logging.getLogger(__name__)

WORKERS: Final = 32
"""Requests that our own services handle concurrently; more wait their turn."""
_FIRST_ERROR: Final = 400
_CONTENT_TYPE: Final = b"application/x-amz-json-1.1"
_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])


class DisconnectedError(Exception):
    """The client left before its request was complete."""


@dataclass(frozen=True)
class Ours:
    """What is answered here: whole services, and single operations of services that are otherwise forwarded."""

    services: Mapping[str, str]
    """Signing names and target prefixes: `{"firehose": "Firehose_20150804"}`."""
    operations: Mapping[str, Set[str]] = field(default_factory=dict)
    """Operations by target prefix: `{"AWSGlue": {"StartCrawler"}}`."""

    def has(self, target: str, operation: str, signed_for: str) -> bool:
        """Whether a request is ours."""
        whole = target in self.services.values() or signed_for in self.services
        return whole or operation in self.operations.get(target, ())


class Front:
    """An ASGI app: requests for what is `ours` are answered here, everything else by `rest`.

    Until `open` is called, our requests wait. `changed` is called with every request that `rest` has answered.
    """

    def __init__(self, rest: AsgiApp, ours: Ours, changed: Callable[[Message], None]) -> None:
        self._rest = rest
        self._ours = ours
        self._changed = changed
        self._services: dict[str, Service] = {}
        self._opened = asyncio.Event()
        self._closed = False
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="service")

    def open(self, services: Sequence[Service]) -> None:
        """Start answering for `services`; call it on the event loop."""
        self._services = {service.target_prefix: service for service in services}
        self._opened.set()

    def close(self) -> None:
        """Report no failure of ours from now on: whoever asks must not take a stop for a refusal."""
        self._closed = True

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        prefix, operation = target(scope)
        if not self._ours.has(prefix, operation, signed_for(scope)):
            await self._rest(scope, receive, send)
            if scope["type"] == "http":
                self._changed(scope)
            return
        await self._opened.wait()
        try:
            body = await _read(receive)
        except DisconnectedError:
            return
        request_id = str(uuid.uuid4())
        status, answer = await asyncio.get_running_loop().run_in_executor(
            self._workers, _answer, self._services.get(prefix), operation, body
        )
        if self._closed and status >= _FIRST_ERROR:
            await asyncio.Event().wait()  # until the connection is closed
        await _respond(send, status, answer, request_id)


async def _read(receive: Receive) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _answer(service: Service | None, operation: str, body: bytes) -> tuple[int, bytes]:
    """Status and body of one operation's answer; without a service, the operation is unknown."""
    if service is None:
        return _failure(AwsError("UnknownOperationException", "X-Amz-Target names no operation of this service."))
    try:
        request = _OBJECT.decode(body) if body else {}
        return 200, msgspec.json.encode(service.call(operation, request))
    except msgspec.DecodeError as error:
        return _failure(AwsError("SerializationException", f"The request is not a JSON object: {error}"))
    except RecursionError:
        return _failure(AwsError("SerializationException", "The request is nested too deeply."))
    except AwsError as error:
        return _failure(error)
    except Exception:
        logger.exception("%s.%s failed", service.target_prefix, operation)
        return _failure(AwsError("InternalFailure", "The gateway failed; its log says where.", status=500))


def _failure(error: AwsError) -> tuple[int, bytes]:
    answer: Json = {"__type": error.code, "message": error.message, **error.details}
    return error.status, msgspec.json.encode(answer)


async def _respond(send: Send, status: int, body: bytes, request_id: str) -> None:
    headers = [
        (b"content-type", _CONTENT_TYPE),
        (b"content-length", str(len(body)).encode()),
        (b"x-amzn-requestid", request_id.encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
