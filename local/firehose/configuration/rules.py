"""Destinations that Firehose refuses, in AWS's words where they are known, checked in AWS's order."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from delivery import limits
from local.firehose.configuration.config import converts, partitions
from local.firehose.configuration.prefix_rules import check_keys, check_no_keys, check_prefixes
from local.firehose.configuration.processors import check_processors, processors
from local.firehose.configuration.refuse import not_here, refuse
from local.serde.timestamp_formats import timestamp_parser


def check_destination(description: Mapping[str, Any]) -> None:
    """Raise InvalidArgumentException if a stream cannot have this ExtendedS3DestinationDescription."""
    _check_hints(description)
    _check_logging("CloudWatchLoggingOptions", description)
    if converts(description):
        _check_conversion(description)
    if partitions(description):
        _check_partitioning(description)
    check_processors(processors(description))
    check_prefixes(description)
    if partitions(description):
        check_keys(description)
    else:
        check_no_keys(description)
    _check_zone(description)
    _check_backup(description)


def check_source(request: Mapping[str, Any]) -> None:
    """Raise InvalidArgumentException if a CreateDeliveryStream request names a source other than Direct PUT."""
    kind = request.get("DeliveryStreamType", "DirectPut")
    if kind != "DirectPut":
        not_here(f"DeliveryStreamType {kind}", "DirectPut")
    for name in request:
        if name.endswith("SourceConfiguration") and name != "DirectPutSourceConfiguration":
            not_here(name, "Direct PUT")


def _check_hints(description: Mapping[str, Any]) -> None:
    hints = description["BufferingHints"]
    if not {"SizeInMBs", "IntervalInSeconds"} <= hints.keys():
        refuse("BufferingHints: give both SizeInMBs and IntervalInSeconds, or neither.")


def _check_logging(name: str, description: Mapping[str, Any]) -> None:
    options = description["CloudWatchLoggingOptions"]
    if options.get("Enabled") and not (options.get("LogGroupName") and options.get("LogStreamName")):
        refuse(f"{name}: LogGroupName and LogStreamName must be specified when logging is enabled.")


def _check_conversion(description: Mapping[str, Any]) -> None:
    conversion = description["DataFormatConversionConfiguration"]
    if description["CompressionFormat"] != "UNCOMPRESSED":
        refuse("CompressionFormat must be UNCOMPRESSED when data format conversion is enabled.")
    if description["BufferingHints"]["SizeInMBs"] < limits.CONVERSION_MIN_BUFFER_MIB:
        refuse(
            f"BufferingHints.SizeInMBs must be at least {limits.CONVERSION_MIN_BUFFER_MIB} "
            "when data format conversion is enabled."
        )
    for member in ("InputFormatConfiguration", "OutputFormatConfiguration", "SchemaConfiguration"):
        if member not in conversion:
            refuse(f"{member} must be specified when data format conversion is enabled.")
    deserializer = conversion["InputFormatConfiguration"].get("Deserializer", {})
    serializer = conversion["OutputFormatConfiguration"].get("Serializer", {})
    _check_choice("Deserializer", deserializer, ("OpenXJsonSerDe", "HiveJsonSerDe"))
    _check_choice("Serializer", serializer, ("ParquetSerDe", "OrcSerDe"))
    _check_formats(deserializer)
    schema = conversion["SchemaConfiguration"]
    for member in ("DatabaseName", "TableName"):
        if not schema.get(member):
            refuse(f"SchemaConfiguration.{member} must be specified when data format conversion is enabled.")


def _check_choice(name: str, block: Mapping[str, Any], choices: tuple[str, str]) -> None:
    if len([choice for choice in choices if choice in block]) != 1:
        refuse(f"{name}: exactly one of {' and '.join(choices)} must be specified.")


def _check_formats(deserializer: Mapping[str, Any]) -> None:
    try:
        timestamp_parser(deserializer.get("HiveJsonSerDe", {}).get("TimestampFormats", ()))
    except ValueError as error:
        refuse(f"Invalid deserializer option(s): TimestampFormats: {error}.")


def _check_partitioning(description: Mapping[str, Any]) -> None:
    hints = description["BufferingHints"]
    if hints["SizeInMBs"] < limits.CONVERSION_MIN_BUFFER_MIB:
        refuse(
            f"BufferingHints.SizeInMBs must be at least {limits.CONVERSION_MIN_BUFFER_MIB} "
            "when Dynamic Partitioning is enabled."
        )
    if hints["IntervalInSeconds"] < limits.PARTITIONING_MIN_BUFFER_SECONDS:
        refuse(
            f"BufferingHints.IntervalInSeconds must be at least {limits.PARTITIONING_MIN_BUFFER_SECONDS} "
            "seconds when Dynamic Partitioning is enabled."
        )
    kinds = {processor["Type"] for processor in processors(description)}
    if not kinds & {"Lambda", "MetadataExtraction"}:
        refuse("Dynamic Partitioning needs a processor of type Lambda or MetadataExtraction that makes its keys.")


def _check_zone(description: Mapping[str, Any]) -> None:
    zone = description.get("CustomTimeZone")
    try:
        ZoneInfo(zone or "UTC")
    except (KeyError, ValueError, OSError):
        refuse(f"CustomTimeZone {zone} is not a time zone of the IANA database, e.g. Europe/London.")


def _check_backup(description: Mapping[str, Any]) -> None:
    backup = description.get("S3BackupDescription")
    if description["S3BackupMode"] == "Enabled" and not backup:
        refuse("S3BackupConfiguration must be specified when S3BackupMode is Enabled.")
    if not backup:
        return
    if not {"BucketARN", "RoleARN"} <= backup.keys():
        refuse("S3BackupConfiguration must have a BucketARN and a RoleARN.")
    _check_hints(backup)
    _check_logging("S3BackupConfiguration.CloudWatchLoggingOptions", backup)
    if backup["BufferingHints"]["IntervalInSeconds"] < limits.PARTITIONING_MIN_BUFFER_SECONDS:
        refuse(
            "S3BackupConfiguration.BufferingHints.IntervalInSeconds must be at least "
            f"{limits.PARTITIONING_MIN_BUFFER_SECONDS}."
        )
    check_prefixes(backup)
    check_no_keys(backup)
