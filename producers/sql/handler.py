"""Lambda handler: reads a dataset's table on a schedule.

Event `{"dataset": "accounts"}`. Returns what was loaded; raises `DatabaseError` with what the database has instead.
"""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from producers.environment import contract_of, destination, secret
from producers.sql.database import open_database
from producers.sql.run import run
from schemas.contract import Sql

logger = Logger()
metrics = Metrics()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    contract = contract_of(event, Sql)
    engine = open_database(secret("STANDPIPE_DATABASE_SECRET", "url"))
    try:
        done = run(contract, engine, destination("sql"))
    finally:
        engine.dispose()
    logger.info("loaded", extra={"load": asdict(done)})
    metrics.add_metric("RowsRead", MetricUnit.Count, done.rows)
    return asdict(done)
