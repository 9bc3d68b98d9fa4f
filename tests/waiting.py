"""Wait for what happens on its own time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_PAUSE_SECONDS = 0.02


def eventually(look: Callable[[], T], enough: Callable[[T], bool] = bool, seconds: float = 20) -> T:
    """What `look` answers once that is enough; fails after `seconds` with what it answered last."""
    deadline = time.monotonic() + seconds
    while not enough(found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"still {found!r} after {seconds} s")
        time.sleep(_PAUSE_SECONDS)
    return found
