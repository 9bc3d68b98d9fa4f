"""Athena as boto3 sees it, through the gateway, over the objects of its S3 and the tables of its Glue."""

import io
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pyarrow.parquet as pq
import pytest

from local.gateway.running import running_gateway
from tests.local.athena.laptop import PARQUET, RATE_COLUMNS, rates

CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Clients of a running gateway that holds one projected table and a workgroup."""
    with running_gateway(tmp_path_factory.mktemp("gateway")) as gateway:
        clients = {
            name: boto3.client(name, endpoint_url=gateway.url, **CREDENTIALS) for name in ("athena", "glue", "s3")
        }
        for bucket in ("lake", "results"):
            clients["s3"].create_bucket(Bucket=bucket)
        clients["glue"].create_database(DatabaseInput={"Name": "db"})
        clients["glue"].create_table(DatabaseName="db", TableInput=_table())
        for year in (2010, 2011):
            body = io.BytesIO()
            pq.write_table(rates(year, 0.5), body, use_deprecated_int96_timestamps=True)
            clients["s3"].put_object(Bucket="lake", Key=f"fx/year={year}/arrived=x/a b+c.parquet", Body=body.getvalue())
        results = {"ResultConfiguration": {"OutputLocation": "s3://results/"}}
        clients["athena"].create_work_group(Name="analysts", Configuration=results)
        yield clients


def _table() -> dict[str, Any]:
    return {
        "Name": "fx_landing",
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": "year", "Type": "int"}],
        "Parameters": {
            "projection.enabled": "true",
            "projection.year.type": "integer",
            "projection.year.range": "1999,2030",
            "storage.location.template": "s3://lake/fx/year=${year}/",
        },
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": kind} for name, kind in RATE_COLUMNS.items()],
            "Location": "s3://lake/fx/",
            "SerdeInfo": {"SerializationLibrary": PARQUET},
        },
    }


def _rows(athena: Any, sql: str) -> list[list[str | None]]:
    context = {"QueryExecutionContext": {"Database": "db"}, "WorkGroup": "analysts"}
    execution_id = athena.start_query_execution(QueryString=sql, **context)["QueryExecutionId"]
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        status = athena.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]["Status"]
        if status["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.02)
    assert status["State"] == "SUCCEEDED", status["StateChangeReason"]
    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution_id)
    return [[cell.get("VarCharValue") for cell in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]]


def test_a_view_made_and_queried(session: dict[str, Any]) -> None:
    athena = session["athena"]
    versions = "SELECT *, row_number() OVER (PARTITION BY date, year ORDER BY ingested_at DESC) AS v FROM fx_landing"
    _rows(athena, f"CREATE OR REPLACE VIEW fx AS SELECT * FROM ({versions}) AS versions WHERE v = 1")
    rows = _rows(
        athena, "SELECT year, max_by(close, date) AS ending, max(ingested_at) AS seen FROM fx GROUP BY year ORDER BY 1"
    )
    assert rows == [
        ["year", "ending", "seen"],
        ["2010", "1.0", "2026-01-01 00:00:00.000"],
        ["2011", "1.0", "2026-01-01 00:00:00.000"],
    ]
    table = athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="db", TableName="fx")["TableMetadata"]
    assert table["TableType"] == "VIRTUAL_VIEW"


def test_the_csv_is_in_the_gateway_s_s3(session: dict[str, Any]) -> None:
    _rows(session["athena"], "SELECT count(*) AS n FROM fx_landing WHERE year = 2011")
    execution_id = session["athena"].list_query_executions(WorkGroup="analysts")["QueryExecutionIds"][0]
    body = session["s3"].get_object(Bucket="results", Key=f"{execution_id}.csv")["Body"].read()
    assert body == b'"n"\n"3"\n'


def test_boto3_raises_athena_s_exceptions(session: dict[str, Any]) -> None:
    athena = session["athena"]
    with pytest.raises(athena.exceptions.InvalidRequestException, match="mismatched input"):
        athena.start_query_execution(QueryString="SELEC 1", WorkGroup="analysts")
    with pytest.raises(athena.exceptions.MetadataException, match="was not found"):
        athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="db", TableName="nope")
