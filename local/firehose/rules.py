"""Destinations that Firehose refuses, in AWS's words where they are known, checked in AWS's order."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from delivery import limits
from local.firehose.config import converts
from local.firehose.prefix import ERROR_TYPE, Prefix, parse_prefix
from local.firehose.processors import check_processors, metadata_query, processors
from local.firehose.timestamp_formats import timestamp_parser
from local.protocol import AwsError


def check_destination(description: Mapping[str, Any]) -> None:
    """Raise InvalidArgumentException if a stream cannot have this ExtendedS3DestinationDescription."""
    _check_hints(description)
    if converts(description):
        _check_conversion(description)
    if _partitions(description):
        _check_partitioning(description)
    check_processors(processors(description))
    _check_prefixes(description)
    _check_keys(description)
    _check_zone(description)
    _check_backup(description)


def _partitions(description: Mapping[str, Any]) -> bool:
    return bool(description.get("DynamicPartitioningConfiguration", {}).get("Enabled", False))


def _check_hints(description: Mapping[str, Any]) -> None:
    hints = description["BufferingHints"]
    if not {"SizeInMBs", "IntervalInSeconds"} <= hints.keys():
        _refuse("BufferingHints: give both SizeInMBs and IntervalInSeconds, or neither.")


def _check_conversion(description: Mapping[str, Any]) -> None:
    conversion = description["DataFormatConversionConfiguration"]
    if description["CompressionFormat"] != "UNCOMPRESSED":
        _refuse("CompressionFormat must be UNCOMPRESSED when data format conversion is enabled.")
    if description["BufferingHints"]["SizeInMBs"] < limits.CONVERSION_MIN_BUFFER_MIB:
        _refuse(
            f"BufferingHints.SizeInMBs must be at least {limits.CONVERSION_MIN_BUFFER_MIB} "
            "when data format conversion is enabled."
        )
    for member in ("InputFormatConfiguration", "OutputFormatConfiguration", "SchemaConfiguration"):
        if member not in conversion:
            _refuse(f"{member} must be specified when data format conversion is enabled.")
    deserializer = conversion["InputFormatConfiguration"].get("Deserializer", {})
    serializer = conversion["OutputFormatConfiguration"].get("Serializer", {})
    _check_choice("Deserializer", deserializer, ("OpenXJsonSerDe", "HiveJsonSerDe"))
    _check_choice("Serializer", serializer, ("ParquetSerDe", "OrcSerDe"))
    _check_formats(deserializer)
    schema = conversion["SchemaConfiguration"]
    for member in ("DatabaseName", "TableName"):
        if not schema.get(member):
            _refuse(f"SchemaConfiguration.{member} must be specified when data format conversion is enabled.")


def _check_choice(name: str, block: Mapping[str, Any], choices: tuple[str, str]) -> None:
    if len([choice for choice in choices if choice in block]) != 1:
        _refuse(f"{name}: exactly one of {' and '.join(choices)} must be specified.")


def _check_formats(deserializer: Mapping[str, Any]) -> None:
    try:
        timestamp_parser(deserializer.get("HiveJsonSerDe", {}).get("TimestampFormats", ()))
    except ValueError as error:
        _refuse(f"Invalid deserializer option(s): TimestampFormats: {error}.")


def _check_partitioning(description: Mapping[str, Any]) -> None:
    hints = description["BufferingHints"]
    if hints["SizeInMBs"] < limits.CONVERSION_MIN_BUFFER_MIB:
        _refuse(
            f"BufferingHints.SizeInMBs must be at least {limits.CONVERSION_MIN_BUFFER_MIB} "
            "when Dynamic Partitioning is enabled."
        )
    if hints["IntervalInSeconds"] < limits.PARTITIONING_MIN_BUFFER_SECONDS:
        _refuse(
            f"BufferingHints.IntervalInSeconds must be at least {limits.PARTITIONING_MIN_BUFFER_SECONDS} "
            "seconds when Dynamic Partitioning is enabled."
        )
    kinds = {processor["Type"] for processor in processors(description)}
    if not kinds & {"Lambda", "MetadataExtraction"}:
        _refuse("Dynamic Partitioning needs a processor of type Lambda or MetadataExtraction that makes its keys.")


def _check_prefixes(description: Mapping[str, Any]) -> None:
    data_text, error_text = description.get("Prefix", ""), description.get("ErrorOutputPrefix", "")
    data, errors = _parse("Prefix", data_text), _parse("ErrorOutputPrefix", error_text)
    if data.expressions and not error_text:
        _refuse("ErrorOutputPrefix cannot be null or empty when Prefix contains expressions.")
    if any(expression.argument == ERROR_TYPE for expression in data.expressions):
        _refuse(f"Prefix cannot contain the expression !{{firehose:{ERROR_TYPE}}}.")
    if errors.expressions and not any(expression.argument == ERROR_TYPE for expression in errors.expressions):
        _refuse(f"ErrorOutputPrefix must contain the expression !{{firehose:{ERROR_TYPE}}} at least once.")
    if errors.keys:
        _refuse("ErrorOutputPrefix cannot contain partition keys.")


def _check_keys(description: Mapping[str, Any]) -> None:
    """The prefix's partition keys against where they come from."""
    keys = _parse("Prefix", description.get("Prefix", "")).keys
    spaces = {key.namespace for key in keys}
    kinds = {processor["Type"] for processor in processors(description)}
    if not _partitions(description):
        _check_no_keys(spaces, kinds)
        return
    if not keys:
        _refuse(
            "Prefix must contain partition keys (!{partitionKeyFromQuery:...} or !{partitionKeyFromLambda:...}) "
            "when Dynamic Partitioning is enabled."
        )
    for namespace, kind in (("partitionKeyFromLambda", "Lambda"), ("partitionKeyFromQuery", "MetadataExtraction")):
        if namespace in spaces and kind not in kinds:
            _refuse(f"Prefix contains !{{{namespace}:...}}, which needs a processor of type {kind}.")
    query = metadata_query(processors(description))
    made = set(query.keys) if query else set()
    used = {key.argument for key in keys if key.namespace == "partitionKeyFromQuery"}
    if used - made:
        _refuse(f"Prefix contains partition keys that MetadataExtractionQuery does not make: {_listed(used - made)}.")
    if made - used:
        _refuse(f"Prefix must contain every key of MetadataExtractionQuery; it lacks {_listed(made - used)}.")


