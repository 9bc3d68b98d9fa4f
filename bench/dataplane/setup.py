"""The bucket, table, function and streams of the bench, created through the AWS API of the server that is measured."""

import io
import time
import zipfile
from typing import Any, Final

import boto3
from botocore.config import Config

from bench.dataplane.rows import COLUMNS

BUCKET: Final = "lake"
DATABASE: Final = "bench"
FUNCTION: Final = "arn:aws:lambda:us-east-1:000000000000:function:partition"
_ROLE: Final = "arn:aws:iam::000000000000:role/firehose"
_TRANSFORM: Final = '''
"""Takes the partition key out of each record and passes the record on as it is."""
import base64, re

YEAR = re.compile(rb'"date": ?"(....)')

def handler(event, context):
    return {"records": [answer(record) for record in event["records"]]}

def answer(record):
    year = YEAR.search(base64.b64decode(record["data"])).group(1).decode()
    keys = {"partitionKeys": {"year": year}}
    return {"recordId": record["recordId"], "result": "Ok", "data": record["data"], "metadata": keys}
'''


def client(url: str, service: str) -> Any:
    """A boto3 client that never retries and waits as long as MiniStack's Firehose needs."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    config = Config(read_timeout=300, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, proxies={})
    return session.client(service, endpoint_url=url, config=config)


def make_neighbours(url: str, *, function: bool = True) -> None:
    """The bucket, the table and the transform."""
    client(url, "s3").create_bucket(Bucket=BUCKET)
    glue = client(url, "glue")
    glue.create_database(DatabaseInput={"Name": DATABASE})
    columns = [{"Name": name, "Type": kind} for name, kind in COLUMNS]
    descriptor = {"Columns": columns, "Location": f"s3://{BUCKET}/"}
    glue.create_table(DatabaseName=DATABASE, TableInput={"Name": "rates", "StorageDescriptor": descriptor})
    if function:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as zipped:
            zipped.writestr("index.py", _TRANSFORM)
        client(url, "lambda").create_function(
            FunctionName="partition",
            Runtime="python3.11",
            Role=_ROLE,
            Handler="index.handler",
            Timeout=60,
            Code={"ZipFile": archive.getvalue()},
        )


def make_stream(url: str, name: str, *, function: bool, parquet: bool = True, bucket: str = BUCKET) -> None:
    """A stream that stores under `<name>/`, with the transform and its partition if `function`."""
    destination: dict[str, Any] = {"RoleARN": _ROLE, "BucketARN": f"arn:aws:s3:::{bucket}", "Prefix": f"{name}/"}
    if parquet:
        destination |= {
            "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
            "DataFormatConversionConfiguration": {
                "Enabled": True,
                "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
                "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
                "SchemaConfiguration": {"RoleARN": _ROLE, "DatabaseName": DATABASE, "TableName": "rates"},
            },
        }
    if function:
        parameters = {"LambdaArn": FUNCTION, "BufferSizeInMBs": "1", "BufferIntervalInSeconds": "60"}
        listed = [{"ParameterName": key, "ParameterValue": value} for key, value in parameters.items()]
        destination |= {
            "Prefix": name + "/year=!{partitionKeyFromLambda:year}/",
            "ErrorOutputPrefix": name + "-errors/!{firehose:error-output-type}/",
            "DynamicPartitioningConfiguration": {"Enabled": True},
            "ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": listed}]},
        }
    firehose = client(url, "firehose")
    firehose.create_delivery_stream(
        DeliveryStreamName=name, DeliveryStreamType="DirectPut", ExtendedS3DestinationConfiguration=destination
    )
    while _status(firehose, name) != "ACTIVE":
        time.sleep(0.05)


def _status(firehose: Any, name: str) -> str:
    described = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    return str(described["DeliveryStreamStatus"])
