"""The servers that ours is compared with, each in its own process: moto's, plain MiniStack, one that only answers."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.ports import free_port

_START_SECONDS = 60.0


@contextmanager
def moto_server() -> Iterator[str]:
    """moto's server; its URL."""
    port = free_port()
    with _serving([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port) as url:
        yield url


@contextmanager
def plain_ministack(folder: Path) -> Iterator[str]:
    """MiniStack with its own Firehose; its URL."""
    port = free_port()
    environment = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
        "LOG_LEVEL": "ERROR",
        "STATE_DIR": str(folder),
    }
    with _serving([sys.executable, "-m", "ministack"], port, environment) as url:
        yield url


@contextmanager
def answering_server() -> Iterator[str]:
    """A server that answers PutRecordBatch requests without parsing them: what the client can send. Its URL."""
    port = free_port()
    with _serving([sys.executable, "-m", "bench.dataplane.answering", str(port)], port) as url:
        yield url


@contextmanager
def _serving(command: list[str], port: int, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    process = subprocess.Popen(
        command, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + _START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                yield f"http://127.0.0.1:{port}"
                return
            time.sleep(0.1)
        raise RuntimeError(f"{command[2]} did not start")
    finally:
        process.kill()
        process.wait()
