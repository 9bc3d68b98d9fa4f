"""Takes one execution from QUEUED to its end: runs the statement, keeps its rows, writes the result to S3."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from local.athena.clients import Clients
from local.athena.engine import Cancel, Engine
from local.athena.errors import QueryCancelledError, QueryError
from local.athena.executions import Execution, Executions
from local.athena.results import Result, output, write_rows
from local.athena.scan import Meter
from local.athena.statements import Statement
from local.athena.utility import Utility


class Runner:
    """Runs executions; safe to call from several threads."""

    def __init__(self, clients: Clients, executions: Executions, now: Callable[[], float], spill: Path) -> None:
        self._s3 = clients.s3
        self._executions = executions
        self._now = now
        self._engine = Engine(clients, lambda: datetime.fromtimestamp(now(), UTC), spill)
        self._utility = Utility(clients.glue, self._engine)

    def run(self, execution: Execution, statement: Statement, limit: int | None, cancel: Cancel) -> None:
        """Never raises: whatever goes wrong becomes the execution's state and reason."""
        if self._executions.update(execution.id, state="RUNNING", started=self._now()).has_ended:
            return
        meter = Meter(limit)
        try:
            self._answer(execution, statement, meter, cancel)
        except QueryCancelledError as error:
            self._end(execution, meter, state="CANCELLED", reason=str(error))
        except QueryError as error:
            self._end(execution, meter, state="FAILED", reason=error.reason, error=error.athena_error)
        except Exception as error:  # noqa: BLE001 - the pool would lose it and the query would run for ever
            failure = QueryError("GENERIC_INTERNAL_ERROR", f"{type(error).__name__}: {error}")
            self._end(execution, meter, state="FAILED", reason=failure.reason, error=failure.athena_error)

    def _answer(self, execution: Execution, statement: Statement, meter: Meter, cancel: Cancel) -> None:
        if statement.kind == "query" and statement.tree is not None:
            with self._engine.query(statement.sql, statement.tree, execution.database, meter, cancel) as result:
                self._keep(execution, result)
        else:
            result = self._utility.run(statement, execution.database)
            self._keep(execution, result)
        self._end(execution, meter, state="SUCCEEDED", columns=tuple(result.columns), header=result.header)

    def _keep(self, execution: Execution, result: Result) -> None:
        rows = self._executions.rows(execution.id)
        write_rows(rows, result)
        url = urlsplit(execution.output)
        metadata = json.dumps([column.info() for column in result.columns]).encode()
        try:
            for key, body in ((url.path, output(rows, result.header)), (f"{url.path}.metadata", metadata)):
                self._s3.put_object(Bucket=url.netloc, Key=key.lstrip("/"), Body=body)
        except ClientError as error:
            reason = error.response["Error"].get("Message", str(error))
            raise QueryError("S3_WRITE_FAILED", f"Result cannot be written to {execution.output}: {reason}") from None

    def _end(self, execution: Execution, meter: Meter, **changes: object) -> None:
        self._executions.update(execution.id, ended=self._now(), scanned=meter.scanned, **changes)
