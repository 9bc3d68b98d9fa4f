"""A stream with a quota, and the time in which it is used: nobody really waits."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from delivery.limits import MIB


class Clock:
    """Seconds that pass only while each function that runs is asleep."""

    def __init__(self) -> None:
        self.now = 0.0
        self._wakes: dict[str, list[float]] = {}
        self._moved = threading.Condition()

    def begin(self, function: str) -> Callable[[float], None]:
        """From now on time waits for `function`; gives its `sleep`."""
        self._wakes[function] = []
        return lambda seconds: self._sleep(function, seconds)

    def end(self, function: str) -> None:
        with self._moved:
            del self._wakes[function]
            self._advance()

    def _sleep(self, function: str, seconds: float) -> None:
        with self._moved:
            wake = self.now + seconds
            self._wakes[function].append(wake)
            self._advance()
            self._moved.wait_for(lambda: self.now >= wake)
            self._wakes[function].remove(wake)
            if self._wakes[function]:  # another of its threads
                self._advance()

    def _advance(self) -> None:
        if self._wakes and all(self._wakes.values()):
            self.now = max(self.now, min(wake for wakes in self._wakes.values() for wake in wakes))
            self._moved.notify_all()


class BusyFirehose:
    """Takes `mib_per_second`, saved up for a second at most, and tells the rest to slow down.

    A record is told from others by its first word.
    """

    def __init__(self, clock: Clock, mib_per_second: float) -> None:
        self.taken: Counter[bytes] = Counter()
        self.parked: Counter[bytes] = Counter()
        self.offered: set[bytes] = set()
        self.refusals = 0
        self._clock = clock
        self._rate = self._saved = mib_per_second * MIB
        self._at = 0.0
        self._lock = threading.Lock()

    def put_record_batch(self, **request: Any) -> dict[str, Any]:
        with self._lock:
            answers = [self._answer(record["Data"]) for record in request["Records"]]
            return {"RequestResponses": answers}

    def park(self, stream: str, records: list[bytes]) -> None:
        with self._lock:
            self.parked.update(map(_word, records))

    def _answer(self, data: bytes) -> dict[str, str]:
        self._saved = min(self._rate, self._saved + (self._clock.now - self._at) * self._rate)
        self._at = self._clock.now
        self.offered.add(_word(data))
        if self._saved < len(data):
            self.refusals += 1
            return {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}
        self._saved -= len(data)
        self.taken[_word(data)] += 1
        return {"RecordId": "1"}


def _word(data: bytes) -> bytes:
    return data.split(maxsplit=1)[0]
