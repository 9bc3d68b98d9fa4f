"""What one stream measures, under AWS's metric names.

https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple


class Statistics(NamedTuple):
    """Samples of one metric, as CloudWatch takes them."""

    samples: int
    total: float
    least: float
    most: float

    def merged(self, other: "Statistics") -> "Statistics":
        """Both together."""
        least, most = min(self.least, other.least), max(self.most, other.most)
        return Statistics(self.samples + other.samples, self.total + other.total, least, most)


class Metrics:
    """Thread-safe. Sums since the stream was opened, and the samples that are not taken yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: dict[str, float] = {}
        self._samples: dict[str, Statistics] = {}

    def add(self, **amounts: float) -> None:
        """Add one sample to each metric; an underscore stands for the dot of a name, e.g. `DeliveryToS3_Records`."""
        samples = {name.replace("_", "."): Statistics(1, value, value, value) for name, value in amounts.items()}
        with self._lock:
            for name, sample in samples.items():
                self._sums[name] = self._sums.get(name, 0) + sample.total
            self._merge(samples)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add how long the block took, in milliseconds, to a metric, unless it raises."""
        start = time.perf_counter()
        yield
        self.add(**{name: (time.perf_counter() - start) * 1000})

    def sums(self) -> dict[str, float]:
        """Every metric that has samples, with their sum."""
        with self._lock:
            return dict(self._sums)

    @property
    def has_samples(self) -> bool:
        """Whether there are samples to take."""
        return bool(self._samples)

    def take(self) -> dict[str, Statistics]:
        """Remove and return the samples since the last call."""
        with self._lock:
            taken, self._samples = self._samples, {}
            return taken

    def give_back(self, taken: Mapping[str, Statistics]) -> None:
        """Put back samples that could not be sent."""
        with self._lock:
            self._merge(taken)

    def _merge(self, samples: Mapping[str, Statistics]) -> None:
        for name, sample in samples.items():
            known = self._samples.get(name)
            self._samples[name] = sample if known is None else known.merged(sample)
