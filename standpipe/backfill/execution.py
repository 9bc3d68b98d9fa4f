"""The execution of a backfill: the deployed function makes each call, so the key never leaves AWS.

The plan is stored in the progress table, where the function also records each call that Firehose has acknowledged. A
backfill that was killed or ran out of quota resumes with the calls that are not recorded.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec
from boto3.dynamodb.conditions import Key
from botocore.config import Config

from producers.alpha_vantage.progress import DONE_OWNER, done_item
from producers.alpha_vantage.quota import FREE, Quota
from producers.alpha_vantage.reports import AlphaVantageError
from schemas.contract import Contract
from standpipe.backfill.plan import Call, Plan, plan
from standpipe.connection import Connection
from standpipe.datasets import contract_of

_OWNER: Final = "alpha-vantage/backfill"
_LAMBDA_SECONDS: Final = 900
_CONFIG: Final = Config(read_timeout=_LAMBDA_SECONDS, retries={"total_max_attempts": 1})
"""An invocation may take 15 minutes, and boto3 must not repeat it by itself."""


@dataclass(frozen=True)
class Backfill:
    """A stored plan and its progress. `left_today` is None without a daily quota."""

    contract: Contract
    plan: Plan
    is_resumed: bool
    remaining: tuple[Call, ...]
    left_today: int | None
    per_day: int | None


@dataclass(frozen=True)
class Failure:
    """A call that loaded no data, with the function's error; `is_end`: no further call should be made now."""

    text: str
    is_end: bool


def prepare(connection: Connection, dataset: str, symbols: Sequence[str], since: date | None) -> Backfill:
    """A new plan, or the stored one if it means the same work; makes no calls.

    Raises `BackfillError` and `UnknownDatasetError`.
    """
    contract = contract_of(dataset)
    now = datetime.now(UTC)
    wanted = plan(contract, symbols, since, now.date(), f"backfill-{now:%Y-%m-%dT%H:%M:%S.%fZ}")
    table = connection.progress()
    stored = table.get_item(Key={"owner": _OWNER, "item": dataset}, ConsistentRead=True).get("Item")
    before = msgspec.json.decode(stored["plan"], type=Plan) if stored else None
    chosen = before if before and before.same_as(wanted) else wanted
    done = _done(table, dataset, chosen.run)
    is_free = connection.environment.alpha_vantage.plan == "free"
    quota = Quota(table, FREE, lambda: datetime.now(UTC), time.sleep)
    return Backfill(
        contract,
        chosen,
        chosen is before,
        tuple(call for call in chosen.calls if call.name not in done),
        quota.left_today() if is_free else None,
        FREE.per_day if is_free else None,
    )


def execute(
    connection: Connection, backfill: Backfill, report: Callable[[Call, int | Failure], None]
) -> tuple[Call, ...]:
    """Make the remaining calls; `report` gets each with the number of rows it loaded, or its failure.

    Returns the calls that still remain: those that failed, and those after a failure that affects all.
    """
    table, dataset = connection.progress(), backfill.contract.name
    table.put_item(Item={"owner": _OWNER, "item": dataset, "plan": msgspec.json.encode(backfill.plan).decode()})
    remaining = list(backfill.remaining)
    for call, outcome in _outcomes(connection, backfill):
        report(call, outcome)
        if not isinstance(outcome, Failure):
            remaining.remove(call)
    if not remaining:
        table.delete_item(Key={"owner": _OWNER, "item": dataset})
    return tuple(remaining)


def _outcomes(connection: Connection, backfill: Backfill) -> Iterable[tuple[Call, int | Failure]]:
    client = connection.client("lambda", _CONFIG)
    for call in backfill.remaining:
        outcome = _invoke(client, connection, backfill, call)
        yield call, outcome
        if isinstance(outcome, Failure) and outcome.is_end:
            return


def _invoke(client: Any, connection: Connection, backfill: Backfill, call: Call) -> int | Failure:
    event = {
        "dataset": backfill.contract.name,
        "symbols": [call.symbol],
        "run": backfill.plan.run,
        "history": {"since": backfill.plan.since, "month": call.month},
    }
    function = connection.environment.producer_function("alpha-vantage")
    answer = client.invoke(FunctionName=function, Payload=msgspec.json.encode(event))
    payload = msgspec.json.decode(answer["Payload"].read())
    if "FunctionError" not in answer:
        return int(payload["rows"])
    text = str(payload.get("errorMessage", payload))
    return Failure(text, is_end=payload.get("errorType") != AlphaVantageError.__name__)


def _done(table: Any, dataset: str, run: str) -> set[str]:
    """The names of the calls that were acknowledged."""
    prefix = done_item(dataset, run)
    asked: dict[str, Any] = {"KeyConditionExpression": Key("owner").eq(DONE_OWNER) & Key("item").begins_with(prefix)}
    found: set[str] = set()
    while True:
        page = table.query(**asked, ConsistentRead=True)
        found |= {item["item"].removeprefix(prefix) for item in page["Items"]}
        if "LastEvaluatedKey" not in page:
            return found
        asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]
