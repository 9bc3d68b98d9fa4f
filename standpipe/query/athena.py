"""A query through the Athena API, start to rows.

https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from botocore.exceptions import ClientError

FileFormat = Literal["csv", "json", "parquet"]
"""The files that an answer is written to."""

POLL_SECONDS = 0.1


class Client(Protocol):
    """What this module needs of boto3's Athena client."""

    def start_query_execution(self, **request: Any) -> dict[str, Any]: ...
    def stop_query_execution(self, **request: Any) -> dict[str, Any]: ...
    def get_query_execution(self, **request: Any) -> dict[str, Any]: ...
    def get_query_results(self, **request: Any) -> dict[str, Any]: ...
    def get_paginator(self, operation_name: str) -> Any: ...


class QueryError(Exception):
    """Athena refused or stopped the query; the text is Athena's reason."""


class QueryStoppedError(QueryError):
    """The query was interrupted by Ctrl-C or SIGTERM, and Athena was asked to stop it."""


class NamedTwiceError(QueryError):
    """Two columns of an answer have the same name, which JSON and Parquet cannot represent."""


@dataclass(frozen=True)
class Column:
    """A result's column. `type` is Athena's, e.g. `decimal`; precision and scale are those of decimals."""

    name: str
    type: str
    precision: int = 0
    scale: int = 0


@dataclass(frozen=True)
class Statistics:
    """How long a query took, in milliseconds, and what it scanned. `billed`: DDL costs nothing unless it reads."""

    scanned_bytes: int
    queue: int
    engine: int
    total: int
    billed: bool


Row = list[str | None]


@dataclass(frozen=True)
class Answer:
    """A query that succeeded. Its rows are fetched page by page while they are read, and again each time."""

    client: Client
    execution_id: str
    columns: Sequence[Column]
    statistics: Statistics
    has_header: bool

    def rows(self) -> Iterator[Row]:
        """Values are text as Athena returns them; None is SQL's NULL."""
        names = [column.name for column in self.columns]
        pages = self.client.get_paginator("get_query_results").paginate(QueryExecutionId=self.execution_id)
        for number, page in enumerate(pages):
            rows = [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
            rows = rows[1:] if number == 0 and self.has_header and rows[:1] == [names] else rows
            yield from (row if len(row) == len(names) else _spread(row, len(names)) for row in rows)


@dataclass(frozen=True)
class Result:
    """A small answer with all its rows in memory."""

    columns: list[str]
    rows: list[Row]
    statistics: Statistics


def run(client: Client, sql: str, database: str, workgroup: str) -> Result:
    """The result of `sql`; raises `QueryError`."""
    answer = ask(client, sql, database, workgroup)
    return Result([column.name for column in answer.columns], list(answer.rows()), answer.statistics)


def ask(client: Client, sql: str, database: str, workgroup: str, parameters: Sequence[str] = ()) -> Answer:
    """The answer to `sql`, its `?` placeholders filled with `parameters`, which are SQL literals.

    Raises `QueryError`; an interrupt stops the query on the server and raises `QueryStoppedError`.
    """
    request: dict[str, Any] = {
        "QueryString": sql,
        "QueryExecutionContext": {"Database": database},
        "WorkGroup": workgroup,
        **({"ExecutionParameters": list(parameters)} if parameters else {}),
    }
    execution_id = _started(client, request)
    execution = _finished(client, execution_id)
    status = execution["Status"]
    if status["State"] != "SUCCEEDED":
        raise QueryError(status.get("StateChangeReason", status["State"]))
    first = client.get_query_results(QueryExecutionId=execution_id, MaxResults=1)["ResultSet"]
    columns = [_column(info) for info in first["ResultSetMetadata"]["ColumnInfo"]]
    return Answer(client, execution_id, columns, _statistics(execution), execution.get("StatementType") == "DML")


def _started(client: Client, request: dict[str, Any]) -> str:
    try:
        return str(client.start_query_execution(**request)["QueryExecutionId"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "InvalidRequestException":  # the query itself is wrong
            raise QueryError(error.response["Error"]["Message"]) from None
        raise


def _finished(client: Client, execution_id: str) -> dict[str, Any]:
    try:
        while True:
            execution: dict[str, Any] = client.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return execution
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        client.stop_query_execution(QueryExecutionId=execution_id)
        raise QueryStoppedError(f"query {execution_id} was stopped") from None


def _spread(row: Row, width: int) -> Row:
    """A value for each column of DESCRIBE, whose rows are one text with tabs between padded words."""
    cells = [cell.strip() for text in row for cell in (text or "").split("\t", width - 1)]
    return [*cells, *[""] * (width - len(cells))]


def _column(info: dict[str, Any]) -> Column:
    return Column(info["Name"], info["Type"], info.get("Precision", 0), info.get("Scale", 0))


def _statistics(execution: dict[str, Any]) -> Statistics:
    found = execution.get("Statistics", {})
    scanned = found.get("DataScannedInBytes", 0)
    return Statistics(
        scanned_bytes=scanned,
        queue=found.get("QueryQueueTimeInMillis", 0),
        engine=found.get("EngineExecutionTimeInMillis", 0),
        total=found.get("TotalExecutionTimeInMillis", 0),
        billed=execution.get("StatementType") == "DML" or scanned > 0,
    )