def _check_no_keys(spaces: AbstractSet[str], kinds: AbstractSet[str]) -> None:
    """Without dynamic partitioning there is nothing that could use keys."""
    if spaces:
        _refuse("Prefix cannot contain partition keys when Dynamic Partitioning is not enabled.")
    for kind in ("MetadataExtraction", "RecordDeAggregation"):
        if kind in kinds:
            _refuse(f"Processor of type {kind} can only be used when Dynamic Partitioning is enabled.")


def _listed(names: AbstractSet[str]) -> str:
    return ", ".join(sorted(names))


def _parse(name: str, text: str) -> Prefix:
    try:
        return parse_prefix(text)
    except ValueError as error:
        _refuse(f"{name} is invalid: {error}.")


def _check_zone(description: Mapping[str, Any]) -> None:
    zone = description.get("CustomTimeZone")
    try:
        ZoneInfo(zone or "UTC")
    except (KeyError, ValueError, OSError):
        _refuse(f"CustomTimeZone {zone} is not a time zone of the IANA database, e.g. Europe/London.")


def _check_backup(description: Mapping[str, Any]) -> None:
    backup = description.get("S3BackupDescription")
    if description["S3BackupMode"] == "Enabled" and not backup:
        _refuse("S3BackupConfiguration must be specified when S3BackupMode is Enabled.")
    if not backup:
        return
    if not {"BucketARN", "RoleARN"} <= backup.keys():
        _refuse("S3BackupConfiguration must have a BucketARN and a RoleARN.")
    _check_hints(backup)
    if backup["BufferingHints"]["IntervalInSeconds"] < limits.PARTITIONING_MIN_BUFFER_SECONDS:
        _refuse(
            "S3BackupConfiguration.BufferingHints.IntervalInSeconds must be at least "
            f"{limits.PARTITIONING_MIN_BUFFER_SECONDS}."
        )
    _check_prefixes(backup)
    if _parse("Prefix", backup.get("Prefix", "")).keys:
        _refuse("S3BackupConfiguration.Prefix cannot contain partition keys.")


def _not_here(what: str, instead: str) -> NoReturn:
    _refuse(f"{what} is not available in this local Firehose yet; use {instead}. See docs/firehose-conformance.md.")


def _refuse(message: str) -> NoReturn:
    raise AwsError("InvalidArgumentException", message)
