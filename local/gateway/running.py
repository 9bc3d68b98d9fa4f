"""Runs the gateway in a separate process, e.g. for tests: MiniStack keeps its state in module globals."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

READY: Final = "ready "
"""The line that `python -m local` prints when everything answers: this word and the URL."""
_STOP_SECONDS: Final = 20


@dataclass(frozen=True)
class RunningGateway:
    """A gateway in another process: its URL, its process, and the lines it has printed so far."""

    url: str
    process: subprocess.Popen[str]
    lines: list[str]

    @property
    def port(self) -> int:
        """The port it serves on."""
        return int(self.url.rpartition(":")[2])

    def stop(self) -> None:
        """Stop it as Ctrl-C would and wait for it; everything is saved when this returns."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(_STOP_SECONDS)

    def kill(self) -> None:
        """Kill it, like a power cut."""
        self.process.kill()
        self.process.wait(_STOP_SECONDS)


@contextmanager
def running_gateway(data_dir: Path, *, port: int = 0, speed: float = 1.0) -> Iterator[RunningGateway]:
    """Start `python -m local`, wait until it is ready, and end it afterwards if it is still running.

    Raises `RuntimeError` with what the process printed when it ends before it is ready.
    """
    arguments = ["--port", str(port), "--data", str(data_dir.resolve()), "--speed", str(speed)]
    process = subprocess.Popen(
        [sys.executable, "-m", "local", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        gateway = RunningGateway(_ready_url(process), process, [])
        threading.Thread(target=_collect, args=(process, gateway.lines), daemon=True).start()
        yield gateway
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()


def _ready_url(process: subprocess.Popen[str]) -> str:
    """Read until the ready line."""
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        if line.startswith(READY):
            return line.removeprefix(READY).strip()
        printed.append(line)
    raise RuntimeError("the gateway ended before it was ready:\n" + "".join(printed))


def _collect(process: subprocess.Popen[str], lines: list[str]) -> None:
    assert process.stdout is not None
    lines.extend(line.rstrip("\n") for line in process.stdout)
