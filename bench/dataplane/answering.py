"""A server that answers every PutRecordBatch with as many made-up ids as it has records: `... answering PORT`.

It is the gateway's own HTTP server without the gateway, so that only the client and HTTP are measured.
"""

import asyncio
import sys
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

_ENTRY = b'{"RecordId":"4964%058d"}'


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Read all, count the records, answer."""
    if scope["type"] != "http":
        return
    count, more = 0, True
    while more:
        message = await receive()
        count += message.get("body", b"").count(b'"Data"')
        more = message.get("more_body", False)
    entries = b",".join(_ENTRY % number for number in range(count))
    answer = b'{"FailedPutCount":0,"Encrypted":false,"RequestResponses":[' + entries + b"]}"
    headers = [(b"content-type", b"application/x-amz-json-1.1"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


def main() -> None:
    """Serve until killed."""
    config = Config()
    config.bind = [f"127.0.0.1:{sys.argv[1]}"]
    config.accesslog = config.errorlog = None
    asyncio.run(serve(app, config))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
