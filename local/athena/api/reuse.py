"""Whether a query may take the result of an earlier one.

https://docs.aws.amazon.com/athena/latest/ug/reusing-query-results.html
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from local.athena.api.executions import Execution, Executions
from local.athena.clients import S3
from local.athena.statements.kinds import Statement
from local.athena.trino import Language
from local.protocol import AwsError

MAX_MINUTES = 10080
_MINUTE = 60


def reuse_minutes(request: Mapping[str, Any]) -> int | None:
    """How old a result may be that a StartQueryExecution takes, in minutes, None for none; raises `AwsError`."""
    asked = request.get("ResultReuseConfiguration", {}).get("ResultReuseByAgeConfiguration", {})
    if not asked.get("Enabled"):
        return None
    minutes = int(asked.get("MaxAgeInMinutes", 60))
    if not 0 <= minutes <= MAX_MINUTES:
        raise AwsError("InvalidRequestException", f"MaxAgeInMinutes must be 0 to {MAX_MINUTES}, not {minutes}")
    return minutes


def canonical(statement: Statement) -> str:
    """The statement's words and its parameters, without comments, spacing and cases that mean nothing; empty for other
    than a SELECT."""
    if statement.substatement != "SELECT":
        return ""
    words = (statement.sql[token.start : token.end + 1] for token in Language().tokenize(statement.sql))
    return json.dumps([[word if set(word) & set("'\"") else word.upper() for word in words], statement.parameters])


class Reuse:
    """Finds results to take. Thread-safe."""

    def __init__(self, executions: Executions, s3: S3, now: Callable[[], float]) -> None:
        self._executions = executions
        self._s3 = s3
        self._now = now

    def of(self, execution: Execution, folder: str) -> Execution | None:
        """The newest execution of the same query in the same place whose result is young enough and still there."""
        if execution.reuse_minutes is None or not execution.canonical:
            return None
        oldest = self._now() - execution.reuse_minutes * _MINUTE
        for each in self._executions.succeeded(execution.workgroup):
            same = (each.canonical, each.database) == (execution.canonical, execution.database)
            if same and not each.reused and each.ended >= oldest and each.output == f"{folder}{each.id}.csv":
                return each if self._is_there(each.output) else None
        return None

    def _is_there(self, address: str) -> bool:
        url = urlsplit(address)
        try:
            found = self._s3.list_objects_v2(Bucket=url.netloc, Prefix=url.path.lstrip("/"))
        except ClientError:
            return False
        return any(each["Key"] == url.path.lstrip("/") for each in found.get("Contents", []))
