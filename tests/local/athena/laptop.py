"""A Glue catalogue in memory, an S3 in a folder, and an Athena between them."""

import base64
import io
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from botocore.exceptions import ClientError

from local.athena import Athena

Json = dict[str, Any]
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
"""When every object was written."""
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


def failing(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)


@dataclass
class GlueInMemory:
    """Databases of tables by name, and registered partitions; pages of two so that paging is walked."""

    databases: dict[str, dict[str, Json]] = field(default_factory=lambda: {"db": {}})
    partitions: dict[str, list[Json]] = field(default_factory=dict)

    def get_databases(self, **request: Any) -> Json:
        return _paged("DatabaseList", [{"Name": name} for name in self.databases], request)

    def get_tables(self, **request: Any) -> Json:
        if request["DatabaseName"] not in self.databases:
            raise failing("EntityNotFoundException", "GetTables")
        return _paged("TableList", list(self.databases[request["DatabaseName"]].values()), request)

    def get_table(self, **request: Any) -> Json:
        table = self.databases.get(request["DatabaseName"], {}).get(request["Name"])
        if table is None:
            raise failing("EntityNotFoundException", "GetTable")
        return {"Table": table}

    def get_partitions(self, **request: Any) -> Json:
        return _paged("Partitions", self.partitions.get(request["TableName"], []), request)

    def create_table(self, **request: Any) -> Json:
        self.databases[request["DatabaseName"]][request["TableInput"]["Name"]] = request["TableInput"]
        return {}

    update_table = create_table

    def delete_table(self, **request: Any) -> Json:
        del self.databases[request["DatabaseName"]][request["Name"]]
        self.partitions.pop(request["Name"], None)
        return {}

    def create_database(self, **request: Any) -> Json:
        self.databases[request["DatabaseInput"]["Name"]] = {}
        return {}

    def delete_database(self, **request: Any) -> Json:
        del self.databases[request["Name"]]
        return {}

    def get_partition(self, **request: Any) -> Json:
        return {"Partition": self._partition(request["TableName"], request["PartitionValues"])}

    def batch_update_partition(self, **request: Any) -> Json:
        for entry in request["Entries"]:
            self._partition(request["TableName"], entry["PartitionValueList"]).update(entry["PartitionInput"])
        return {}

    def batch_create_partition(self, **request: Any) -> Json:
        self.partitions.setdefault(request["TableName"], []).extend(request["PartitionInputList"])
        return {}

    def delete_partition(self, **request: Any) -> Json:
        self.partitions[request["TableName"]].remove(self._partition(request["TableName"], request["PartitionValues"]))
        return {}

    def _partition(self, table: str, values: list[str]) -> Json:
        return next(each for each in self.partitions[table] if each["Values"] == values)


def _paged(member: str, things: list[Json], request: Mapping[str, Any]) -> Json:
    start = int(request.get("NextToken", 0))
    answer: Json = {member: things[start : start + 2]}
    return answer if start + 2 >= len(things) else {**answer, "NextToken": str(start + 2)}


@dataclass
class S3InFolder:
    """Buckets are folders; lists three keys a page; remembers which prefixes were asked for and the bytes it sent."""

    root: Path
    asked: list[str] = field(default_factory=list)
    sent: int = 0

    def list_objects_v2(self, **request: Any) -> Json:
        bucket = self.root / request["Bucket"]
        if not bucket.is_dir():
            raise failing("NoSuchBucket", "ListObjectsV2")
        if "ContinuationToken" not in request:
            self.asked.append(request["Prefix"])
        keys = sorted(path.relative_to(bucket).as_posix() for path in bucket.rglob("*") if path.is_file())
        keys = [key for key in keys if key.startswith(request["Prefix"])]
        start = int(request.get("ContinuationToken", 0))
        contents = [
            {"Key": key, "Size": (bucket / key).stat().st_size, "LastModified": WRITTEN}
            for key in keys[start : start + 3]
        ]
        more = start + 3 < len(keys)
        return {
            "Contents": contents,
            "IsTruncated": more,
            **({"NextContinuationToken": str(start + 3)} if more else {}),
        }

    def get_object(self, **request: Any) -> Json:
        """A range of an object."""
        body = (self.root / request["Bucket"] / request["Key"]).read_bytes()
        start, end = (int(each) for each in request["Range"].removeprefix("bytes=").split("-"))
        self.sent += len(body[start : end + 1])
        return {"Body": io.BytesIO(body[start : end + 1])}

    def put_object(self, **request: Any) -> Json:
        if not (self.root / request["Bucket"]).is_dir():
            raise failing("NoSuchBucket", "PutObject")
        path = self.root / request["Bucket"] / request["Key"]
        path.parent.mkdir(parents=True, exist_ok=True)
        body = request["Body"]
        path.write_bytes(body if isinstance(body, bytes) else body.read())
        return {}

    def delete_object(self, **request: Any) -> Json:
        (self.root / request["Bucket"] / request["Key"]).unlink(missing_ok=True)
        return {}


