"""Lambda handler: reads what is new in a dataset's table, on a schedule.

Event `{"dataset": "accounts"}`. With `"full_reload": true` everything is read again; with `"confirm_empty": true` all
keys of a table without rows are deleted. Returns what was loaded; a run that had to stop early says what remains and
has started the next one. Raises `DatabaseError` with what the database has instead.
"""

import json
from dataclasses import asdict, replace
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from producers.environment import contract_of, destination, progress_table, secret_fields
from producers.sql.database import open_database
from producers.sql.progress import BusyError
from producers.sql.run import Run, Summary, run
from schemas.sql import Sql

logger = Logger()
metrics = Metrics()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    contract = contract_of(event, Sql)
    engine = open_database(secret_fields("STANDPIPE_DATABASE_SECRET", "url"))

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    asked = {name: bool(event.get(name, False)) for name in ("full_reload", "confirm_empty")}
    try:
        to = replace(destination("sql"), seconds_left=seconds_left)
        done = run(Run(contract, engine, to, progress_table(), seconds_left, **asked))
    except BusyError as busy:
        logger.warning(str(busy))
        return asdict(Summary(contract.name, remaining=str(busy)))
    finally:
        engine.dispose()
    _report(done)
    if done.remaining:
        _continue(context.function_name, contract.name)
    return asdict(done)


def _report(done: Summary) -> None:
    for warning in done.warnings:
        logger.warning(warning)
    logger.info("loaded", extra={"load": asdict(done)})
    metrics.add_metric("RowsRead", MetricUnit.Count, done.rows)
    metrics.add_metric("RowsDeleted", MetricUnit.Count, done.deleted)


def _continue(function: str, dataset: str) -> None:
    """Start the next run at once: it continues where this one stopped."""
    boto3.client("lambda").invoke(
        FunctionName=function, InvocationType="Event", Payload=json.dumps({"dataset": dataset})
    )
