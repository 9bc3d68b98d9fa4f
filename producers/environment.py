"""What a producer's function gets from its environment: the only place that reads it."""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from threading import Lock
from typing import Any

import boto3
import msgspec
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities import parameters

from delivery.parking import Parking
from delivery.putting import IN_FLIGHT
from delivery.putting import Parking as Park
from producers.loading import Destination, Producer
from producers.progress import Table
from schemas.contract import Contract
from schemas.load import load_contracts
from schemas.value import Value

_SECRET_SECONDS = 300
"""A rotated secret is picked up within five minutes."""


class UnknownDatasetError(Exception):
    """A dataset that has no contract, or none that this producer feeds."""

    def __init__(self, dataset: str, known: list[str]) -> None:
        super().__init__(f"no dataset {dataset!r} here; the datasets are {', '.join(known)}")


@cache
def contracts() -> dict[str, Contract]:
    """Every contract that was deployed with the function, read once."""
    return load_contracts()


def contract_of(event: Mapping[str, object], kind: type[Value]) -> Contract:
    """The contract named by an event `{"dataset": …}`; its source must be of `kind`. Raises `UnknownDatasetError`."""
    fed = {name: contract for name, contract in contracts().items() if isinstance(contract.source, kind)}
    dataset = str(event.get("dataset", ""))
    if dataset not in fed:
        raise UnknownDatasetError(dataset, list(fed))
    return fed[dataset]


@cache
def destination(producer: Producer) -> Destination:
    """The streams of this environment (STANDPIPE_STREAM_PREFIX and a dataset's name); STANDPIPE_LAKE_BUCKET takes what
    they refuse."""
    return Destination(
        client=boto3.client("firehose"),
        stream_prefix=os.environ["STANDPIPE_STREAM_PREFIX"],
        producer=producer,
        now=lambda: datetime.now(UTC),
        sleep=time.sleep,
        in_flight=IN_FLIGHT,
        park=_counted(Parking(boto3.client("s3"), os.environ["STANDPIPE_LAKE_BUCKET"])),
    )


def _counted(park: Park) -> Park:
    """`park`, counting what it took as `RecordsUndelivered`, which is reported even if the run fails later."""
    metrics, one_at_a_time = Metrics(), Lock()

    def counting(stream: str, records: list[bytes]) -> None:
        park(stream, records)
        with one_at_a_time:
            metrics.add_metric("RecordsUndelivered", MetricUnit.Count, len(records))

    return counting


@cache
def progress_table() -> Table:
    """The DynamoDB table (boto3's `Table`) of what producers remember, with the keys `owner` and `item`.

    This producer owns the items whose `owner` begins with its name and a slash, e.g. `sql/accounts`.
    """
    table: Table = boto3.resource("dynamodb").Table(os.environ["STANDPIPE_PROGRESS_TABLE"])
    return table


def secret(variable: str, field: str) -> str:
    """The value of the secret whose name is in the environment variable: plain text, or `field` of a JSON object.

    Raises `ValueError` when it is JSON without that field; the value is never part of an error.
    """
    name = os.environ[variable]
    fields = _fields(name, field, max_age=_SECRET_SECONDS)
    if field not in fields:
        raise _not_as_needed(name, field)
    return fields[field]


def secret_fields(variable: str, field: str) -> dict[str, str]:
    """The fields of the JSON object in the secret whose name is in the environment variable, as they are now.

    Plain text is the value of `field`. Raises `ValueError` when it is neither; the value is never part of an error.
    """
    return _fields(os.environ[variable], field, force_fetch=True)


def _fields(name: str, field: str, **cache: Any) -> dict[str, str]:
    text = parameters.get_secret(name, **cache).strip()
    if not text.startswith("{"):
        return {field: text}
    try:
        return {key: str(value) for key, value in msgspec.json.decode(text, type=dict[str, object]).items()}
    except msgspec.DecodeError:
        raise _not_as_needed(name, field) from None


def _not_as_needed(name: str, field: str) -> ValueError:
    return ValueError(f'the secret {name} must be plain text or JSON like {{"{field}": "…"}}')
