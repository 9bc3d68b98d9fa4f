"""One load of a dataset from its API or its database, now: what its schedule does at other times."""

import json
from typing import Any, Final

from botocore.config import Config

from schemas.alpha_vantage import AlphaVantage
from schemas.sql import Sql
from standpipe.connection import Connection
from standpipe.datasets import NotDeployedError, contract_of

_CONFIG: Final = Config(read_timeout=900, retries={"total_max_attempts": 1})
"""A function may run for 15 minutes, and a call that is made again would start a second run."""


class LoadError(Exception):
    """A dataset that is not loaded this way, or a run that failed; the message says why."""


def load(connection: Connection, dataset: str, full_reload: bool, confirm_empty: bool) -> list[str]:
    """Run the dataset's producer once and wait for it; a line for what was put, and for each warning.

    `full_reload` reads a SQL table from the beginning; `confirm_empty` lets a table without rows delete every key.
    Raises `LoadError`, `NotDeployedError`, and `UnknownDatasetError`.
    """
    source, named = contract_of(dataset).source, connection.environment.producer_function
    event: dict[str, Any] = {"dataset": dataset}
    if isinstance(source, Sql):
        function = named("sql")
        event |= {"full_reload": full_reload, "confirm_empty": confirm_empty}
    elif isinstance(source, AlphaVantage) and not (full_reload or confirm_empty):
        function = named("alpha-vantage")
    elif isinstance(source, AlphaVantage):
        raise LoadError(f"{dataset} is read from an API: `standpipe backfill {dataset}` loads its history again")
    else:
        raise LoadError(
            f"{dataset} is read from files: `standpipe put {dataset} FILE` loads one, or drop it in the bucket"
        )
    client = connection.client("lambda", _CONFIG)
    answer = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    done = json.loads(answer["Payload"].read())
    if done.get("errorType") == "UnknownDatasetError":
        raise NotDeployedError(connection, dataset)
    if "FunctionError" in answer:
        raise LoadError(str(done.get("errorMessage", done)))
    return _report(done)


def _report(done: dict[str, Any]) -> list[str]:
    lines = [f"{done['rows']} rows of {done['dataset']} put"]
    if done.get("deleted"):
        lines.append(f"{done['deleted']} keys deleted")
    if done.get("remaining"):
        lines.append(f"not finished: {done['remaining']}")
    return [*lines, *done.get("warnings", [])]
