"""The deployed pipeline, started once for all end-to-end tests as a user starts it: `standpipe up`."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.gateway.running import READY
from standpipe.connection import Connection, connect
from standpipe.demo import steps
from standpipe.query import athena
from tests.support.ports import free_port

Query = Callable[[str], athena.Result]


@contextmanager
def gateway(data: Path, arguments: Sequence[str] = (), port: int | None = None) -> Iterator[Connection]:
    """`standpipe up` on a free port until the block ends."""
    port = port or free_port()
    command = [sys.executable, "-m", "standpipe", "up", "--port", str(port), "--speed", "60", "--data", str(data)]
    with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith(READY):
                break
        else:
            pytest.fail(f"the gateway stopped before it was ready:\n{''.join(said)}")
        try:
            yield connect("local", line.removeprefix(READY).strip())
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """The pipeline of the local environment."""
    with gateway(tmp_path_factory.mktemp("pipeline")) as connection:
        yield connection


@pytest.fixture(scope="session")
def loaded(pipeline: Connection) -> Connection:
    """The pipeline after every schedule ran once and the demo's files were dropped."""
    steps.trigger(pipeline).wait(lambda count: None)
    return pipeline


@pytest.fixture(scope="session")
def query(pipeline: Connection) -> Query:
    """SQL in, rows out, through the Athena API."""
    return pipeline.query


def eventually(check: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait until `check` holds; fails the test with `what` if it does not."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            pytest.fail(f"after {seconds} s: {what}")
        time.sleep(0.25)
