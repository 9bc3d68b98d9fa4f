"""The configuration of a stream as the stages read it, parsed from the destination that Describe shows.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_ExtendedS3DestinationConfiguration.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from delivery import limits
from local.firehose.configuration.formats import Orc, Parquet, read_deserializer, read_serializer
from local.firehose.configuration.processors import (
    LambdaProcessor,
    deaggregation,
    delimiter,
    lambda_processor,
    metadata_query,
    processors,
)
from local.firehose.expressions.prefix import Prefix, data_prefix, error_prefix
from local.firehose.expressions.query import Query
from local.firehose.stages.deaggregate import Deaggregation
from local.protocol import Json, lower_first
from local.serde.options import HiveJson, OpenX

Compression = Literal["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"]


@dataclass(frozen=True)
class Target:
    """Where objects go, how large they get and what they are called."""

    bucket: str
    prefix: Prefix
    error_prefix: Prefix
    buffer_bytes: int
    buffer_seconds: int
    compression: Compression
    extension: str
    zone: ZoneInfo
    kms_key: str


@dataclass(frozen=True)
class Conversion:
    """JSON to Parquet or ORC by the columns of a Glue table."""

    database: str
    table: str
    version: str
    """`LATEST`, or a version's number."""
    catalog_table: Json
    """The table as error objects name it (`dataCatalogTable`)."""
    deserializer: OpenX | HiveJson
    serializer: Parquet | Orc


@dataclass(frozen=True)
class Destination:
    """A stream's whole path to S3; what is None is not configured."""

    target: Target
    deaggregation: Deaggregation | None
    transform: LambdaProcessor | None
    query: Query | None
    delimiter: bytes
    partitioning_retry_seconds: int | None
    conversion: Conversion | None
    backup: Target | None


def read_destination(description: Mapping[str, Any]) -> Destination:
    """The typed form of an ExtendedS3DestinationDescription that `rules` let pass."""
    conversion = description["DataFormatConversionConfiguration"]
    backup = description.get("S3BackupDescription")
    configured = processors(description)
    return Destination(
        target=_target(description),
        deaggregation=deaggregation(configured),
        transform=lambda_processor(configured),
        query=metadata_query(configured),
        delimiter=delimiter(configured),
        partitioning_retry_seconds=_retry_seconds(description) if partitions(description) else None,
        conversion=_conversion(conversion) if converts(description) else None,
        backup=_target(backup) if backup and description["S3BackupMode"] == "Enabled" else None,
    )


def converts(description: Mapping[str, Any]) -> bool:
    """Whether record format conversion is on: in a block without `Enabled`, it is."""
    conversion = description.get("DataFormatConversionConfiguration")
    return conversion is not None and bool(conversion.get("Enabled", True))


def partitions(description: Mapping[str, Any]) -> bool:
    """Whether dynamic partitioning is on."""
    return bool(description.get("DynamicPartitioningConfiguration", {}).get("Enabled", False))


def _retry_seconds(description: Mapping[str, Any]) -> int:
    options = description["DynamicPartitioningConfiguration"].get("RetryOptions", {})
    return int(options.get("DurationInSeconds", limits.PARTITIONING_DEFAULT_RETRY_SECONDS))


def _target(description: Mapping[str, Any]) -> Target:
    hints = description["BufferingHints"]
    prefix = description.get("Prefix", "")
    kms = description["EncryptionConfiguration"].get("KMSEncryptionConfig", {})
    return Target(
        bucket=description["BucketARN"].rpartition(":")[2],
        prefix=data_prefix(prefix),
        error_prefix=error_prefix(description.get("ErrorOutputPrefix", ""), prefix),
        buffer_bytes=hints["SizeInMBs"] * limits.MIB,
        buffer_seconds=hints["IntervalInSeconds"],
        compression=cast("Compression", description["CompressionFormat"]),
        extension=description.get("FileExtension", ""),
        zone=ZoneInfo(description.get("CustomTimeZone") or "UTC"),
        kms_key=kms.get("AWSKMSKeyARN", ""),
    )


def _conversion(configuration: Mapping[str, Any]) -> Conversion:
    schema = configuration["SchemaConfiguration"]
    names = ("CatalogId", "DatabaseName", "TableName", "Region", "VersionId", "RoleARN")
    return Conversion(
        database=schema["DatabaseName"],
        table=schema["TableName"],
        version=schema["VersionId"],
        catalog_table={_wire_name(name): schema[name] for name in names if name in schema},
        deserializer=read_deserializer(configuration["InputFormatConfiguration"]["Deserializer"]),
        serializer=read_serializer(configuration["OutputFormatConfiguration"]["Serializer"]),
    )


def _wire_name(name: str) -> str:
    return "roleArn" if name == "RoleARN" else lower_first(name)
