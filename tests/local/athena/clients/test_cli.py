"""The AWS CLI's Athena commands, as its reference shows them. https://docs.aws.amazon.com/cli/latest/reference/athena/"""

import json
import subprocess
import sys
from typing import Any

import boto3
import pytest

from tests.local.athena.clients.conftest import MANY, STAGING

pytestmark = pytest.mark.usefixtures("endpoint")


def aws(*arguments: str) -> Any:
    """What `aws athena ...` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "awscli", "athena", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout else None


def test_a_query_is_started_watched_and_read() -> None:
    started = aws(
        *("start-query-execution", "--query-string", "SELECT count(*) AS n FROM many_rows WHERE a >= ?"),
        *("--work-group", "primary", "--query-execution-context", "Database=default,Catalog=AwsDataCatalog"),
        *("--result-configuration", f"OutputLocation={STAGING}", "--execution-parameters", "10"),
    )
    execution_id = started["QueryExecutionId"]
    athena, state = boto3.client("athena"), ""
    while state not in ("SUCCEEDED", "FAILED"):
        state = athena.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]["Status"]["State"]
    execution = aws("get-query-execution", "--query-execution-id", execution_id)["QueryExecution"]
    assert (execution["Status"]["State"], execution["StatementType"]) == ("SUCCEEDED", "DML")
    rows = aws("get-query-results", "--query-execution-id", execution_id)["ResultSet"]["Rows"]
    assert rows[1]["Data"] == [{"VarCharValue": str(MANY - 10)}]
