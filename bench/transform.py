"""How fast the transform is: `python -m bench.transform [rounds]`.

It times the whole transform, base64 in and out, on nested FX documents of 475 KB. In the same process and run it times
`orjson.loads` alone on the same bytes, and the same transform in pandas. Each round times every way once, in turn, so
that a slow moment of the machine affects them all; the tables show medians. The last lines compare all documents
together with the targets: 0.6 of the parse alone, 10 times pandas, and a cold import under 150 ms.

There are three documents, because orjson caches keys: if the same days occur under many pairs it parses almost twice as
fast as if every key is new, and the transform does not. pandas is the opposite: it works pair by pair. The first
document is a file of many pairs, split by year; the last is the API's full history of one pair.

The limit is the time of the JSON library itself: decode the document, encode rows that already exist, and nothing in
between. No transform that is built on it can be faster.
"""

import io
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import orjson
import pybase64

from bench.documents import many_years_of_one_pair, one_year_of_many_pairs, some_years_of_some_pairs
from bench.pandas_layer import pandas_handler
from delivery.header import Header, with_header
from schemas.contract import Contract
from schemas.load import DATASETS, load_contract
from schemas.rows import checked_type, constants
from transforms import handler as function
from transforms.envelope import Event
from transforms.fast import FastPath
from transforms.layout import Layout, nested_layout
from transforms.transform import Transform

encode_lines: Final = msgspec.json.Encoder().encode_lines
ROUNDS: Final = 40
PANDAS_EVERY: Final = 8
"""Every so many rounds pandas is timed as well; it takes as long as all others together."""
LINEAGE: Final = {
    "source": "s3://standpipe-prod-drop-123456789012-eu-west-1/drop/fx_daily/rates.json?versionId=3sL4kqtJlcpXroDTDmJ",
    "ingested_at": "2026-11-23 19:00:00.000",
}
PARSE: Final = "orjson.loads alone"
LIMIT: Final = "typed decode and encode alone (the limit)"
WHOLE: Final = "whole transform, base64 in and out"
PANDAS: Final = "the same in pandas"
IMPORTS: Final = "msgspec, pybase64, yaml, aws_lambda_powertools, schemas.load, transforms.handler"

Whole = Callable[[Contract, Event], Callable[[], object]]


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    contract = load_contract(DATASETS / "fx_daily.yaml")
    undivided = msgspec.structs.replace(contract, partition=None)
    documents = [
        _compared(
            "One year of 20 pairs, through the deployed function", _handler, contract, one_year_of_many_pairs(), rounds
        ),
        _compared("5 years of 4 pairs, no partition", _transform, undivided, some_years_of_some_pairs(), rounds),
        _compared("20 years of one pair, no partition", _transform, undivided, many_years_of_one_pair(), rounds),
    ]
    alone, taken, pandas = (sum(seconds[way] for seconds in documents) for way in (PARSE, WHOLE, PANDAS))
    print(f"all documents: {alone / taken:.2f} of {PARSE} (target 0.6), {pandas / taken:.1f} x pandas (target 10)")
    print(f"cold import of what the handler needs: {_cold_import_milliseconds():.0f} ms (target 150)")


def _compared(title: str, whole: Whole, contract: Contract, body: bytes, rounds: int) -> dict[str, float]:
    """Seconds of each way on `body`; prints them, too."""
    seconds = _measured(_ways(contract, body, whole), rounds)
    baseline, taken = seconds[PARSE], seconds[WHOLE]
    print(f"{title}: {len(body):,} bytes, medians of {rounds} rounds, Python {sys.version.split()[0]}\n")
    print(f"{'':44}{'ms':>8}{'MB/s':>8}{'x orjson.loads':>16}")
    for name, value in seconds.items():
        print(f"{name:44}{value * 1e3:8.2f}{len(body) / value / 1e6:8.1f}{baseline / value:16.2f}")
    print(f"\n{WHOLE} / {PARSE}: {baseline / taken:.2f} (the limit itself is {baseline / seconds[LIMIT]:.2f})")
    print(f"{WHOLE} / {LIMIT}: {seconds[LIMIT] / taken:.2f}")
    print(f"{WHOLE} / pandas: {seconds[PANDAS] / taken:.1f}\n")
    return seconds


def _ways(contract: Contract, body: bytes, whole: Whole) -> dict[str, Callable[[], object]]:
    names = {column.name: column.accepted_names[0] for column in contract.columns}
    layout = nested_layout(contract, names, checked_type)
    if layout is None:
        raise SystemExit("the contract of fx_daily has no fast path; run the tests of transforms")
    rows = _landing_rows(layout, body)
    unchecked = msgspec.structs.replace(contract, checks=())
    return {
        PARSE: lambda: orjson.loads(body),
        "typed decode alone": lambda: layout.decode(body),
        LIMIT: lambda: (layout.decode(body), encode_lines(rows)),
        "rows": _fast(unchecked, body, {"source": "", "ingested_at": ""}),
        "rows, checks": _fast(contract, body, {"source": "", "ingested_at": ""}),
        "rows, checks, lineage": _fast(contract, body, LINEAGE),
        WHOLE: whole(contract, event_of([with_header(Header(LINEAGE["source"]), body)])),
        PANDAS: lambda: pandas_handler(event_of([body]), **LINEAGE),
    }


def _landing_rows(layout: Layout, body: bytes) -> list[msgspec.Struct]:
    """The rows of `body`, ready to be encoded."""
    constant = constants({"base": "USD", "quote": "JPY", **LINEAGE})
    pairs = [leaves for quotes in layout.decode(body).values() for leaves in quotes.values()]
    return [row for leaves in pairs for row in layout.build(leaves, (), constant)]


def _fast(contract: Contract, body: bytes, lineage: dict[str, str]) -> Callable[[], object]:
    path = FastPath(contract)
    return lambda: path.land(body, lineage)


def _handler(_contract: Contract, event: Event) -> Callable[[], object]:
    os.environ.update(STANDPIPE_DATASET="fx_daily", STANDPIPE_QUARANTINE_STREAM="quarantine")

    def run() -> object:
        with redirect_stdout(io.StringIO()):  # the metrics that the function prints for CloudWatch
            return function.handler(event, None)

    return run


def _transform(contract: Contract, event: Event) -> Callable[[], object]:
    transform = Transform(contract, "quarantine", lambda _stream, _records: "", lambda: datetime.now(UTC))
    return lambda: transform(event)


def event_of(records: list[bytes]) -> Event:
    """The event that Firehose makes of `records`."""
    return {
        "deliveryStreamArn": "arn:aws:firehose:eu-west-1:123456789012:deliverystream/standpipe-prod-fx_daily",
        "records": [
            {"recordId": str(number), "data": pybase64.b64encode_as_string(data)} for number, data in enumerate(records)
        ],
    }


def _measured(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each way."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        for name, run in ways.items():
            if name == PANDAS and number % PANDAS_EVERY:
                continue
            start = time.perf_counter()
            result: Any = run()
            times[name].append(time.perf_counter() - start)
            del result
    return {name: statistics.median(taken) for name, taken in times.items()}


def _cold_import_milliseconds() -> float:
    """Fastest of five fresh interpreters, compiled modules on disk."""
    code = f"import time; t = time.perf_counter(); import {IMPORTS}; print(time.perf_counter() - t)"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    runs = [
        subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True, text=True).stdout
        for _ in range(5)
    ]
    return min(map(float, runs)) * 1e3


if __name__ == "__main__":
    main()
