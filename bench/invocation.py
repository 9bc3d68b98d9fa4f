"""How long one invocation of the transform takes in a process like Lambda's: `python -m bench.invocation`.

The event is read from JSON and the response written as JSON, as Lambda's runtime does, both with the memory that
deployed functions keep (`MALLOC_TOP_PAD_`, in `cdk/constructs/function.py`) and without it.
"""

import io
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from contextlib import redirect_stdout
from typing import Final

from bench.documents import one_year_of_many_pairs
from bench.transform import LINEAGE, event_of
from delivery.header import Header, with_header

RECORDS: Final = (1, 3)
"""Of 475 KB; the response for three of them is nearly as large as Lambda allows."""
KEPT: Final = {"MALLOC_TOP_PAD_": str(64 * 1024 * 1024)}
_WARM_UP: Final = 10
_ROUNDS: Final = 60


def main() -> None:
    """Measure each case in a process of its own, and print."""
    for records in RECORDS:
        for title, kept in (("memory returned", {}), ("memory kept", KEPT)):
            command = [sys.executable, "-m", "bench.invocation", str(records)]
            done = subprocess.run(command, env={**os.environ, **kept}, capture_output=True, check=True, text=True)
            print(f"{records} x 475 KB, {title:18} {done.stdout.splitlines()[-1]}")


def measure(records: int) -> None:
    """Print milliseconds and page faults of an invocation, medians."""
    os.environ.update(STANDPIPE_DATASET="fx_daily", STANDPIPE_QUARANTINE_STREAM="quarantine")
    from transforms.handler import handler

    event = json.dumps(event_of([with_header(Header(LINEAGE["source"]), one_year_of_many_pairs())] * records))
    times, faults = [], []
    for _ in range(_WARM_UP + _ROUNDS):
        before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_minflt, time.perf_counter()
        with redirect_stdout(io.StringIO()):
            json.dumps(handler(json.loads(event), None)).encode()
        times.append(time.perf_counter() - begun)
        faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    milliseconds = statistics.median(times[_WARM_UP:]) * 1e3
    print(f"{milliseconds:6.1f} ms {statistics.median(faults[_WARM_UP:]):6.0f} page faults")


if __name__ == "__main__":
    measure(int(sys.argv[1])) if len(sys.argv) > 1 else main()
