"""Lambda handler: fetches what is new of a dataset's series, on a schedule; or its history, for a backfill.

Event `{"dataset": "fx_daily"}`; with `"symbols": [...]` for some of them only; with `"run": "…"` under that name
instead of the invocation's, so that calls acknowledged under it are not made again; with
`"history": {"since": "2010-01-01", "month": null}` for a backfill.

Returns the run's summary. Raises `AlphaVantageError` when a symbol gave no data and `UnfinishedError` when quota or
time ran out, so that the invocation counts as failed and Lambda's own retry continues with what remains.
"""

import os
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from producers.alpha_vantage.calls import History, RunRequest
from producers.alpha_vantage.client import Client, Plan
from producers.alpha_vantage.progress import Progress
from producers.alpha_vantage.quota import FREE, Quota, premium
from producers.alpha_vantage.run import run
from producers.alpha_vantage.transport import PUBLIC_URL, Service
from producers.environment import contract_of, destination, progress_table, secret
from schemas.alpha_vantage import AlphaVantage

_DEFAULT_CALLS_PER_MINUTE = "75"
logger = Logger()
metrics = Metrics()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    contract = contract_of(event, AlphaVantage)
    request = RunRequest(
        run=str(event.get("run") or context.aws_request_id),
        symbols=event.get("symbols"),
        history=msgspec.convert(event["history"], History) if event.get("history") else None,
    )
    client = _client(context)
    progress = Progress(progress_table(), contract.name, _now)
    to = replace(destination("alpha_vantage"), seconds_left=client.remaining)
    reports = run(contract, request, client, progress, to)
    rows = sum(report.rows for report in reports.values())
    summary = {"dataset": contract.name, "rows": rows, "symbols": {name: asdict(reports[name]) for name in reports}}
    logger.info("loaded", extra={"summary": summary})
    metrics.add_metric("RowsRead", MetricUnit.Count, rows)
    return summary


def _client(context: LambdaContext) -> Client:
    plan = _plan()
    per_minute = int(os.environ.get("ALPHA_VANTAGE_CALLS_PER_MINUTE", _DEFAULT_CALLS_PER_MINUTE))
    return Client(
        service=Service(secret("ALPHA_VANTAGE_SECRET", "apikey"), os.environ.get("ALPHA_VANTAGE_URL", PUBLIC_URL)),
        plan=plan,
        quota=Quota(progress_table(), FREE if plan == "free" else premium(per_minute), _now, time.sleep),
        sleep=time.sleep,
        remaining=lambda: context.get_remaining_time_in_millis() / 1000,
    )


def _plan() -> Plan:
    wanted = os.environ.get("ALPHA_VANTAGE_PLAN", "free")
    if wanted == "premium":
        return "premium"
    if wanted == "free":
        return "free"
    raise ValueError(f"ALPHA_VANTAGE_PLAN is {wanted!r}; it must be free or premium")


def _now() -> datetime:
    return datetime.now(UTC)
