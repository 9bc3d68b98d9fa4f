"""Named queries and prepared statements: texts that are kept for people.

https://docs.aws.amazon.com/athena/latest/APIReference/API_NamedQuery.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from local.athena.api.results import Result
from local.athena.api.workgroups import PRIMARY
from local.athena.errors import QueryError
from local.athena.statements.nodes import Deallocate, Prepare
from local.protocol import AwsError, Json
from local.store import Store

_MISSING = "The prepared statement was not found"


class NamedQueries:
    """Queries by id."""

    def __init__(self, store: Store, new_id: Callable[[], str]) -> None:
        self._store = store
        self._new_id = new_id

    def create(self, request: Mapping[str, Any]) -> Json:
        query_id = self._new_id()
        members = ("Name", "Description", "Database", "QueryString")
        query = {name: request[name] for name in members if name in request}
        workgroup = request.get("WorkGroup", PRIMARY)
        self._store.put(query_id, {**query, "NamedQueryId": query_id, "WorkGroup": workgroup})
        return {"NamedQueryId": query_id}

    def get(self, request: Mapping[str, Any]) -> Json:
        query = self._store.get(request["NamedQueryId"])
        if query is None:
            raise AwsError("InvalidRequestException", f"NamedQuery {request['NamedQueryId']} was not found")
        return {"NamedQuery": query}

    def batch_get(self, request: Mapping[str, Any]) -> Json:
        found = {query_id: self._store.get(query_id) for query_id in request["NamedQueryIds"]}
        missing = [{"NamedQueryId": query_id} for query_id, query in found.items() if query is None]
        return {"NamedQueries": [query for query in found.values() if query], "UnprocessedNamedQueryIds": missing}

    def list(self, request: Mapping[str, Any]) -> Json:
        group = request.get("WorkGroup", PRIMARY)
        return {"NamedQueryIds": [each["NamedQueryId"] for each in self._store.all() if each["WorkGroup"] == group]}

    def update(self, request: Mapping[str, Any]) -> Json:
        query = self.get(request)["NamedQuery"]
        changes = {name: request[name] for name in ("Name", "Description", "QueryString") if name in request}
        self._store.put(request["NamedQueryId"], {**query, **changes})
        return {}

    def delete(self, request: Mapping[str, Any]) -> Json:
        self._store.remove(request["NamedQueryId"])
        return {}


class PreparedStatements:
    """Statements by workgroup and name."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now

    def create(self, request: Mapping[str, Any]) -> Json:
        key = _key(request)
        if self._store.get(key) is not None:
            raise AwsError("InvalidRequestException", f"Prepared statement {key} already exists")
        return self._put(request)

    def update(self, request: Mapping[str, Any]) -> Json:
        self.get(request)
        return self._put(request)

    def get(self, request: Mapping[str, Any]) -> Json:
        statement = self._store.get(_key(request))
        if statement is None:
            raise AwsError("ResourceNotFoundException", f"Prepared statement {_key(request)} was not found")
        return {"PreparedStatement": statement}

    def batch_get(self, request: Mapping[str, Any]) -> Json:
        found, missing = [], []
        for name in request["PreparedStatementNames"]:
            statement = self._store.get(_key({"WorkGroup": request["WorkGroup"], "StatementName": name}))
            if statement is None:
                missing.append({"StatementName": name, "ErrorCode": "STATEMENT_NOT_FOUND", "ErrorMessage": _MISSING})
            else:
                found.append(statement)
        return {"PreparedStatements": found, "UnprocessedPreparedStatementNames": missing}

    def run(self, statement: Prepare | Deallocate, workgroup: str) -> Result:
        """PREPARE, which replaces a statement of the same name, and DEALLOCATE PREPARE; raises `QueryError`."""
        name = {"WorkGroup": workgroup, "StatementName": statement.name}
        if isinstance(statement, Prepare):
            self._put({**name, "QueryStatement": statement.text("text")})
        elif not self._store.remove(_key(name)):
            raise QueryError("NOT_FOUND", f"Prepared statement {statement.name} not found in workgroup {workgroup}")
        return Result([], [], header=False)

    def text(self, name: str, workgroup: str) -> str:
        """The text that EXECUTE runs; raises `AwsError`."""
        found = self._store.get(_key({"WorkGroup": workgroup, "StatementName": name}))
        if found is None:
            raise AwsError(
                "InvalidRequestException", f"PreparedStatement {name} was not found in workgroup {workgroup}"
            )
        return str(found["QueryStatement"])

    def list(self, request: Mapping[str, Any]) -> Json:
        members = ("StatementName", "LastModifiedTime")
        found = [each for each in self._store.all() if each["WorkGroupName"] == request["WorkGroup"]]
        return {"PreparedStatements": [{name: each[name] for name in members} for each in found]}

    def delete(self, request: Mapping[str, Any]) -> Json:
        self.get(request)
        self._store.remove(_key(request))
        return {}

    def _put(self, request: Mapping[str, Any]) -> Json:
        statement = {
            "StatementName": request["StatementName"],
            "QueryStatement": request["QueryStatement"],
            "WorkGroupName": request["WorkGroup"],
            "Description": request.get("Description", ""),
            "LastModifiedTime": self._now(),
        }
        self._store.put(_key(request), statement)
        return {}


def _key(request: Mapping[str, Any]) -> str:
    return f"{request.get('WorkGroup', request.get('WorkGroupName'))}/{request['StatementName']}"
