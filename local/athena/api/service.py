"""Athena's operations, as the gateway serves them."""

import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.athena.api.executions import ENGINE_VERSION, Execution, Executions
from local.athena.api.metadata import Metadata, metadata_error
from local.athena.api.results import MAX_PAGE_ROWS, page, unknown_token
from local.athena.api.reuse import Reuse, canonical, reuse_minutes
from local.athena.api.runner import Run, Runner
from local.athena.api.saved import NamedQueries, PreparedStatements
from local.athena.api.workgroups import PRIMARY, Workgroups, is_enforced, output_folder
from local.athena.cancel import Cancel
from local.athena.catalogue.glue import CATALOGUE
from local.athena.clients import Clients
from local.athena.statements.kinds import Statement, parse, values
from local.athena.statements.nodes import ExecutePrepared
from local.protocol import AwsError, Json
from local.store import Store

MAX_QUERY_BYTES = 262144
"""https://docs.aws.amazon.com/athena/latest/ug/service-limits.html"""
_PARALLEL_QUERIES = 4


class _Asked(dict[str, Any]):
    """A request's parameters; asking for one that is absent answers the client."""

    def __missing__(self, name: str) -> Any:
        raise AwsError("InvalidRequestException", f"The parameter {name} is required")


Operation = Callable[[Mapping[str, Any]], Json]


