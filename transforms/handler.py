"""The Lambda function of a dataset's stream.

STANDPIPE_DATASET names the contract, STANDPIPE_QUARANTINE_STREAM where its bad rows go.
"""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from schemas.load import DATASETS, load_contract
from transforms.envelope import Event, Response
from transforms.putting import putter
from transforms.transform import Transform, Transformed

logger = Logger()
metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Standpipe"))


@metrics.log_metrics
def handler(event: Event, _context: object) -> Response:
    """Firehose's transform: rows in the contract's form, one answer for each record of `event`."""
    transformed = _transform(os.environ["STANDPIPE_DATASET"], os.environ["STANDPIPE_QUARANTINE_STREAM"])(event)
    _report(transformed)
    return transformed.response


@cache
def _transform(dataset: str, quarantine_stream: str) -> Transform:
    contract = load_contract(DATASETS / f"{dataset}.yaml")
    return Transform(contract, quarantine_stream, putter(_client), lambda: datetime.now(UTC))


@cache
def _client() -> Any:
    import boto3  # half of the cold start, and clean records never need it

    return boto3.client("firehose")


def _report(transformed: Transformed) -> None:
    metrics.add_metric("RowsLanded", MetricUnit.Count, transformed.landed)
    troubles = {
        "RowsQuarantined": transformed.quarantined,
        "RecordsPutBack": transformed.put_back,
        "RecordsFailed": len(transformed.failures),
    }
    for name, count in troubles.items():
        if count:  # CloudWatch bills a metric for every hour in which it has a value
            metrics.add_metric(name, MetricUnit.Count, count)
    for record_id, failure in transformed.failures.items():
        logger.error("Record failed; it is in the stream's error prefix", record_id=record_id, reason=failure)
    if transformed.quarantined:
        logger.warning("Rows broke the contract; they are in the quarantine", rows=transformed.quarantined)
