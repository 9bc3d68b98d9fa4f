"""An S3 endpoint on loopback whose buckets are folders. It counts what it sends and knows nothing of its clients."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

_WRITTEN = "2026-01-01T00:00:00.000Z"


class Endpoint(ThreadingHTTPServer):
    """`sent` is the number of bytes of objects that have been sent, `requests` in how many answers."""

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.sent = self.requests = 0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def count(self, size: int) -> None:
        with self._lock:
            self.sent += size
            self.requests += 1


@contextmanager
def serving(root: Path) -> Iterator[Endpoint]:
    """The endpoint of the buckets in `root` while the block runs."""
    with Endpoint(root) as endpoint:
        thread = threading.Thread(target=endpoint.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield endpoint
        finally:
            endpoint.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Endpoint

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        path = self.server.root / unquote(url.path).lstrip("/")
        if "list-type" in url.query:
            self._answer(HTTPStatus.OK, _listing(path, parse_qs(url.query).get("prefix", [""])[0]))
            return
        start, _, end = self.headers["Range"].removeprefix("bytes=").partition("-")
        with path.open("rb") as file:
            file.seek(int(start))
            body = file.read(int(end) - int(start) + 1)
        self.server.count(len(body))
        self._answer(HTTPStatus.PARTIAL_CONTENT, body)

    def do_PUT(self) -> None:
        path = self.server.root / unquote(urlsplit(self.path).path).lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self._body())
        self._answer(HTTPStatus.OK, b"")

    def _body(self) -> bytes:
        if "Content-Length" in self.headers:
            return self.rfile.read(int(self.headers["Content-Length"]))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def _answer(self, status: HTTPStatus, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _listing(bucket: Path, prefix: str) -> bytes:
    keys = sorted(path.relative_to(bucket).as_posix() for path in bucket.rglob("*") if path.is_file())
    contents = "".join(
        f"<Contents><Key>{escape(key)}</Key><Size>{(bucket / key).stat().st_size}</Size>"
        f"<LastModified>{_WRITTEN}</LastModified></Contents>"
        for key in keys
        if key.startswith(prefix)
    )
    return f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>".encode()