class Athena:
    """The service of target prefix `AmazonAthena`. What it keeps is stored in `data_dir` and survives a restart."""

    target_prefix = "AmazonAthena"

    def __init__(
        self,
        clients: Clients,
        data_dir: Path,
        now: Callable[[], float] = time.time,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._now = now
        self._new_id = new_id
        self._executions = Executions(data_dir / "executions")
        self._workgroups = Workgroups(Store(data_dir / "workgroups.json"), now)
        self._named = NamedQueries(Store(data_dir / "named-queries.json"), new_id)
        self._prepared = PreparedStatements(Store(data_dir / "prepared-statements.json"), now)
        self._runner = Runner(clients, self._executions, self._prepared, now, data_dir / "spill")
        self._reuse = Reuse(self._executions, clients.s3, now)
        self._metadata = Metadata(clients.glue)
        self._pool = ThreadPoolExecutor(_PARALLEL_QUERIES, "athena")
        self._lock = threading.Lock()
        self._tokens: dict[str, str] = {}
        self._cancels: dict[str, Cancel] = {}
        self._operations = self._table()

    def call(self, operation: str, request: Mapping[str, Any]) -> Json:
        """Answer one operation; raises `AwsError`."""
        answer = self._operations.get(operation)
        if answer is None:
            raise AwsError(
                "InvalidRequestException", f"{operation} is not answered here; {sorted(self._operations)} are"
            )
        try:
            return answer(_Asked(request))
        except ClientError as error:
            reported = error.response["Error"]
            raise metadata_error(reported.get("Message", str(error)), reported.get("Code", "Unknown")) from None

    def close(self) -> None:
        """Cancel what runs and wait for it."""
        with self._lock:
            running = list(self._cancels.values())
        for cancel in running:
            cancel.ask()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _table(self) -> dict[str, Operation]:
        return {
            "StartQueryExecution": self._start,
            "StopQueryExecution": self._stop,
            "GetQueryExecution": lambda asked: {"QueryExecution": self._execution(asked).describe()},
            "BatchGetQueryExecution": self._batch_get,
            "ListQueryExecutions": self._list,
            "GetQueryResults": self._results,
            "GetQueryRuntimeStatistics": self._runtime,
            "CreateWorkGroup": self._workgroups.create,
            "GetWorkGroup": self._workgroups.get,
            "ListWorkGroups": self._workgroups.list,
            "UpdateWorkGroup": self._workgroups.update,
            "DeleteWorkGroup": self._workgroups.delete,
            "CreateNamedQuery": self._named.create,
            "GetNamedQuery": self._named.get,
            "BatchGetNamedQuery": self._named.batch_get,
            "ListNamedQueries": self._named.list,
            "UpdateNamedQuery": self._named.update,
            "DeleteNamedQuery": self._named.delete,
            "CreatePreparedStatement": self._prepared.create,
            "UpdatePreparedStatement": self._prepared.update,
            "GetPreparedStatement": self._prepared.get,
            "BatchGetPreparedStatement": self._prepared.batch_get,
            "ListPreparedStatements": self._prepared.list,
            "DeletePreparedStatement": self._prepared.delete,
            "ListEngineVersions": lambda _: {"EngineVersions": [ENGINE_VERSION]},
            "ListDataCatalogs": self._metadata.list_catalogues,
            "GetDataCatalog": self._metadata.get_catalogue,
            "GetDatabase": self._metadata.get_database,
            "ListDatabases": self._metadata.list_databases,
            "GetTableMetadata": self._metadata.get_table,
            "ListTableMetadata": self._metadata.list_tables,
        }

    def _start(self, request: Mapping[str, Any]) -> Json:
        sql, token = request["QueryString"], request.get("ClientRequestToken", "")
        with self._lock:
            started = self._tokens.get(token)
        if started is not None and self._executions.get(started).query != sql:
            raise AwsError("InvalidRequestException", "Idempotent parameters do not match")
        if started is not None:
            return {"QueryExecutionId": started}
        if len(sql.encode()) > MAX_QUERY_BYTES:
            raise AwsError("InvalidRequestException", f"Query text is longer than {MAX_QUERY_BYTES} bytes")
        group = self._workgroups.find(request.get("WorkGroup", PRIMARY))
        if group["State"] == "DISABLED":
            raise AwsError("InvalidRequestException", f"WorkGroup {group['Name']} is disabled.")
        folder = output_folder(group, request)
        statement = self._statement(request, group["Name"])
        execution = self._execution_of(statement, request, group["Name"], folder)
        with self._lock:
            if token:
                self._tokens[token] = execution.id
        self._executions.add(execution)
        earlier = self._reuse.of(execution, folder)
        if earlier is not None:
            self._take(execution, earlier)
        else:
            limit = group["Configuration"].get("BytesScannedCutoffPerQuery")
            self._submit(execution, Run(statement, limit, is_enforced(group), Cancel()))
        return {"QueryExecutionId": execution.id}

    def _statement(self, request: Mapping[str, Any], workgroup: str) -> Statement:
        """What is to run: for EXECUTE, what was prepared."""
        parameters = request.get("ExecutionParameters", ())
        statement = parse(request["QueryString"], parameters)
        if isinstance(statement.tree, ExecutePrepared):
            return parse(self._prepared.text(statement.tree.name, workgroup), values(statement.tree, parameters))
        return statement

    def _execution_of(self, statement: Statement, request: Mapping[str, Any], group: str, folder: str) -> Execution:
        execution_id = self._new_id()
        context = request.get("QueryExecutionContext", {})
        if context.get("Catalog", CATALOGUE).lower() != CATALOGUE:
            raise AwsError(
                "InvalidRequestException", f"Catalog {context['Catalog']} is not answered here; AwsDataCatalog is"
            )
        return Execution(
            id=execution_id,
            query=request["QueryString"],
            type=statement.type,
            substatement=statement.substatement,
            database=context.get("Database", "").strip("`").lower(),
            workgroup=group,
            output=f"{folder}{statement.output_name.format(execution_id)}" if folder else "",
            submitted=self._now(),
            parameters=tuple(request.get("ExecutionParameters", ())),
            reuse_minutes=reuse_minutes(request),
            canonical=canonical(statement),
        )

    def _take(self, execution: Execution, earlier: Execution) -> None:
        self._executions.update(
            execution.id,
            state="SUCCEEDED",
            started=self._now(),
            ended=self._now(),
            columns=earlier.columns,
            header=earlier.header,
            output=earlier.output,
            reused=earlier.id,
        )

    def _submit(self, execution: Execution, run: Run) -> None:
        with self._lock:
            self._cancels[execution.id] = run.cancel
        running = self._pool.submit(self._runner.run, execution, run)
        running.add_done_callback(lambda _: self._forget(execution.id))

    def _forget(self, execution_id: str) -> None:
        with self._lock:
            self._cancels.pop(execution_id, None)

    def _stop(self, request: Mapping[str, Any]) -> Json:
        execution = self._execution(request)
        with self._lock:
            cancel = self._cancels.get(execution.id)
        if cancel is not None:
            cancel.ask()
        return {}

    def _execution(self, request: Mapping[str, Any]) -> Execution:
        return self._executions.get(request["QueryExecutionId"])

    def _batch_get(self, request: Mapping[str, Any]) -> Json:
        found, missing = [], []
        for execution_id in request["QueryExecutionIds"]:
            try:
                found.append(self._executions.get(execution_id).describe())
            except AwsError as error:
                missing.append(
                    {"QueryExecutionId": execution_id, "ErrorCode": error.code, "ErrorMessage": error.message}
                )
        return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}

    def _list(self, request: Mapping[str, Any]) -> Json:
        ids = self._executions.newest(request.get("WorkGroup", PRIMARY))
        token, size = str(request.get("NextToken", "0")), int(request.get("MaxResults", 50))
        if not re.fullmatch("[0-9]{1,9}", token):
            raise unknown_token(token, "ListQueryExecutions")
        start = int(token)
        answer: Json = {"QueryExecutionIds": ids[start : start + size]}
        return answer if start + size >= len(ids) else {**answer, "NextToken": str(start + size)}

    def _results(self, request: Mapping[str, Any]) -> Json:
        execution = self._execution(request)
        if execution.state != "SUCCEEDED":
            ended = execution.has_ended
            why = f"Query did not finish successfully. Final query state: {execution.state}"
            waiting = f"Query has not yet finished. Current state: {execution.state}"
            raise AwsError("InvalidRequestException", why if ended else waiting)
        if request.get("QueryResultType", "DATA_ROWS") != "DATA_ROWS":
            manifest = execution.manifest and f"the manifest is {execution.manifest}"
            why = manifest or "there is no manifest: the statement wrote nothing"
            raise AwsError("InvalidRequestException", f"{request['QueryResultType']} is not answered here; {why}")
        size = min(int(request.get("MaxResults", MAX_PAGE_ROWS)), MAX_PAGE_ROWS)
        rows, following = page(self._executions.rows(execution.reused or execution.id), request.get("NextToken"), size)
        metadata = {"ColumnInfo": [column.info() for column in execution.columns]}
        answer: Json = {"ResultSet": {"Rows": rows, "ResultSetMetadata": metadata}, "UpdateCount": execution.updated}
        return {**answer, "NextToken": following} if following else answer

    def _runtime(self, request: Mapping[str, Any]) -> Json:
        statistics = self._execution(request).describe()["Statistics"]
        names = {"EngineExecutionTimeInMillis", "TotalExecutionTimeInMillis", "QueryQueueTimeInMillis"}
        timeline = {name: value for name, value in statistics.items() if name in names}
        scanned = {"InputBytes": statistics.get("DataScannedInBytes", 0)}
        return {"QueryRuntimeStatistics": {"Timeline": timeline, "Rows": scanned}}
