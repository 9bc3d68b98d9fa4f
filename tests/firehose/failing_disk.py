"""A disk that is full or broken, as `os` tells of it."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def failing(call: str, after: int = 0, written: int = 0) -> Iterator[None]:
    """Let a call of `os` fail as on a full disk, the first `after` times not; a write writes `written` bytes of it."""
    real, calls = getattr(os, call), [0]

    def fail(*arguments: object) -> object:
        calls[0] += 1
        if calls[0] <= after:
            return real(*arguments)
        if call == "write":
            real(arguments[0], bytes(arguments[1])[:written])  # type: ignore[call-overload]
        raise OSError(errno.ENOSPC, f"{call} fails")

    setattr(os, call, fail)
    try:
        yield
    finally:
        setattr(os, call, real)
