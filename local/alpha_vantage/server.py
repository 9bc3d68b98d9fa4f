"""The HTTP server for the answers, on the loopback interface only."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from local.alpha_vantage.answers import answer
from local.alpha_vantage.documents import Answer
from local.alpha_vantage.packages import DataMissingError
from local.alpha_vantage.quota import Quota

HOST = "127.0.0.1"


def serve(port: int, on_ready: Callable[[str], None], quota: Quota | None = None) -> None:
    """Serve until interrupted; `on_ready` gets the base URL, `http://127.0.0.1:<port>/`. Port 0 takes a free one."""
    with _server(port, quota or Quota()) as server:
        on_ready(_base_url(server))
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


@contextmanager
def running(port: int = 0, quota: Quota | None = None) -> Iterator[str]:
    """The base URL of a server that runs in a thread of this process until the block ends."""
    with _server(port, quota or Quota()) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="alpha-vantage", daemon=True)
        thread.start()
        try:
            yield _base_url(server)
        finally:
            server.shutdown()
            thread.join()


def _server(port: int, quota: Quota) -> ThreadingHTTPServer:
    class Handler(_Handler):
        counted = quota

    server = ThreadingHTTPServer((HOST, port), Handler)
    server.daemon_threads = True
    return server


def _base_url(server: ThreadingHTTPServer) -> str:
    return f"http://{HOST}:{server.server_address[1]}/"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    counted: Quota

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path != "/query":
            self._send(Answer(f"{url.path} is not served; ask /query?function=...&apikey=...\n", 404, "text/plain"))
            return
        try:
            self._send(answer(dict(parse_qsl(url.query)), self.counted))
        except DataMissingError as missing:
            self._send(Answer(f"{missing}\n", 500, "text/plain"))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: a log line would hold the API key."""

    def _send(self, reply: Answer) -> None:
        body = reply.body.encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
