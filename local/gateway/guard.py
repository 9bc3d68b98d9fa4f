"""Refuses what a web page sends: any page that is open in a browser on this machine can reach a loopback port.

AWS clients send no `Origin` and no `Sec-Fetch-Site`, and a page can suppress neither: https://www.w3.org/TR/fetch-metadata/.
A page whose own name resolves to 127.0.0.1 sends that name as `Host`.
"""

import re
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from local.gateway.asgi import AsgiApp, Message, Receive, Send

_THIS_MACHINE: Final = re.compile(rb"(127\.0\.0\.1|\[::1\]|([a-z0-9_-][a-z0-9._-]*\.)?localhost)(:\d*)?", re.IGNORECASE)
"""With virtual-hosted buckets, such as `lake.localhost:4566`."""
_INTERNAL: Final = "/_ministack/"
_INTERNAL_SERVED: Final = re.compile(r"/_ministack/(health$|lambda-code/|lambda-layers/|cfn-response/|cfn-signal/)")
"""The URLs that answers of Lambda and CloudFormation contain, and what says that the gateway serves."""


class Guard:
    """An ASGI app: refuses with 403 what a page sends and what is MiniStack's own, and passes the rest to `app`."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        refused = _refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refused is None:
            await self._app(scope, receive, _without_cors(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await _refuse(send, refused)


def _refusal(scope: Message) -> str | None:
    """Why a request is not served; None if it is."""
    hosts = _values(scope, b"host")
    if len(hosts) != 1 or not _THIS_MACHINE.fullmatch(hosts[0]):
        return "The gateway is served as 127.0.0.1 and localhost; the Host header has another name."
    if _of_a_browser(scope) and not _typed(scope):
        return "The gateway does not serve web pages: it serves AWS clients, the command line, and downloads."
    if scope["path"].startswith(_INTERNAL) and not _INTERNAL_SERVED.match(scope["path"]):
        return "The gateway does not serve this path."
    return None


def _of_a_browser(scope: Message) -> bool:
    """Whether a browser sent this; one that knows no `Sec-Fetch-Site` sends `GET` without `Origin`."""
    agents = _values(scope, b"user-agent")
    fetched = _values(scope, b"origin") or _values(scope, b"sec-fetch-site")
    return bool(fetched) or any(agent.startswith(b"Mozilla/") for agent in agents)


def _typed(scope: Message) -> bool:
    """Whether no page but the user opened this, e.g. a presigned URL, and it only reads.

    A link in another program looks the same, and `GET` with an `Action` can create a stack.
    """
    reads = scope.get("method") in ("GET", "HEAD") and not _values(scope, b"origin")
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    acts = any(name.casefold() == "action" for name, _ in query)
    return reads and not acts and _values(scope, b"sec-fetch-site") == [b"none"]


def _values(scope: Message, wanted: bytes) -> list[bytes]:
    return [bytes(value) for name, value in scope["headers"] if name == wanted]


def _without_cors(send: Send) -> Send:
    """No answer is for a page to read."""

    async def send_without(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message.get("headers", ())
            kept = [(name, value) for name, value in headers if not name.lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return send_without


async def _refuse(send: Send, message: str) -> None:
    body = msgspec.json.encode({"__type": "AccessDeniedException", "message": message})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
