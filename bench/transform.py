"""How fast the transform is: `python -m bench.transform [rounds]`.

It times the whole Lambda handler, base64 in and out, on nested FX documents of 450 KB, in one process and one run
beside `orjson.loads` alone on the same bytes and beside the same transform in pandas. Each round times every way once,
in turn, so that a slow moment of the machine hits them all; the table shows medians. The last lines compare them with
the limits that the project keeps: 0.6 of the parse alone, 10 times pandas, and a cold import under 150 ms.
"""

import io
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any, Final

import msgspec
import orjson
import pybase64

from bench.documents import fx_document
from bench.pandas_layer import pandas_handler
from schemas.contract import Contract
from schemas.load import DATASETS, load_contract
from transforms import handler as function
from transforms.envelope import Event
from transforms.fast import FastPath
from transforms.layout import nested_layout

ROUNDS: Final = 40
PANDAS_EVERY: Final = 8
"""Rounds for each one that also times pandas, which takes as long as all others together."""
LINEAGE: Final = {
    "source": "s3://standpipe-prod-drop-123456789012-eu-west-1/drop/fx_daily/rates.json?versionId=3sL4kqtJlcpXroDTDmJ",
    "ingested_at": "2026-11-23 19:00:00.000",
}
IMPORTS: Final = "msgspec, pybase64, yaml, aws_lambda_powertools, schemas.load, transforms.handler"


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    body = fx_document()
    seconds = _measured(_ways(body), rounds)
    baseline, whole = seconds["orjson.loads alone"], seconds["whole handler"]
    print(f"{len(body):,} bytes, medians of {rounds} rounds, Python {sys.version.split()[0]}\n")
    print(f"{'':44}{'ms':>8}{'MB/s':>8}{'x orjson.loads':>16}")
    for name, value in seconds.items():
        print(f"{name:44}{value * 1e3:8.2f}{len(body) / value / 1e6:8.1f}{baseline / value:16.2f}")
    print(f"\nwhole handler / orjson.loads alone: {baseline / whole:.2f} (limit 0.6)")
    print(f"whole handler / pandas: {seconds['the same in pandas'] / whole:.1f} (limit 10)")
    print(f"cold import of what the handler needs: {_cold_import_milliseconds():.0f} ms (limit 150)")


def _ways(body: bytes) -> dict[str, Callable[[], object]]:
    contract = load_contract(DATASETS / "fx_daily.yaml")
    unchecked = msgspec.structs.replace(contract, checks=())
    names = {column.name: column.accepted_names[0] for column in contract.columns}
    layout = nested_layout(contract, names)
    if layout is None:
        raise SystemExit("the contract of fx_daily has no fast path; run the tests of transforms")
    header = msgspec.json.encode({"standpipe": {"source": LINEAGE["source"]}}) + b"\n"
    return {
        "orjson.loads alone": lambda: orjson.loads(body),
        "typed decode alone": lambda: layout.decode(body),
        "transform": _fast(unchecked, body, {"source": "", "ingested_at": ""}),
        "transform, checks": _fast(contract, body, {"source": "", "ingested_at": ""}),
        "transform, checks, lineage": _fast(contract, body, LINEAGE),
        "whole handler": _handler(_event(header + body)),
        "the same in pandas": lambda: pandas_handler(_event(body), **LINEAGE),
    }


def _fast(contract: Contract, body: bytes, lineage: dict[str, str]) -> Callable[[], object]:
    path = FastPath(contract)
    return lambda: path.land(body, lineage)


def _handler(event: Event) -> Callable[[], object]:
    os.environ.update(STANDPIPE_DATASET="fx_daily", STANDPIPE_QUARANTINE_STREAM="quarantine")

    def run() -> object:
        with redirect_stdout(io.StringIO()):  # the metrics that the function prints for CloudWatch
            return function.handler(event, None)

    return run


def _event(data: bytes) -> Event:
    return {
        "deliveryStreamArn": "arn:aws:firehose:eu-west-1:123456789012:deliverystream/standpipe-prod-fx_daily",
        "records": [{"recordId": "1", "data": pybase64.b64encode_as_string(data)}],
    }


def _measured(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each way."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        for name, run in ways.items():
            if "pandas" in name and number % PANDAS_EVERY:
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
