"""How long to wait before a retry."""

from collections.abc import Iterator

_FIRST_SECONDS = 1.0
_LONGEST_SECONDS = 60.0


def pauses() -> Iterator[float]:
    """Seconds before each retry, endlessly: twice as long each time, up to a minute."""
    pause = _FIRST_SECONDS
    while True:
        yield pause
        pause = min(2 * pause, _LONGEST_SECONDS)
