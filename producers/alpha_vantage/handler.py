"""Lambda handler: fetches a dataset's series on a schedule.

Event `{"dataset": "fx_daily"}`, with `"symbols": [...]` for some of them only. Returns the run's summary; raises
`AlphaVantageError` when a symbol brought no data, so that the invocation counts as failed.
"""

import os
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from producers.alpha_vantage.asking import Asker, Plan
from producers.alpha_vantage.run import run
from producers.alpha_vantage.transport import PUBLIC_URL, Service
from producers.environment import contract_of, destination, secret
from schemas.contract import AlphaVantage

logger = Logger()
metrics = Metrics()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    contract = contract_of(event, AlphaVantage)
    service = Service(secret("ALPHA_VANTAGE_SECRET", "apikey"), os.environ.get("ALPHA_VANTAGE_URL", PUBLIC_URL))
    reports = run(contract, event.get("symbols"), Asker(service, _plan()), destination("alpha_vantage"))
    rows = sum(report.rows for report in reports.values())
    summary = {"dataset": contract.name, "rows": rows, "symbols": {name: asdict(reports[name]) for name in reports}}
    logger.info("loaded", extra={"summary": summary})
    metrics.add_metric("RowsRead", MetricUnit.Count, rows)
    return summary


def _plan() -> Plan:
    wanted = os.environ.get("ALPHA_VANTAGE_PLAN", "free")
    if wanted == "premium":
        return "premium"
    if wanted == "free":
        return "free"
    raise ValueError(f"ALPHA_VANTAGE_PLAN is {wanted!r}; it must be free or premium")
