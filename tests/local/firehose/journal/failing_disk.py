"""A disk that is full or broken, as `os` reports it."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def failing(call: str, written: int = 0) -> Iterator[None]:
    """Let a call of `os` fail as on a full disk; `write` writes so many bytes before it does."""
    real = getattr(os, call)

    def fail(*arguments: object) -> object:
        if call == "write":
            descriptor, data = arguments
            real(descriptor, memoryview(data)[:written])  # type: ignore[arg-type]
        raise OSError(errno.ENOSPC, f"{call} fails")

    setattr(os, call, fail)
    try:
        yield
    finally:
        setattr(os, call, real)
