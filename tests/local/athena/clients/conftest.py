"""A gateway that ordinary clients find by the environment alone, with the tables that their documentation queries."""

import functools
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest

from local.gateway.running import running_gateway
from tests.local.athena.laptop import PARQUET

BUCKET = "your-s3-bucket"
STAGING = f"s3://{BUCKET}/path/to/"
REGION = "us-east-1"
MANY = 1_500  # more than a page of GetQueryResults
POLL_SECONDS = 0.02
_COMPLEX = {
    "col_boolean": ("boolean", pa.array([True])),
    "col_tinyint": ("tinyint", pa.array([127], pa.int8())),
    "col_smallint": ("smallint", pa.array([32767], pa.int16())),
    "col_int": ("int", pa.array([2147483647], pa.int32())),
    "col_bigint": ("bigint", pa.array([9223372036854775807], pa.int64())),
    "col_float": ("float", pa.array([0.5], pa.float32())),
    "col_double": ("double", pa.array([0.25])),
    "col_string": ("string", pa.array(["a string"])),
    "col_varchar": ("varchar(10)", pa.array(["varchar"])),
    "col_timestamp": ("timestamp", pa.array([datetime.fromisoformat("2017-01-01T00:00:00")], pa.timestamp("ms"))),
    "col_date": ("date", pa.array([date(2017, 1, 2)])),
    "col_binary": ("binary", pa.array([b"123"])),
    "col_array": ("array<int>", pa.array([[1, 2]], pa.list_(pa.int32()))),
    "col_map": ("map<int,int>", pa.array([[(1, 2), (3, 4)]], pa.map_(pa.int32(), pa.int32()))),
    "col_struct": ("struct<a:int,b:int>", pa.array([{"a": 1, "b": 2}], pa.struct({"a": pa.int32(), "b": pa.int32()}))),
    "col_decimal": ("decimal(10,1)", pa.array([Decimal("0.1")], pa.decimal128(10, 1))),
}
_TABLES = {
    "one_row": {"number_of_rows": ("int", pa.array([1], pa.int32()))},
    "many_rows": {"a": ("int", pa.array(range(MANY), pa.int32()))},
    "one_row_complex": _COMPLEX,
}


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a gateway with the tables."""
    with running_gateway(tmp_path_factory.mktemp("gateway")) as gateway:
        with client_environment(gateway.url):
            _fill(boto3.client("s3"), boto3.client("glue"))
        yield gateway.url


@pytest.fixture(scope="module")
def endpoint(filled: str) -> Iterator[str]:
    """The gateway's URL; AWS_ENDPOINT_URL names it while the tests of a module run."""
    with client_environment(filled):
        yield filled


@contextmanager
def client_environment(url: str) -> Iterator[None]:
    """What clients read from the environment, and a pause that is shorter than theirs."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
        }.items():
            environment.setenv(name, value)
        # PyAthena asks for a query's state every second, unless each example said otherwise
        environment.setattr("pyathena.common.time", SimpleNamespace(sleep=lambda _: time.sleep(POLL_SECONDS)))
        yield


@pytest.fixture
def arrow_endpoint(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyAthena makes pyarrow's S3FileSystem without an endpoint, and its constructor reads none from the environment.

    https://github.com/apache/arrow/issues/49643
    """
    here = functools.partial(pyarrow.fs.S3FileSystem, endpoint_override=endpoint)
    monkeypatch.setattr(pyarrow.fs, "S3FileSystem", here)


def _fill(s3: Any, glue: Any) -> None:
    s3.create_bucket(Bucket=BUCKET)
    for database in ("default", "your_schema", "awswrangler_test", "aws_sdk_pandas"):
        glue.create_database(DatabaseInput={"Name": database})
    for name, columns in _TABLES.items():
        body = io.BytesIO()
        pq.write_table(pa.table({column: values for column, (_, values) in columns.items()}), body)
        s3.put_object(Bucket=BUCKET, Key=f"tables/{name}/data.parquet", Body=body.getvalue())
        storage = {
            "Columns": [{"Name": column, "Type": kind} for column, (kind, _) in columns.items()],
            "Location": f"s3://{BUCKET}/tables/{name}/",
            "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            "SerdeInfo": {"SerializationLibrary": PARQUET},
        }
        table = {"Name": name, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage, "Parameters": {}}
        glue.create_table(DatabaseName="default", TableInput=table)
