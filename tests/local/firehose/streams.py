"""Configurations of delivery streams, as a template would give them."""

from typing import Any

ROLE = "arn:aws:iam::000000000000:role/firehose"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:transform"
DATABASE, TABLE = "market", "prices_landing"
ERRORS = "errors/!{firehose:error-output-type}/"


def s3(**members: Any) -> dict[str, Any]:
    return {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::lake", **members}


def hints(size: int, seconds: int) -> dict[str, int]:
    return {"SizeInMBs": size, "IntervalInSeconds": seconds}


def transform(**parameters: str) -> dict[str, Any]:
    """A ProcessingConfiguration with one Lambda processor."""
    return processing(Lambda={"LambdaArn": FUNCTION, **parameters})


def processing(**processors: dict[str, str]) -> dict[str, Any]:
    """A ProcessingConfiguration of processors by type, each with its parameters by name."""
    return {
        "Enabled": True,
        "Processors": [
            {
                "Type": kind,
                "Parameters": [{"ParameterName": name, "ParameterValue": value} for name, value in given.items()],
            }
            for kind, given in processors.items()
        ],
    }


def parquet(**members: Any) -> dict[str, Any]:
    """A DataFormatConversionConfiguration over the table of these tests."""
    return {
        "Enabled": True,
        "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
        "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
        "SchemaConfiguration": {"RoleARN": ROLE, "DatabaseName": DATABASE, "TableName": TABLE, "Region": "us-east-1"},
        **members,
    }


def partitioned(**members: Any) -> dict[str, Any]:
    """The whole way: transform, dynamic partitioning by its key `year`, Parquet."""
    return s3(
        Prefix="landing/year=!{partitionKeyFromLambda:year}/",
        ErrorOutputPrefix=ERRORS,
        BufferingHints=hints(64, 60),
        ProcessingConfiguration=transform(BufferSizeInMBs="1", BufferIntervalInSeconds="1"),
        DynamicPartitioningConfiguration={"Enabled": True},
        DataFormatConversionConfiguration=parquet(),
        **members,
    )


def create_request(destination: dict[str, Any], name: str = "prices") -> dict[str, Any]:
    return {"DeliveryStreamName": name, "ExtendedS3DestinationConfiguration": destination}
