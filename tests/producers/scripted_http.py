"""An HTTP server on loopback that answers what a test says and remembers what it was asked."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import msgspec

Query = dict[str, str]


@dataclass(frozen=True)
class Answer:
    body: bytes
    status: int = 200

    @staticmethod
    def json(value: object) -> "Answer":
        return Answer(msgspec.json.encode(value))


@dataclass
class Scripted:
    url: str = ""
    asked: list[Query] = field(default_factory=list)


@contextmanager
def serving(answer: Callable[[Query], Answer]) -> Iterator[Scripted]:
    """Serve `answer` until the block ends."""
    scripted = Scripted()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            scripted.asked.append(query)
            given = answer(query)
            self.send_response(given.status)
            self.send_header("Content-Length", str(len(given.body)))
            self.end_headers()
            self.wfile.write(given.body)

        def log_message(self, *args: object) -> None:
            """Requests are kept, not printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    scripted.url = f"http://127.0.0.1:{server.server_port}/query"
    try:
        yield scripted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
