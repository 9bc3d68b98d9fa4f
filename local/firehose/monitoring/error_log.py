"""Errors of one stream, counted by code and kept until they are sent to the stream's log group.

https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html
"""

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from local.firehose.records import Failure

_MOST_EVENTS = 100
"""How many different events are kept until the log is sent; AWS also logs only a sample when much fails."""


@dataclass(frozen=True)
class ErrorEvent:
    """One kind of error and when it first occurred (epoch milliseconds); `processor`: a failed function's ARN."""

    at_ms: int
    code: str
    message: str
    processor: str = ""


class ErrorLog:
    """Thread-safe. An error that repeats is logged once, until the events are taken away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: Counter[str] = Counter()
        self._events: dict[tuple[str, str], ErrorEvent] = {}

    def note(self, event: ErrorEvent) -> None:
        """Log an error."""
        self.give_back([event])

    def failed(self, failures: Sequence[Failure], processor: str = "") -> None:
        """Count records that failed, and log why."""
        with self._lock:
            self._records.update(failure.code for failure in failures)
        reasons = {(failure.code, failure.message): failure for failure in failures}
        self.give_back(
            ErrorEvent(f.ended_ms, f.code, f.message, processor if f.kind == "processing-failed" else "")
            for f in reasons.values()
        )

    def records(self) -> dict[str, int]:
        """How many records went to the error prefix since the stream was opened, by code."""
        with self._lock:
            return dict(self._records)

    def take(self) -> list[ErrorEvent]:
        """Remove and return the events since the last call, in order of time."""
        with self._lock:
            taken, self._events = self._events, {}
        return sorted(taken.values(), key=lambda event: event.at_ms)

    def give_back(self, events: Iterable[ErrorEvent]) -> None:
        """Put back events that could not be sent."""
        with self._lock:
            for event in events:
                if len(self._events) < _MOST_EVENTS:
                    self._events.setdefault((event.code, event.message), event)
