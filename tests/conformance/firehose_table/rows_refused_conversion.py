"""Sections 5 and 6.1: conversions that are refused, and what is filled in."""

from typing import Any

from tests.conformance.firehose_table.aws import Aws
from tests.conformance.firehose_table.checks import refuses, takes
from tests.conformance.firehose_table.configurations import (
    ROLE,
    conversion,
    converting,
    hints,
    partitioning,
    s3,
    transform,
)
from tests.conformance.firehose_table.row import row


def _table(aws: Aws) -> str:
    return aws.shared("refused-table", lambda own: own.table({"a": "int"}))


def _conversion(**members: Any) -> Any:
    return lambda aws: conversion(_table(aws), **members)


def _without(member: str) -> Any:
    return lambda aws: {name: value for name, value in conversion(_table(aws)).items() if name != member}


def _parquet(**options: Any) -> Any:
    return _conversion(OutputFormatConfiguration={"Serializer": {"ParquetSerDe": options}})


def _schema(**members: Any) -> Any:
    """A conversion whose schema has these members, without those that are None."""

    def made(aws: Aws) -> Any:
        schema = conversion(_table(aws))["SchemaConfiguration"] | members
        return conversion(_table(aws), SchemaConfiguration={k: v for k, v in schema.items() if v is not None})

    return made


_BIG = {"BufferingHints": hints(64, 60)}
refuses(
    "conversion-buffer", "5", "A stream that converts buffers 64 MB at least; the refusal's words are known.", "probed",
    "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled.",
    BufferingHints=hints(63, 60), DataFormatConversionConfiguration=_conversion(),
)  # fmt: skip
takes(
    "conversion-interval", "5", "A stream that converts may have an interval under 60 seconds.", "inferred",
    "BufferingHints",
    BufferingHints=hints(64, 5), DataFormatConversionConfiguration=_conversion(),
)  # fmt: skip
refuses(
    "conversion-compression", "6.1", "A stream that converts has no CompressionFormat but UNCOMPRESSED.", "documented",
    "CompressionFormat must be UNCOMPRESSED", CompressionFormat="GZIP", DataFormatConversionConfiguration=_conversion(),
    **_BIG,
)  # fmt: skip
refuses(
    "conversion-order", "6.1", "Of several faults, CompressionFormat is reported first, then the buffer.",
    "probed",
    "CompressionFormat", CompressionFormat="GZIP", BufferingHints=hints(1, 60),
    DataFormatConversionConfiguration=_without("SchemaConfiguration"),
)  # fmt: skip
refuses(
    "conversion-order-buffer", "6.1", "The buffer is reported before what is missing.", "probed", "SizeInMBs",
    BufferingHints=hints(1, 60), DataFormatConversionConfiguration=_without("SchemaConfiguration"),
)  # fmt: skip
for _member in ("InputFormatConfiguration", "OutputFormatConfiguration", "SchemaConfiguration"):
    refuses(
        f"conversion-without-{_member}", "6.1", f"A conversion must have its {_member}.", "documented", _member,
        DataFormatConversionConfiguration=_without(_member), **_BIG,
    )  # fmt: skip
refuses(
    "two-deserializers", "6.1", "A conversion has one deserializer.", "documented", "Deserializer", **_BIG,
    DataFormatConversionConfiguration=_conversion(
        InputFormatConfiguration={"Deserializer": {"OpenXJsonSerDe": {}, "HiveJsonSerDe": {}}}
    ),
)  # fmt: skip
refuses(
    "two-serializers", "6.1", "A conversion has one serializer.", "documented", "Serializer", **_BIG,
    DataFormatConversionConfiguration=_conversion(
        OutputFormatConfiguration={"Serializer": {"ParquetSerDe": {}, "OrcSerDe": {}}}
    ),
)  # fmt: skip
refuses(
    "no-deserializer", "6.1", "A conversion without a deserializer is refused.", "documented", "Deserializer", **_BIG,
    DataFormatConversionConfiguration=_conversion(InputFormatConfiguration={"Deserializer": {}}),
)  # fmt: skip
refuses(
    "no-table", "6.1", "A conversion names a database and a table.", "documented", "TableName", **_BIG,
    DataFormatConversionConfiguration=_schema(TableName=None),
)  # fmt: skip
for _member in ("DatabaseName", "TableName"):
    refuses(
        f"absent-{_member}", "6.1",
        f"The table is looked up when the stream is created: an absent {_member} is refused in Glue's words.",
        "probed", "EntityNotFoundException", DataFormatConversionConfiguration=_schema(**{_member: "nothing"}), **_BIG,
    )  # fmt: skip
