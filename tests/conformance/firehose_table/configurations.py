"""Parts of requests, as short as they can be written."""

from typing import Any

ROLE = "arn:aws:iam::000000000000:role/firehose"
ERRORS = "errors/!{firehose:error-output-type}/"
DATABASE = "conformance"
Json = dict[str, Any]


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:000000000000:function:{name}"


def hints(size: int, seconds: int) -> Json:
    return {"SizeInMBs": size, "IntervalInSeconds": seconds}


def s3(bucket: str, **members: Any) -> Json:
    """A destination that delivers after a minute (of the fast clock), with its errors apart."""
    usual = {"BufferingHints": hints(1, 60), "ErrorOutputPrefix": ERRORS}
    given = {"RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{bucket}", **usual, **members}
    return {name: value for name, value in given.items() if value is not None}


def processor(kind: str, **parameters: str) -> Json:
    listed = [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()]
    return {"Type": kind, "Parameters": listed} if listed else {"Type": kind}


def processing(*processors: Json) -> Json:
    """A ProcessingConfiguration that is on."""
    return {"Enabled": True, "Processors": list(processors)}


def transform(function: str = "scripted", **parameters: str) -> Json:
    return processing(processor("Lambda", LambdaArn=function_arn(function), **parameters))


def conversion(table: str, **members: Any) -> Json:
    """OpenX JSON to Parquet by a table of the database of these tests."""
    return {
        "Enabled": True,
        "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
        "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
        "SchemaConfiguration": {"RoleARN": ROLE, "DatabaseName": DATABASE, "TableName": table, "Region": "us-east-1"},
        **members,
    }


def converting(table: str, **members: Any) -> Json:
    """The members of a destination that converts."""
    return {"BufferingHints": hints(64, 60), "DataFormatConversionConfiguration": conversion(table), **members}


def partitioning(**members: Any) -> Json:
    """The members of a destination that partitions by the transform's key `k`."""
    return {
        "Prefix": "k=!{partitionKeyFromLambda:k}/",
        "BufferingHints": hints(64, 60),
        "ProcessingConfiguration": transform(),
        "DynamicPartitioningConfiguration": {"Enabled": True},
        **members,
    }
