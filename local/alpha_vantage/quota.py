"""How often a key may ask, for tests and demos with the free tier's limits."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Literal

Refusal = Literal["second", "day"]
_DAY_SECONDS = 24 * 3600.0


class Quota:
    """Counts the requests of each key in the last second and the last day; None means no limit. Thread-safe.

    https://www.alphavantage.co/support/ gives a free key 25 requests per day.
    """

    def __init__(
        self, per_second: int | None = None, per_day: int | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits: tuple[tuple[Refusal, int | None, float], ...] = (
            ("day", per_day, _DAY_SECONDS),
            ("second", per_second, 1.0),
        )
        self._now = now
        self._asked: dict[tuple[str, Refusal], deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def refuse(self, key: str) -> Refusal | None:
        """Which limit the request exceeds; a request that exceeds none is counted."""
        with self._lock:
            now = self._now()
            for window, limit, seconds in self._limits:
                asked = self._asked[key, window]
                while asked and asked[0] <= now - seconds:
                    asked.popleft()
                if limit is not None and len(asked) >= limit:
                    return window
            for window, limit, _ in self._limits:
                if limit is not None:
                    self._asked[key, window].append(now)
            return None
