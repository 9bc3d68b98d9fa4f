"""The gateway's memory: what it takes idle, under load for minutes, and when nothing can be delivered.

`python -m bench.dataplane.memory [minutes]` puts load on one stream with transform, partitions and conversion for so
long, and prints how the memory developed.
"""

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.dataplane.load import batches, put, wait_for_rows
from bench.dataplane.rows import one_row_records, packed_records
from bench.dataplane.setup import client, make_neighbours, make_stream
from local.gateway.running import running_gateway

_SAMPLE_SECONDS: Final = 1.0
_PER_SECOND: Final = 4
"""Batches of 500 records of 1 KB that the load puts each second."""


def resident(pid: int) -> float:
    """The current memory of a process in MiB."""
    return _status(pid, "VmRSS")


def peak(pid: int) -> float:
    """The peak memory of a process in MiB."""
    return _status(pid, "VmHWM")


@contextmanager
def sampled(pid: int) -> Iterator[list[tuple[float, float]]]:
    """Seconds since the start and MiB, taken each second."""
    samples: list[tuple[float, float]] = []
    ended, start = threading.Event(), time.monotonic()

    def sample() -> None:
        while not ended.wait(_SAMPLE_SECONDS):
            samples.append((time.monotonic() - start, resident(pid)))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        ended.set()
        thread.join()


def blocked(gigabytes: float = 1.3) -> tuple[float, int, float]:
    """Put more than a stream keeps while S3 refuses its objects: MiB before, records throttled, MiB at most."""
    records = packed_records(200)
    with tempfile.TemporaryDirectory() as folder, running_gateway(Path(folder)) as gateway:
        make_neighbours(gateway.url, function=False)
        make_stream(gateway.url, "blocked", function=False, parquet=False, bucket="nowhere")
        pid, firehose, throttled = gateway.process.pid, client(gateway.url, "firehose"), 0
        before = resident(pid)
        for _ in range(int(gigabytes * 1e9 / sum(map(len, records)))):
            for batch in batches(records):
                answer = firehose.put_record_batch(DeliveryStreamName="blocked", Records=batch)
                throttled += answer["FailedPutCount"]
        return before, throttled, peak(pid)


def main() -> None:
    """Measure under load and print."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 25.0
    records = one_row_records(500)
    with tempfile.TemporaryDirectory() as folder, running_gateway(Path(folder), speed=60) as gateway:
        make_neighbours(gateway.url)
        make_stream(gateway.url, "load", function=True)
        with sampled(gateway.process.pid) as samples:
            end, rounds = time.monotonic() + minutes * 60, 0
            while time.monotonic() < end:
                start = time.monotonic()
                put(gateway.url, "load", records * _PER_SECOND)
                rounds += 1
                time.sleep(max(0.0, 1 - (time.monotonic() - start)))
            wait_for_rows(gateway.url, "load/", rounds * _PER_SECOND * 500)
        print(f"{rounds * _PER_SECOND * 500:,} records of 1 KB in {minutes:g} min, all delivered")
        for tenth in range(10):
            part = [mib for _, mib in samples[len(samples) * tenth // 10 : len(samples) * (tenth + 1) // 10]]
            print(f"  {tenth * 10:3}% {statistics.fmean(part):7.1f} MiB, at most {max(part):.1f}")
        later = samples[len(samples) // 5 :]
        slope = statistics.linear_regression([s / 3600 for s, _ in later], [mib for _, mib in later]).slope
        print(f"slope after the first fifth: {slope:+.1f} MiB an hour; peak {peak(gateway.process.pid):.0f} MiB")


def _status(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise LookupError(name)


if __name__ == "__main__":
    main()
