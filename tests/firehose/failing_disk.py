"""A disk that is full or broken, as `os` tells of it."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def failing(call: str, written: int = 0) -> Iterator[None]:
    """Let a call of `os` fail as on a full disk; `writev` writes so many bytes before it does."""
    real = getattr(os, call)

    def fail(*arguments: object) -> object:
        if call == "writev":
            os.write(arguments[0], b"".join(arguments[1])[:written])  # type: ignore[call-overload]
        raise OSError(errno.ENOSPC, f"{call} fails")

    setattr(os, call, fail)
    try:
        yield
    finally:
        setattr(os, call, real)
