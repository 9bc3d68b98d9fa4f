"""Athena's operations, as the gateway serves them."""

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.athena.clients import Clients
from local.athena.engine import Cancel
from local.athena.executions import Execution, Executions
from local.athena.metadata import Metadata
from local.athena.results import MAX_PAGE_ROWS, page
from local.athena.runner import Runner
from local.athena.saved import NamedQueries, PreparedStatements
from local.athena.statements import Statement, parse
from local.athena.store import Store
from local.athena.workgroups import PRIMARY, Workgroups, output_folder
from local.protocol import AwsError, Json

MAX_QUERY_BYTES = 262144
"""https://docs.aws.amazon.com/athena/latest/ug/service-limits.html"""
_PARALLEL_QUERIES = 4


class _Asked(dict[str, Any]):
    """A request's parameters; asking for one that is absent answers the client."""

    def __missing__(self, name: str) -> Any:
        raise AwsError("InvalidRequestException", f"The parameter {name} is needed")


Operation = Callable[[Mapping[str, Any]], Json]


class Athena:
    """The service of target prefix `AmazonAthena`. What it keeps lies in `data_dir` and survives a restart."""

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
        self._runner = Runner(clients, self._executions, now, data_dir / "spill")
        self._workgroups = Workgroups(Store(data_dir / "workgroups.json"), now)
        self._named = NamedQueries(Store(data_dir / "named-queries.json"), new_id)
        self._prepared = PreparedStatements(Store(data_dir / "prepared-statements.json"), now)
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
            raise AwsError("MetadataException", str(error)) from None

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
            "DeleteNamedQuery": self._named.delete,
            "CreatePreparedStatement": self._prepared.create,
            "UpdatePreparedStatement": self._prepared.update,
            "GetPreparedStatement": self._prepared.get,
            "ListPreparedStatements": self._prepared.list,
            "DeletePreparedStatement": self._prepared.delete,
            "ListDataCatalogs": self._metadata.list_catalogues,
            "GetDataCatalog": self._metadata.get_catalogue,
            "GetDatabase": self._metadata.get_database,
            "ListDatabases": self._metadata.list_databases,
            "GetTableMetadata": self._metadata.get_table,
            "ListTableMetadata": self._metadata.list_tables,
        }

    def _start(self, request: Mapping[str, Any]) -> Json:
        token = request.get("ClientRequestToken", "")
        with self._lock:
            if token in self._tokens:
                return {"QueryExecutionId": self._tokens[token]}
        sql = request["QueryString"]
        if len(sql.encode()) > MAX_QUERY_BYTES:
            raise AwsError("InvalidRequestException", f"Query text is longer than {MAX_QUERY_BYTES} bytes")
        group = self._workgroups.find(request.get("WorkGroup", PRIMARY))
        folder = output_folder(group, request)
        statement = parse(sql, request.get("ExecutionParameters", ()))
        execution = self._execution_of(statement, request, group["Name"], folder)
        with self._lock:
            if token:
                self._tokens[token] = execution.id
        self._submit(execution, statement, group["Configuration"].get("BytesScannedCutoffPerQuery"))
        return {"QueryExecutionId": execution.id}

    def _execution_of(self, statement: Statement, request: Mapping[str, Any], group: str, folder: str) -> Execution:
        execution_id = self._new_id()
        return Execution(
            id=execution_id,
            query=statement.sql,
            type=statement.type,
            substatement=statement.substatement,
            database=request.get("QueryExecutionContext", {}).get("Database", "").lower(),
            workgroup=group,
            output=f"{folder}{execution_id}.{'csv' if statement.type == 'DML' else 'txt'}",
            submitted=self._now(),
        )

    def _submit(self, execution: Execution, statement: Statement, limit: int | None) -> None:
        self._executions.add(execution)
        cancel = Cancel()
        with self._lock:
            self._cancels[execution.id] = cancel
        running = self._pool.submit(self._runner.run, execution, statement, limit, cancel)
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
        start, size = int(request.get("NextToken", 0)), int(request.get("MaxResults", 50))
        answer: Json = {"QueryExecutionIds": ids[start : start + size]}
        return answer if start + size >= len(ids) else {**answer, "NextToken": str(start + size)}

    def _results(self, request: Mapping[str, Any]) -> Json:
        execution = self._execution(request)
        if execution.state != "SUCCEEDED":
            ended = execution.has_ended
            why = f"Query did not finish successfully. Final query state: {execution.state}"
            waiting = f"Query has not yet finished. Current state: {execution.state}"
            raise AwsError("InvalidRequestException", why if ended else waiting)
        size = min(int(request.get("MaxResults", MAX_PAGE_ROWS)), MAX_PAGE_ROWS)
        rows, following = page(self._executions.rows(execution.id), request.get("NextToken"), size)
        metadata = {"ColumnInfo": [column.info() for column in execution.columns]}
        answer: Json = {"ResultSet": {"Rows": rows, "ResultSetMetadata": metadata}, "UpdateCount": 0}
        return {**answer, "NextToken": following} if following else answer

    def _runtime(self, request: Mapping[str, Any]) -> Json:
        statistics = self._execution(request).describe()["Statistics"]
        names = {"EngineExecutionTimeInMillis", "TotalExecutionTimeInMillis", "QueryQueueTimeInMillis"}
        timeline = {name: value for name, value in statistics.items() if name in names}
        scanned = {"InputBytes": statistics.get("DataScannedInBytes", 0)}
        return {"QueryRuntimeStatistics": {"Timeline": timeline, "Rows": scanned}}
