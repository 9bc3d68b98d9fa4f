"""Waiting for what happens on its own time."""

import time
from collections.abc import Callable, Sized
from typing import TypeVar

T = TypeVar("T")


class Patience:
    """How long a wait may take. What was waited for in vain three times over makes all further waits short."""

    def __init__(self) -> None:
        self._disappointments = 0

    @property
    def seconds(self) -> float:
        """How long the next wait may take."""
        return 40 if self._disappointments < 3 else 2

    def disappoint(self) -> None:
        """Note that something was waited for in vain."""
        self._disappointments += 1


_PATIENCE = Patience()


def eventually(look: Callable[[], T], enough: Callable[[T], bool] = bool) -> T:
    """What `look` answers once that is enough; fails with what it answered last."""
    seconds = _PATIENCE.seconds
    deadline = time.monotonic() + seconds
    while not enough(found := look()):
        if time.monotonic() > deadline:
            _PATIENCE.disappoint()
            raise AssertionError(f"still {found!r} after {seconds} s")
        time.sleep(0.05)
    return found


def at_least(count: int) -> Callable[[Sized], bool]:
    """Whether so many are there."""
    return lambda found: len(found) >= count
