"""Takes one execution from QUEUED to its end: runs the statement, keeps its rows, writes the result to S3."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from local.athena.api.executions import Execution, Executions
from local.athena.api.results import Result, output, write_rows
from local.athena.api.saved import PreparedStatements
from local.athena.cancel import Cancel
from local.athena.clients import Clients
from local.athena.engine import Engine
from local.athena.errors import QueryCancelledError, QueryError
from local.athena.reading.scan import Meter
from local.athena.statements.ddl import Ddl
from local.athena.statements.kinds import Statement
from local.athena.statements.nodes import Deallocate, Prepare
from local.athena.statements.utility import Utility
from local.athena.writing.writes import Job, Writes


@dataclass(frozen=True)
class Run:
    """What an execution is run with: its statement, its workgroup's rules, and what stops it."""

    statement: Statement
    scan_limit: int | None
    enforced: bool
    cancel: Cancel


class Runner:
    """Runs executions; safe to call from several threads."""

    def __init__(
        self,
        clients: Clients,
        executions: Executions,
        prepared: PreparedStatements,
        now: Callable[[], float],
        spill: Path,
    ) -> None:
        self._s3 = clients.s3
        self._executions = executions
        self._prepared = prepared
        self._now = now
        self._engine = Engine(clients, lambda: datetime.fromtimestamp(now(), UTC), spill)
        self._utility = Utility(clients.glue, self._engine)
        self._ddl = Ddl(clients, self._engine, now)
        self._writes = Writes(clients, self._engine, now, spill)

    def run(self, execution: Execution, run: Run) -> None:
        """Never raises: any failure becomes the execution's state and reason."""
        if self._executions.update(execution.id, state="RUNNING", started=self._now()).has_ended:
            return
        meter = Meter(run.scan_limit)
        try:
            self._answer(execution, run, meter)
        except QueryCancelledError as error:
            self._end(execution, meter, state="CANCELLED", reason=str(error))
        except QueryError as error:
            self._end(execution, meter, state="FAILED", reason=error.reason, error=error.athena_error)
        except Exception as error:  # noqa: BLE001 - the pool would lose it and the query would run for ever
            failure = QueryError("GENERIC_INTERNAL_ERROR", f"{type(error).__name__}: {error}")
            self._end(execution, meter, state="FAILED", reason=failure.reason, error=failure.athena_error)

    def _answer(self, execution: Execution, run: Run, meter: Meter) -> None:
        statement, tree = run.statement, run.statement.tree
        if statement.substatement == "SELECT":
            with self._engine.query(statement.sql, tree, execution.database, meter, run.cancel) as result:
                self._keep(execution, result)
        else:
            result = self._result(execution, run, meter)
        manifest = "" if result.manifest is None or not execution.output else f"{execution.output}-manifest.csv"
        self._end(
            execution,
            meter,
            state="SUCCEEDED",
            columns=tuple(result.columns),
            header=result.header,
            updated=result.updated,
            manifest=manifest,
        )

    def _result(self, execution: Execution, run: Run, meter: Meter) -> Result:
        statement, database = run.statement, execution.database
        if statement.substatement == "CREATE_TABLE_AS_SELECT" or statement.type == "DML":
            keep = partial(self._keep, execution)
            job = Job(statement, database, execution.id, execution.output, run.enforced, meter, run.cancel, keep)
            return self._writes.run(job)
        if statement.type == "UTILITY":
            result = self._utility.run(statement, database)
        elif isinstance(statement.tree, Prepare | Deallocate):
            result = self._prepared.run(statement.tree, execution.workgroup)
        else:
            result = self._ddl.run(statement, database)
        self._keep(execution, result)
        return result

    def _keep(self, execution: Execution, result: Result) -> None:
        rows = self._executions.rows(execution.id)
        write_rows(rows, result)
        if not execution.output:
            return
        metadata = json.dumps([column.info() for column in result.columns]).encode()
        objects = {f"{execution.output}.metadata": metadata}
        if result.manifest is None:
            objects[execution.output] = output(rows, result.header)
        else:
            objects[f"{execution.output}-manifest.csv"] = "".join(f"{each}\n" for each in result.manifest).encode()
        self._put(execution, objects)

    def _put(self, execution: Execution, objects: Mapping[str, bytes]) -> None:
        try:
            for address, body in objects.items():
                url = urlsplit(address)
                self._s3.put_object(Bucket=url.netloc, Key=url.path.lstrip("/"), Body=body)
        except ClientError as error:
            reason = error.response["Error"].get("Message", str(error))
            raise QueryError("S3_WRITE_FAILED", f"Result cannot be written to {execution.output}: {reason}") from None

    def _end(self, execution: Execution, meter: Meter, **changes: object) -> None:
        self._executions.update(execution.id, ended=self._now(), scanned=meter.scanned, **changes)
