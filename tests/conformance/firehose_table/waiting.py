"""Waiting for what happens on its own time."""

from collections.abc import Callable, Sized
from typing import TypeVar

from tests import waiting

T = TypeVar("T")


class Patience:
    """How long a wait may take. After three waits in vain, all further waits are short."""

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
    try:
        return waiting.eventually(look, enough, _PATIENCE.seconds)
    except AssertionError:
        _PATIENCE.disappoint()
        raise


def at_least(count: int) -> Callable[[Sized], bool]:
    """Whether so many are there."""
    return lambda found: len(found) >= count
