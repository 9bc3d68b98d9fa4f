"""A query through the Athena API, start to rows.

https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

POLL_SECONDS = 0.1


class Client(Protocol):
    """What this module needs of boto3's Athena client."""

    def start_query_execution(self, **request: Any) -> dict[str, Any]: ...
    def get_query_execution(self, **request: Any) -> dict[str, Any]: ...
    def get_query_results(self, **request: Any) -> dict[str, Any]: ...


class QueryError(Exception):
    """Athena refused or stopped the query; the text is Athena's reason."""


@dataclass(frozen=True)
class Result:
    """A finished query. Values are text as Athena gives them; None is SQL's NULL."""

    columns: list[str]
    rows: list[list[str | None]]
    scanned_bytes: int
    milliseconds: int


def run(client: Client, sql: str, database: str, workgroup: str) -> Result:
    """The result of `sql`; raises `QueryError`."""
    started = client.start_query_execution(
        QueryString=sql, QueryExecutionContext={"Database": database}, WorkGroup=workgroup
    )
    execution = _finished(client, started["QueryExecutionId"])
    status, statistics = execution["Status"], execution.get("Statistics", {})
    if status["State"] != "SUCCEEDED":
        raise QueryError(status.get("StateChangeReason", status["State"]))
    columns, rows = _results(client, execution["QueryExecutionId"])
    return Result(
        columns, rows, statistics.get("DataScannedInBytes", 0), statistics.get("TotalExecutionTimeInMillis", 0)
    )


def _finished(client: Client, execution_id: str) -> dict[str, Any]:
    while True:
        execution: dict[str, Any] = client.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]
        if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
            return execution
        time.sleep(POLL_SECONDS)


def _results(client: Client, execution_id: str) -> tuple[list[str], list[list[str | None]]]:
    columns: list[str] = []
    rows: list[list[str | None]] = []
    for page in _pages(client, execution_id):
        columns = [column["Name"] for column in page["ResultSetMetadata"]["ColumnInfo"]]
        rows += [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["Rows"]]
    if rows and rows[0] == columns:  # a SELECT's first row repeats its header
        del rows[0]
    return columns, rows


def _pages(client: Client, execution_id: str) -> Iterator[dict[str, Any]]:
    more: dict[str, str] = {}
    while True:
        answer = client.get_query_results(QueryExecutionId=execution_id, **more)
        yield answer["ResultSet"]
        if not (token := answer.get("NextToken")):
            return
        more = {"NextToken": token}
