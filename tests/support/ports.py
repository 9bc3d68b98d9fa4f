"""Ports of 127.0.0.1 for servers that tests and benchmarks start."""

import random
import socket
from typing import Final

_PORTS: Final = range(20_000, 32_000, 2)
"""Below those that the system gives to clients: none of them takes a port, or its neighbour, before it is used."""
_random: Final = random.SystemRandom()  # hypothesis seeds the other one, in every process alike


def free_port() -> int:
    """A port on which nothing listens now, nor on the next: there `standpipe up` replays Alpha Vantage."""
    for port in _random.sample(_PORTS, 50):
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise OSError("no two neighbouring ports are free")
