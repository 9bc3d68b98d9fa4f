"""boto3 clients of the gateway's own services that reach the gateway without a socket.

A transform receives and returns megabytes. Sent over loopback by the process to itself, they would pass the event loop
in hundreds of pieces; passed directly, the same request gets the same answer from the same app.
"""

import asyncio
import io
from collections.abc import Iterator
from concurrent.futures import TimeoutError as NotInTimeError
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ReadTimeoutError

from local.endpoint import INVOCATION_SECONDS
from local.gateway.asgi import AsgiApp, Message


class Inside:
    """Connects clients with an app that runs on `loop`; they may be used on any other thread."""

    def __init__(self, app: AsgiApp, loop: asyncio.AbstractEventLoop) -> None:
        self._app = app
        self._loop = loop

    def connect(self, client: Any) -> Any:
        """Let a boto3 client send its requests to the app; returns it."""
        client.meta.events.register("before-call", _leave_unsigned)
        client.meta.events.register("before-send", self._send)
        return client

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        exchange = asyncio.run_coroutine_threadsafe(_exchange(self._app, request), self._loop)
        try:
            status, headers, body = exchange.result(INVOCATION_SECONDS)
        except NotInTimeError as error:
            exchange.cancel()
            raise ReadTimeoutError(endpoint_url=request.url) from error
        return AWSResponse(request.url, status, headers, _Raw(body))


def _leave_unsigned(params: dict[str, Any], **_: Any) -> None:
    """Declare the body unsigned: it is not checked, and its digest takes a millisecond per megabyte."""
    params["headers"]["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"


class _Raw(io.BytesIO):
    """A body as botocore reads it from urllib3."""

    def stream(self, amount: int = 65_536, **_: Any) -> Iterator[bytes]:
        while part := self.read(amount):
            yield part


async def _exchange(app: AsgiApp, request: AWSPreparedRequest) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the app's answer."""
    ended = asyncio.Event()
    waiting: list[Message] = [{"type": "http.request", "body": _body(request), "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        if waiting:
            return waiting.pop()
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    try:
        await app(_scope(request), receive, send)
    finally:
        ended.set()
    start = next(message for message in sent if message["type"] == "http.response.start")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
    return start["status"], headers, b"".join(message.get("body", b"") for message in sent)


def _scope(request: AWSPreparedRequest) -> Message:
    url = urlsplit(request.url)
    headers = {name.lower(): value for name, value in request.headers.items()}
    headers.setdefault("host", url.netloc)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme,
        "path": unquote(url.path),
        "raw_path": url.path.encode(),
        "query_string": url.query.encode(),
        "root_path": "",
        "headers": [(_bytes(name), _bytes(value)) for name, value in headers.items()],
        "client": ("127.0.0.1", 0),
        "server": (url.hostname, url.port),
    }


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


def _body(request: AWSPreparedRequest) -> bytes:
    body = request.body or b""
    return _bytes(body.read() if hasattr(body, "read") else body)
