"""Serves ranges of one object on loopback to a reader that speaks S3 only, so that its reads are counted as all are."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from local.athena.errors import QueryCancelledError
from local.athena.reading.files import StoredObject
from local.athena.reading.scan import Objects

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")
_POLL_SECONDS = 0.01


class _Endpoint(ThreadingHTTPServer):
    """An object, and the end of it that has been read already."""

    def __init__(self, objects: Objects, stored: StoredObject, tail: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._objects = objects
        self._known = stored.size - len(tail)
        self._tail = tail
        self.stored = stored

    def read(self, start: int, size: int) -> bytes:
        if start >= self._known:
            return self._tail[start - self._known : start - self._known + size]
        return self._objects.read(self.stored, start, size)


@contextmanager
def serving(objects: Objects, stored: StoredObject, tail: bytes) -> Iterator[str]:
    """The URL of an endpoint that has `stored`; `tail` is its end, which need not be read again."""
    with _Endpoint(objects, stored, tail) as server:
        thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name="athena-ranges", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Endpoint

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer(HTTPStatus.OK, self.server.stored.size)

    def do_GET(self) -> None:
        size = self.server.stored.size
        asked = _RANGE.fullmatch(self.headers.get("Range", ""))
        start, end = (int(asked[1]), min(int(asked[2]), size - 1)) if asked else (0, size - 1)
        try:
            body = self.server.read(start, end - start + 1)
        except QueryCancelledError:  # the meter knows; DataFusion tries again after any answer but these
            self._answer(HTTPStatus.FORBIDDEN, 0)
            return
        self._answer(HTTPStatus.PARTIAL_CONTENT, len(body), f"bytes {start}-{end}/{size}")
        self.wfile.write(body)

    def _answer(self, status: HTTPStatus, size: int, content_range: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(size))
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Thu, 01 Jan 1970 00:00:00 GMT")
        if content_range is not None:
            self.send_header("Content-Range", content_range)
        self.end_headers()
