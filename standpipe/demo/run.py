"""The demo: start the pipeline, load every source, query it and reconcile."""

import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from local.gateway.running import READY
from standpipe import reconciliation, report
from standpipe.connection import LOCAL_ENDPOINT, Connection, connect
from standpipe.demo import steps

SPEED = 60
"""The demo does not wait for Firehose's buffers in real time: 60 s of buffering take 1 s."""

_STEPS_UP = 16
"""Lines that `standpipe up` prints until it is ready; only the bar's length depends on it."""


class DemoError(Exception):
    """The pipeline did not start; the message is its output."""


def run(port: int, data: Path) -> None:
    """Start the pipeline, load every source, print the two answers and the reconciliation.

    Raises `DemoError` and `steps.NotLandedError`.
    """
    started = time.monotonic()
    with _progress() as progress, _pipeline(port, data, progress) as connection:
        loading = steps.trigger(connection)
        total = loading.expected.total()
        task = progress.add_task("loading sources: schedules run, files dropped", total=total)
        loading.wait(lambda count: progress.update(task, completed=count))
        progress.update(task, description="every row is accounted for", completed=total)
        progress.stop()
        _answer(connection, steps.ONE_TICKER, "Closing prices of IBM (API)")
        _answer(
            connection,
            steps.ALL_SOURCES,
            "The portfolio in pounds: trades (files) x prices, rates (API) x accounts (SQL)",
        )
        _reconcile(connection)
        _where_to_go(connection, port, data, time.monotonic() - started)


@contextmanager
def _pipeline(port: int, data: Path, progress: Progress) -> Iterator[Connection]:
    """`standpipe up` until the block ends."""
    command = [sys.executable, "-m", "standpipe", "up", "--port", str(port), "--speed", str(SPEED), "--data", str(data)]
    task = progress.add_task("starting the gateway", total=_STEPS_UP)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            url = _ready(process, progress, task)
            progress.update(task, description="the pipeline is deployed", completed=_STEPS_UP)
            yield connect("local", url)
        finally:
            process.terminate()
            process.wait()  # also after Ctrl-C: the next run can use the folder


def _ready(process: "subprocess.Popen[str]", progress: Progress, task: TaskID) -> str:
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        if line.startswith(READY):
            return line.removeprefix(READY).strip()
        said.append(line)
        progress.update(task, description=line.strip(), advance=1)
    progress.remove_task(task)
    raise DemoError(f"the pipeline did not start:\n{''.join(said)}")


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=report.out
    )


def _answer(connection: Connection, name: str, title: str) -> None:
    result = connection.query(steps.named_query(name))
    report.table(result.columns, result.rows, title)
    report.say(report.cost(len(result.rows), result.statistics))


def _reconcile(connection: Connection) -> None:
    columns, rows = reconciliation.by_dataset(connection)
    report.table(columns, rows, "Every row: rows in = landed + quarantined + duplicates")


def _where_to_go(connection: Connection, port: int, data: Path, seconds: float) -> None:
    is_usual = connection.url == LOCAL_ENDPOINT
    at_port, at_endpoint = ("", "") if is_usual else (f" --port {port}", f" --endpoint {connection.url}")
    report.say(
        f"Done in {seconds:.0f} s. The Parquet files are in\n"
        f"  {data}/s3/{connection.environment.account}/{connection.lake}/landing/\n"
        "Next: serve the same data, and query it from another terminal.\n"
        f"  .venv/bin/standpipe up --data {shlex.quote(str(data))}{at_port}\n"
        f"  .venv/bin/standpipe query{at_endpoint} 'SELECT rule, reason, source_row FROM quarantine'"
    )