for _option, _low in (("BlockSizeBytes", 67_108_864), ("PageSizeBytes", 65_536), ("MaxPaddingBytes", 0)):
    refuses(
        f"parquet-{_option}", "6.1", f"ParquetSerDe's {_option} is {_low:,} at least.", "documented",
        f"greater than or equal to {_low}",
        "ValidationException", DataFormatConversionConfiguration=_parquet(**{_option: _low - 1}), **_BIG,
    )  # fmt: skip
refuses(
    "parquet-compression", "6.1", "ParquetSerDe compresses by SNAPPY, GZIP, or not at all.", "documented",
    "[UNCOMPRESSED, GZIP, SNAPPY]",
    "ValidationException", DataFormatConversionConfiguration=_parquet(Compression="ZSTD"), **_BIG,
)  # fmt: skip


@row(
    "conversion-enabled",
    "6.1",
    "`Enabled` left out of a conversion means true, at an update, too, and of a ProcessingConfiguration false.",
    "probed",
)
def _(aws: Aws) -> None:
    given = {name: value for name, value in conversion(_table(aws)).items() if name != "Enabled"}
    later = aws.stream(**_BIG)
    later.update(DataFormatConversionConfiguration=given)
    assert later.destination()["DataFormatConversionConfiguration"]["Enabled"] is True
    off = {"Processors": transform()["Processors"]}
    shown = aws.stream(DataFormatConversionConfiguration=given, ProcessingConfiguration=off, **_BIG).destination()
    assert shown["DataFormatConversionConfiguration"]["Enabled"] is True
    assert shown["ProcessingConfiguration"]["Enabled"] is False


@row(
    "conversion-default-buffer",
    "5",
    "A stream that converts and was given no hints buffers 128 MB or 300 seconds.",
    "probed",
)
def _(aws: Aws) -> None:
    assert aws.stream(**converting(_table(aws), BufferingHints=None)).destination()["BufferingHints"] == hints(128, 300)


@row("conversion-latest", "6.1", "A conversion that names no version follows the table: `LATEST`.", "documented")
def _(aws: Aws) -> None:
    shown = aws.stream(**converting(_table(aws))).destination()["DataFormatConversionConfiguration"]
    assert (shown["SchemaConfiguration"]["VersionId"], shown["SchemaConfiguration"]["RoleARN"]) == ("LATEST", ROLE)


@row(
    "partitioning-defaults",
    "3.1",
    "A stream that partitions retries for 300 seconds and buffers 128 MB or 300 seconds.",
    "probed",
)
def _(aws: Aws) -> None:
    shown = aws.stream(**partitioning(BufferingHints=None)).destination()
    assert shown["DynamicPartitioningConfiguration"] == {"Enabled": True, "RetryOptions": {"DurationInSeconds": 300}}
    assert shown["BufferingHints"] == hints(128, 300)


@row("backup-defaults", "5", "Backup buffers 5 MB or 300 seconds, uncompressed, by default.", "documented")
def _(aws: Aws) -> None:
    backup = s3("b", BufferingHints=None, ErrorOutputPrefix=None)
    shown = aws.stream(S3BackupMode="Enabled", S3BackupConfiguration=backup).destination()["S3BackupDescription"]
    assert (shown["BufferingHints"], shown["CompressionFormat"]) == (hints(5, 300), "UNCOMPRESSED")
