"""Counters of one stream under AWS's metric names.

https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
"""

import threading
from collections import Counter


class Metrics:
    """Sums since the stream was opened; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: Counter[str] = Counter()

    def add(self, **amounts: int) -> None:
        """Add to metrics; an underscore stands for the dot of a name, e.g. `DeliveryToS3_Records`."""
        with self._lock:
            self._sums.update({name.replace("_", "."): amount for name, amount in amounts.items()})

    def snapshot(self) -> dict[str, int]:
        """Every metric that was counted, by name."""
        with self._lock:
            return dict(self._sums)