@dataclass
class Laptop:
    """The service with the fakes around it."""

    glue: GlueInMemory
    s3: S3InFolder
    athena: Athena
    root: Path

    def put(self, uri: str, table: pa.Table) -> int:
        """Write a Parquet object as Firehose does; returns its size."""
        path = self.root / uri.removeprefix("s3://")
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path, use_deprecated_int96_timestamps=True)
        return path.stat().st_size

    def table(self, name: str, columns: Mapping[str, str], location: str, **more: Any) -> None:
        """Create a Parquet table; `keys` are its partition keys, `parameters` its parameters."""
        self.glue.databases["db"][name] = {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [{"Name": key, "Type": kind} for key, kind in more.get("keys", {}).items()],
            "Parameters": more.get("parameters", {}),
            "StorageDescriptor": {
                "Columns": [{"Name": column, "Type": kind} for column, kind in columns.items()],
                "Location": location,
                "SerdeInfo": {
                    "SerializationLibrary": more.get("serde", PARQUET),
                    "Parameters": more.get("serde_parameters", {}),
                },
            },
        }

    def view(self, name: str, sql: str, columns: Sequence[Json] = ()) -> None:
        """Create a view as CloudFormation does; `columns` are those it declares, with Trino's types."""
        view = {"originalSql": sql, "catalog": "awsdatacatalog", "schema": "db", "columns": list(columns)}
        self.glue.databases["db"][name] = {
            "Name": name,
            "TableType": "VIRTUAL_VIEW",
            "ViewOriginalText": f"/* Presto View: {base64.b64encode(json.dumps(view).encode()).decode()} */",
            "ViewExpandedText": "/* Presto View */",
            "Parameters": {"presto_view": "true"},
            "StorageDescriptor": {"Columns": [], "SerdeInfo": {}},
        }

    def start(self, sql: str, **request: Any) -> str:
        context = {"QueryExecutionContext": {"Database": "db"}, "WorkGroup": "standpipe"}
        answer = self.athena.call("StartQueryExecution", {"QueryString": sql, **context, **request})
        return str(answer["QueryExecutionId"])

    def wait(self, execution_id: str) -> Json:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            execution: Json = self.athena.call("GetQueryExecution", {"QueryExecutionId": execution_id})[
                "QueryExecution"
            ]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return execution
            time.sleep(0.005)
        raise TimeoutError(f"query {execution_id} has not ended")

    def execution(self, sql: str, **request: Any) -> Json:
        """The ended execution of a query."""
        return self.wait(self.start(sql, **request))

    def rows(self, sql: str, **request: Any) -> list[list[str | None]]:
        """The rows of a query that must succeed, header first."""
        execution = self.execution(sql, **request)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        answer = self.athena.call("GetQueryResults", {"QueryExecutionId": execution["QueryExecutionId"]})
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in answer["ResultSet"]["Rows"]]

    def value(self, expression: str) -> str | None:
        """What `SELECT expression` gives."""
        return self.rows(f"SELECT {expression}")[1][0]

    def reason(self, sql: str, **request: Any) -> str:
        """Why a query that must fail fails."""
        status = self.execution(sql, **request)["Status"]
        assert status["State"] == "FAILED", status
        return str(status["StateChangeReason"])


RATE_COLUMNS = {"base": "string", "quote": "string", "date": "date", "close": "double", "ingested_at": "timestamp"}


def rates(year: int, close: float, ingested: str = "2026-01-01") -> pa.Table:
    """Three days of one year's USD to GBP rates."""
    return pa.table(
        {
            "base": ["USD"] * 3,
            "quote": ["GBP"] * 3,
            "date": [date(year, 1, day) for day in (1, 2, 3)],
            "close": [close, close + 0.25, close + 0.5],
            "ingested_at": pa.array([datetime.fromisoformat(ingested)] * 3, pa.timestamp("ms")),
        }
    )
