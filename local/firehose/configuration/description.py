"""Destinations as Describe shows them: a configuration with AWS's defaults filled in, and updates merged into it."""

from collections.abc import Mapping
from typing import Any

from delivery import limits
from local.firehose.configuration.config import converts, partitions
from local.firehose.configuration.processors import with_defaults
from local.firehose.configuration.refuse import refuse
from local.protocol import Json

_PLAIN_MEMBERS = (
    "RoleARN",
    "BucketARN",
    "Prefix",
    "ErrorOutputPrefix",
    "BufferingHints",
    "CompressionFormat",
    "EncryptionConfiguration",
    "CloudWatchLoggingOptions",
)

_NO_CONVERSION: Json = {"Enabled": False}
"""What is shown for a stream without a conversion."""


def describe_destination(configuration: Mapping[str, Any]) -> Json:
    """An ExtendedS3DestinationConfiguration as the ExtendedS3DestinationDescription that AWS returns for it."""
    described = {name: value for name, value in configuration.items() if name != "S3BackupConfiguration"}
    conversion = described.get("DataFormatConversionConfiguration")
    partitioned = partitions(described)
    large = converts(described) or partitioned
    size = limits.DEFAULT_CONVERSION_BUFFER_MIB if large else limits.DEFAULT_BUFFER_MIB
    described = _with_plain_defaults(described, size)
    described["DataFormatConversionConfiguration"] = _conversion(conversion, described["RoleARN"])
    described.setdefault("S3BackupMode", "Disabled")
    if "S3BackupConfiguration" in configuration:
        backup = configuration["S3BackupConfiguration"]
        described["S3BackupDescription"] = _with_plain_defaults(backup, limits.DEFAULT_BUFFER_MIB)
    if partitioned:
        retry = {"DurationInSeconds": limits.PARTITIONING_DEFAULT_RETRY_SECONDS}
        described["DynamicPartitioningConfiguration"] = {
            "RetryOptions": retry,
            **described["DynamicPartitioningConfiguration"],
        }
    processing = described.get("ProcessingConfiguration")
    if processing:
        filled = [with_defaults(processor, described["RoleARN"]) for processor in processing.get("Processors", ())]
        described["ProcessingConfiguration"] = {"Enabled": False, **processing, "Processors": filled}
    return described


def plain_view(description: Mapping[str, Any]) -> Json:
    """The S3DestinationDescription that AWS shows next to the extended one."""
    return {name: description[name] for name in _PLAIN_MEMBERS if name in description}


def merge_update(description: Mapping[str, Any], update: Mapping[str, Any]) -> Json:
    """`description` after an UpdateDestination: its members replace; conversion and backup merge by member.

    Raises InvalidArgumentException for what can never change: dynamic partitioning, and backup once it is on.
    """
    merged = dict(description)
    for name, value in update.items():
        if name == "S3BackupUpdate":
            merged["S3BackupDescription"] = {**merged.get("S3BackupDescription", {}), **value}
        elif name == "DataFormatConversionConfiguration":
            merged[name] = {**(merged[name] if merged[name] != _NO_CONVERSION else {}), **value}
        else:
            merged[name] = value
    if partitions(description) != partitions(merged):
        refuse("Dynamic Partitioning cannot be enabled or disabled on an existing delivery stream; create a new one.")
    if description["S3BackupMode"] == "Enabled" and merged["S3BackupMode"] == "Disabled":
        refuse("S3BackupMode cannot be disabled once it is enabled.")
    backup = merged.pop("S3BackupDescription", None)
    return describe_destination(merged if backup is None else {**merged, "S3BackupConfiguration": backup})


def _with_plain_defaults(configuration: Mapping[str, Any], size_mib: int) -> Json:
    return {
        "BufferingHints": {"SizeInMBs": size_mib, "IntervalInSeconds": limits.DEFAULT_BUFFER_SECONDS},
        "CompressionFormat": "UNCOMPRESSED",
        "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"},
        "CloudWatchLoggingOptions": {"Enabled": False},
        **configuration,
    }


def _conversion(given: Mapping[str, Any] | None, role_arn: str) -> Json:
    if given is None:
        return _NO_CONVERSION
    filled: Json = {"Enabled": True, **given}
    if "SchemaConfiguration" in filled:
        filled["SchemaConfiguration"] = {"VersionId": "LATEST", "RoleARN": role_arn, **filled["SchemaConfiguration"]}
    return filled
