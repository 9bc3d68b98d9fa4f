"""What passes between MiniStack and a function's process arrives whole, and all that was logged in time is found."""

import queue
import subprocess
import sys
from types import SimpleNamespace

from local.gateway.ministack.batch_pipes import READ_BY_LARGE_PARTS, logged, widen

_ECHO = "for line in iter(sys.stdin.readline, ''): sys.stdout.write(line); sys.stdout.flush()"


def test_lines_of_every_size_pass() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", READ_BY_LARGE_PARTS + _ECHO],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    with process:
        widen(process)
        assert process.stdin
        assert process.stdout
        for size in (1, 8_191, 70_000, 900_000):
            line = "é" + "x" * size + "\n"
            process.stdin.write(line)
            process.stdin.flush()
            assert process.stdout.readline() == line
        process.stdin.close()


def _worker(*lines: str) -> SimpleNamespace:
    waiting: queue.Queue[str] = queue.Queue()
    for line in lines:
        waiting.put(line)
    return SimpleNamespace(_stderr_queue=waiting)


def test_what_was_logged_is_found() -> None:
    assert logged(_worker("one", "two"), idle_confirm=0) == "one\ntwo"
    assert logged(_worker(), first_line_wait=0) == ""


def test_a_function_that_never_stops_logging_keeps_nobody() -> None:
    class Endless:
        def get(self, timeout: float) -> str:
            return "again"

    assert logged(SimpleNamespace(_stderr_queue=Endless()), hard_cap=0.01).startswith("again")
