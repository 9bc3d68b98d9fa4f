"""The clock of the laptop's AWS: true wall time, and waiting that may run faster than it."""

import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """`speed` divides every wait: at 60, an interval of 60 s elapses in 1 s. `now` is never changed."""

    speed: float = 1.0

    def now(self) -> float:
        """Seconds since the epoch, true at any speed."""
        return time.time()

    def elapsed(self) -> float:
        """Real seconds since some moment; unaffected when the wall clock is set."""
        return time.monotonic()

    def real(self, seconds: float) -> float:
        """How many real seconds an interval of `seconds` takes at this speed."""
        return seconds / self.speed

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait `seconds` of this clock, or until `event` is set; true if it was set."""
        return event.wait(self.real(seconds))
