"""The local Athena over a counting S3 endpoint, with a catalogue of the bench's tables."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.scan.datasets import Dataset
from bench.scan.endpoint import Endpoint
from bench.scan.layouts import TEXT
from local.athena import Athena, Clients
from local.athena.reading.serde import LAZY_SIMPLE, PARQUET
from local.endpoint import client

BUCKET = "lake"
_RESULTS = "results"


class Glue:
    """Each layout is a database; the methods are boto3's for the operations that a query needs."""

    def __init__(self, tables: Mapping[str, Mapping[str, dict[str, Any]]]) -> None:
        self._tables = tables

    def get_databases(self, **_: Any) -> dict[str, Any]:
        return {"DatabaseList": [{"Name": name} for name in self._tables]}

    def get_table(self, **request: Any) -> dict[str, Any]:
        return {"Table": self._tables[request["DatabaseName"]][request["Name"]]}

    def get_partitions(self, **request: Any) -> dict[str, Any]:
        return {"Partitions": self._tables[request["DatabaseName"]][request["TableName"]]["Partitions"]}


def described(dataset: Dataset, layout: str, place: Path, root: Path) -> dict[str, Any]:
    """The table as Glue describes it, and its partitions."""
    text = layout == TEXT
    location = f"s3://{place.relative_to(root).as_posix()}/"
    years = sorted(folder.name for folder in place.iterdir()) if dataset.dated else []
    return {
        "Name": dataset.name,
        "PartitionKeys": [{"Name": "year", "Type": "int"}] if dataset.dated else [],
        "Partitions": [
            {"Values": [name.removeprefix("year=")], "StorageDescriptor": {"Location": f"{location}{name}/"}}
            for name in years
        ],
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": kind} for name, kind in dataset.columns.items()],
            "Location": location,
            "SerdeInfo": {
                "SerializationLibrary": LAZY_SIMPLE if text else PARQUET,
                "Parameters": {"field.delim": "|"} if text else {},
            },
        },
    }


@dataclass(frozen=True)
class Run:
    """What one query read, by the local Athena's count and by the endpoint's, and how long it took."""

    scanned: int
    sent: int
    requests: int
    seconds: float


class Laptop:
    """Runs queries."""

    def __init__(self, endpoint: Endpoint, tables: Mapping[str, Mapping[str, dict[str, Any]]], data: Path) -> None:
        self._endpoint = endpoint
        self._athena = Athena(Clients(glue=Glue(tables), s3=client(endpoint.url, "s3")), data)  # type: ignore[arg-type]
        (endpoint.root / _RESULTS).mkdir(exist_ok=True)

    def run(self, sql: str, database: str) -> Run:
        """Raises `RuntimeError` when the query fails."""
        sent, requests, began = self._endpoint.sent, self._endpoint.requests, time.perf_counter()
        asked = {
            "QueryString": sql,
            "QueryExecutionContext": {"Database": database},
            "ResultConfiguration": {"OutputLocation": f"s3://{_RESULTS}/"},
        }
        started = self._athena.call("StartQueryExecution", asked)
        while True:
            execution = self._athena.call("GetQueryExecution", started)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                break
            time.sleep(0.01)
        if execution["Status"]["State"] != "SUCCEEDED":
            raise RuntimeError(f"{sql}: {execution['Status']['StateChangeReason']}")
        return Run(
            scanned=execution["Statistics"]["DataScannedInBytes"],
            sent=self._endpoint.sent - sent,
            requests=self._endpoint.requests - requests,
            seconds=time.perf_counter() - began,
        )

    def close(self) -> None:
        self._athena.close()
