"""Sections 2.1, 3.1, 4.3, 5 and 6.1: configurations that Firehose refuses when a stream is created."""

from typing import Any

from firehose_table.aws import Aws
from firehose_table.configurations import (
    ERRORS,
    ROLE,
    conversion,
    converting,
    hints,
    partitioning,
    processing,
    processor,
    s3,
    transform,
)
from firehose_table.row import Confidence, row

_KEY = "x=!{partitionKeyFromLambda:x}/"
_INVALID = "InvalidArgumentException"


def _refused(
    row_id: str, section: str, statement: str, confidence: Confidence, words: str, code: str = _INVALID, **members: Any
) -> None:
    """A destination with these members is refused with these words."""

    @row(row_id, section, statement, confidence)
    def _(aws: Aws) -> None:
        given = {name: value(aws) if callable(value) else value for name, value in members.items()}
        name = aws.name()
        seen = aws.refused(
            "CreateDeliveryStream", DeliveryStreamName=name, ExtendedS3DestinationConfiguration=s3(name, **given)
        )
        assert (seen[0], words in seen[1]) == (code, True), seen


def _taken(row_id: str, section: str, statement: str, confidence: Confidence, member: str, **members: Any) -> None:
    """A destination with these members is taken, and `member` is shown as it was given."""

    @row(row_id, section, statement, confidence)
    def _(aws: Aws) -> None:
        given = {name: value(aws) if callable(value) else value for name, value in members.items()}
        assert aws.stream(**given).destination()[member] == given[member]


# --- 2.1 transform ------------------------------------------------------------------------------------------------------

for _name, _value, _words in (
    ("BufferSizeInMBs", "0.1", "0.2 to 3"),
    ("BufferSizeInMBs", "3.1", "0.2 to 3"),
    ("BufferIntervalInSeconds", "901", "0 to 900"),
):
    _given = {"BufferSizeInMBs": "1", "BufferIntervalInSeconds": "60", _name: _value}
    _refused(
        f"transform-{_name}-{_value}", "2.1", f"A Lambda processor's {_name} is {_words}: {_value} is refused.",
        "documented", f"from {_words}, not '{_value}'", ProcessingConfiguration=transform(**_given),
    )  # fmt: skip
for _name in ("BufferSizeInMBs", "BufferIntervalInSeconds"):
    _refused(
        f"transform-only-{_name}", "2.1", f"A Lambda processor with {_name} alone is refused: both hints or neither.",
        "probed" if _name == "BufferIntervalInSeconds" else "inferred", "give both", ProcessingConfiguration=transform(**{_name: "1"}),
    )  # fmt: skip
_refused(
    "two-transforms", "2.1", "A stream has one Lambda processor at most.", "inferred", "at most one processor of type Lambda",
    ProcessingConfiguration=processing(*2 * transform()["Processors"]),
)  # fmt: skip
_refused(
    "transform-without-arn", "2.1", "A Lambda processor must name its function.", "documented", "LambdaArn",
    ProcessingConfiguration=processing(processor("Lambda", NumberOfRetries="3")),
)  # fmt: skip


# --- 2.7 backup ---------------------------------------------------------------------------------------------------------

_refused(
    "backup-without-place",
    "2.7",
    "Backup needs an S3BackupConfiguration.",
    "documented",
    "S3BackupConfiguration must be",
    S3BackupMode="Enabled",
)
_refused(
    "backup-mode-of-others", "2.7", "An S3 destination has no backup of failed records alone: that is other destinations'.",
    "documented", "satisfy enum value set: [Disabled, Enabled]", "ValidationException", S3BackupMode="FailedDataOnly",
)  # fmt: skip
_refused(
    "backup-interval", "5", "The backup's interval is 60 seconds at least.", "documented", "must be at least 60",
    S3BackupMode="Enabled", S3BackupConfiguration=s3("b", BufferingHints=hints(1, 59), ErrorOutputPrefix=None),
)  # fmt: skip
_refused(
    "backup-role", "2.7", "The backup's configuration has a role and a bucket.", "documented", "roleARN", "ValidationException",
    S3BackupMode="Enabled", S3BackupConfiguration=s3("b", RoleARN=None),
)  # fmt: skip


# --- 3.1 dynamic partitioning -------------------------------------------------------------------------------------------

_refused(
    "partitioning-buffer", "3.1", "A stream that partitions buffers 64 MB at least; the refusal's words are known.", "probed",
    "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled.", **partitioning(BufferingHints=hints(63, 60)),
)  # fmt: skip
_refused(
    "partitioning-interval", "3.1", "A stream that partitions buffers 60 seconds at least; the refusal's words are known.", "probed",
    "BufferingHints.IntervalInSeconds must be at least 60 seconds when Dynamic Partitioning is enabled.",
    **partitioning(BufferingHints=hints(64, 59)),
)  # fmt: skip
_refused(
    "partitioning-zero-buffer", "3.1", "A stream that partitions cannot do without buffering.", "documented",
    "must be at least 60 seconds", **partitioning(BufferingHints=hints(64, 0)),
)  # fmt: skip
_refused(
    "partitioning-without-keys", "3.1", "Dynamic partitioning needs a processor that makes its keys.", "documented",
    "Lambda or MetadataExtraction", **partitioning(ProcessingConfiguration=None),
)  # fmt: skip
_refused(
    "partitioning-disabled-processing", "3.1", "A processor of a ProcessingConfiguration that is off makes no keys.", "inferred",
    "Lambda or MetadataExtraction", **partitioning(ProcessingConfiguration={**transform(), "Enabled": False}),
)  # fmt: skip
_refused(
    "partitioning-prefix", "3.1", "Dynamic partitioning needs a Prefix with its keys.", "documented", "Prefix must contain",
    **partitioning(Prefix="data/!{timestamp:yyyy}/"),
)  # fmt: skip
_refused(
    "partitioning-no-prefix",
    "3.1",
    "Dynamic partitioning needs a Prefix.",
    "documented",
    "Prefix",
    **partitioning(Prefix=None),
)
_refused(
    "partitioning-error-prefix", "3.1", "Dynamic partitioning needs an ErrorOutputPrefix.", "documented", "ErrorOutputPrefix",
    **partitioning(ErrorOutputPrefix=None),
)  # fmt: skip
_refused(
    "partitioning-retry", "3.1", "A stream that partitions retries for 7,200 seconds at most.", "documented",
    "less than or equal to 7200", "ValidationException",
    **partitioning(DynamicPartitioningConfiguration={"Enabled": True, "RetryOptions": {"DurationInSeconds": 7201}}),
)  # fmt: skip
_refused(
    "keys-without-partitioning", "4.3", "A Prefix has partition keys only where dynamic partitioning is on.", "documented",
    "Dynamic Partitioning is not enabled", Prefix=_KEY,
)  # fmt: skip


# --- 4 keys -------------------------------------------------------------------------------------------------------------

_refused(
    "expressions-without-error-prefix", "4.3", "A Prefix with expressions needs an ErrorOutputPrefix.", "documented",
    "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions", Prefix="!{timestamp:yyyy}/", ErrorOutputPrefix=None,
)  # fmt: skip
_refused(
    "error-prefix-without-type", "4.3", "An ErrorOutputPrefix with expressions has `!{firehose:error-output-type}` among them.",
    "documented", "error-output-type", ErrorOutputPrefix="!{timestamp:yyyy}/",
)  # fmt: skip
_refused(
    "type-in-prefix", "4.3", "`!{firehose:error-output-type}` does not stand in Prefix.", "documented", "error-output-type",
    Prefix="!{firehose:error-output-type}/",
)  # fmt: skip
_refused(
    "keys-in-error-prefix", "4.3", "Partition keys do not stand in ErrorOutputPrefix.", "documented", "partition keys",
    **partitioning(ErrorOutputPrefix=ERRORS + _KEY),
)  # fmt: skip
_refused(
    "unclosed",
    "4.3",
    "`!{` begins an expression, and that ends with `}`.",
    "documented",
    "Prefix is invalid",
    Prefix="!{timestamp:yyyy/",
)
_refused(
    "unknown-namespace",
    "4.2",
    "An expression's namespace is one of four.",
    "documented",
    "clock",
    Prefix="!{clock:yyyy}/",
)
_refused(
    "unknown-firehose",
    "4.2",
    "`firehose:` knows random-string and error-output-type.",
    "documented",
    "firehose:x",
    Prefix="!{firehose:x}/",
)
_refused(
    "no-argument",
    "4.2",
    "An expression has something behind its colon.",
    "inferred",
    "Prefix is invalid",
    Prefix="!{timestamp:}/",
)
_refused(
    "bad-letter",
    "4.2",
    "A pattern has letters that Java's DateTimeFormatter knows.",
    "documented",
    "pattern letter",
    Prefix="!{timestamp:yyyyRR}/",
)
_refused(
    "too-many-letters",
    "4.2",
    "DateTimeFormatter refuses three letters for a day of the month.",
    "documented",
    "Too many pattern letters",
    Prefix="!{timestamp:ddd}/",
)
_refused(
    "open-quote",
    "4.2",
    "DateTimeFormatter refuses a quote that does not end.",
    "documented",
    "pattern",
    Prefix="!{timestamp:yyyy'x}/",
)
_refused(
    "bad-error-pattern",
    "4.2",
    "The patterns of ErrorOutputPrefix are held to the same rules.",
    "inferred",
    "ErrorOutputPrefix is invalid",
    ErrorOutputPrefix=ERRORS + "!{timestamp:yyyyRR}/",
)
_refused(
    "long-prefix",
    "4.3",
    "A Prefix has 1,024 characters at most.",
    "documented",
    "less than or equal to 1024",
    "ValidationException",
    Prefix=1025 * "x",
)
_taken("longest-prefix", "4.3", "A Prefix of 1,024 characters is taken.", "documented", "Prefix", Prefix=1024 * "x")
_refused(
    "zone-name",
    "4.2",
    "CustomTimeZone is a region of the IANA database.",
    "documented",
    "Mars/Olympus",
    CustomTimeZone="Mars/Olympus",
)
_refused(
    "zone-pattern",
    "4.2",
    "CustomTimeZone has letters, `/` and `_` alone: `Etc/GMT+3` cannot be given.",
    "documented",
    "regular expression pattern",
    "ValidationException",
    CustomTimeZone="Etc/GMT+3",
)
_refused(
    "zone-length",
    "4.2",
    "CustomTimeZone has 50 characters at most.",
    "documented",
    "less than or equal to 50",
    "ValidationException",
    CustomTimeZone=51 * "x",
)
_refused(
    "extension-pattern",
    "4.1",
    "FileExtension begins with a dot and is in lower case.",
    "documented",
    "regular expression pattern",
    "ValidationException",
    FileExtension="TXT",
)
_refused(
    "extension-length",
    "4.1",
    "FileExtension has 128 characters at most.",
    "documented",
    "less than or equal to 128",
    "ValidationException",
    FileExtension="." + 128 * "x",
)
_refused(
    "compression-case",
    "4.1",
    "CompressionFormat is case-sensitive: `SNAPPY` is refused.",
    "probed",
    "[UNCOMPRESSED, GZIP, ZIP, Snappy, HADOOP_SNAPPY]",
    "ValidationException",
    CompressionFormat="SNAPPY",
)


# --- 5 buffering --------------------------------------------------------------------------------------------------------

for _size, _bound in ((0, "greater than or equal to 1"), (129, "less than or equal to 128")):
    _refused(
        f"buffer-{_size}",
        "5",
        f"SizeInMBs is 1 to 128: {_size} is refused.",
        "documented",
        _bound,
        "ValidationException",
        BufferingHints=hints(_size, 60),
    )
_refused(
    "interval-901",
    "5",
    "IntervalInSeconds is 0 to 900: 901 is refused.",
    "documented",
    "less than or equal to 900",
    "ValidationException",
    BufferingHints=hints(1, 901),
)
_taken(
    "largest-buffer",
    "5",
    "A buffer of 128 MB and 900 seconds is taken.",
    "documented",
    "BufferingHints",
    BufferingHints=hints(128, 900),
)
_refused(
    "only-size",
    "5",
    "Hints of a buffer are given both or not at all: SizeInMBs alone is refused.",
    "documented",
    "BufferingHints",
    BufferingHints={"SizeInMBs": 5},
)
_refused(
    "only-interval",
    "5",
    "Hints of a buffer are given both or not at all: IntervalInSeconds alone is refused.",
    "documented",
    "BufferingHints",
    BufferingHints={"IntervalInSeconds": 60},
)


# --- 6.1 conversion -----------------------------------------------------------------------------------------------------


def _table(aws: Aws) -> str:
    return aws.shared("refused-table", lambda own: own.table({"a": "int"}))


def _conversion(**members: Any) -> Any:
    return lambda aws: conversion(_table(aws), **members)


def _without(member: str) -> Any:
    return lambda aws: {name: value for name, value in conversion(_table(aws)).items() if name != member}


def _parquet(**options: Any) -> Any:
    return _conversion(OutputFormatConfiguration={"Serializer": {"ParquetSerDe": options}})


def _schema(**members: Any) -> Any:
    return lambda aws: conversion(_table(aws), SchemaConfiguration={
        name: value for name, value in (conversion(_table(aws))["SchemaConfiguration"] | members).items() if value is not None
    })  # fmt: skip


_BIG = {"BufferingHints": hints(64, 60)}
_refused(
    "conversion-buffer", "5", "A stream that converts buffers 64 MB at least; the refusal's words are known.", "probed",
    "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled.",
    BufferingHints=hints(63, 60), DataFormatConversionConfiguration=_conversion(),
)  # fmt: skip
_taken(
    "conversion-interval", "5", "A stream that converts may have an interval under 60 seconds.", "inferred", "BufferingHints",
    BufferingHints=hints(64, 5), DataFormatConversionConfiguration=_conversion(),
)  # fmt: skip
_refused(
    "conversion-compression", "6.1", "A stream that converts has no CompressionFormat but UNCOMPRESSED.", "documented",
    "CompressionFormat must be UNCOMPRESSED", CompressionFormat="GZIP", DataFormatConversionConfiguration=_conversion(), **_BIG,
)  # fmt: skip
_refused(
    "conversion-order", "6.1", "Of several faults of a conversion, CompressionFormat is told first, then the buffer.", "probed",
    "CompressionFormat", CompressionFormat="GZIP", BufferingHints=hints(1, 60),
    DataFormatConversionConfiguration=_without("SchemaConfiguration"),
)  # fmt: skip
_refused(
    "conversion-order-buffer", "6.1", "The buffer is told before what is missing.", "probed", "SizeInMBs",
    BufferingHints=hints(1, 60), DataFormatConversionConfiguration=_without("SchemaConfiguration"),
)  # fmt: skip
for _member in ("InputFormatConfiguration", "OutputFormatConfiguration", "SchemaConfiguration"):
    _refused(
        f"conversion-without-{_member}", "6.1", f"A conversion has a {_member}.", "documented", _member,
        DataFormatConversionConfiguration=_without(_member), **_BIG,
    )  # fmt: skip
_refused(
    "two-deserializers", "6.1", "A conversion has one deserializer.", "documented", "Deserializer", **_BIG,
    DataFormatConversionConfiguration=_conversion(
        InputFormatConfiguration={"Deserializer": {"OpenXJsonSerDe": {}, "HiveJsonSerDe": {}}}
    ),
)  # fmt: skip
_refused(
    "two-serializers", "6.1", "A conversion has one serializer.", "documented", "Serializer", **_BIG,
    DataFormatConversionConfiguration=_conversion(OutputFormatConfiguration={"Serializer": {"ParquetSerDe": {}, "OrcSerDe": {}}}),
)  # fmt: skip
_refused(
    "no-deserializer", "6.1", "A conversion without a deserializer is refused.", "documented", "Deserializer", **_BIG,
    DataFormatConversionConfiguration=_conversion(InputFormatConfiguration={"Deserializer": {}}),
)  # fmt: skip
_refused(
    "no-table", "6.1", "A conversion names a database and a table.", "documented", "TableName", **_BIG,
    DataFormatConversionConfiguration=_schema(TableName=None),
)  # fmt: skip
for _member in ("DatabaseName", "TableName"):
    _refused(
        f"absent-{_member}", "6.1", f"The table is looked up when the stream is created: an absent {_member} is refused in Glue's words.",
        "probed", "EntityNotFoundException", DataFormatConversionConfiguration=_schema(**{_member: "nothing"}), **_BIG,
    )  # fmt: skip
for _option, _low in (("BlockSizeBytes", 67_108_864), ("PageSizeBytes", 65_536), ("MaxPaddingBytes", 0)):
    _refused(
        f"parquet-{_option}", "6.1", f"ParquetSerDe's {_option} is {_low:,} at least.", "documented", f"greater than or equal to {_low}",
        "ValidationException", DataFormatConversionConfiguration=_parquet(**{_option: _low - 1}), **_BIG,
    )  # fmt: skip
_refused(
    "parquet-compression", "6.1", "ParquetSerDe compresses by SNAPPY, GZIP, or not at all.", "documented", "[UNCOMPRESSED, GZIP, SNAPPY]",
    "ValidationException", DataFormatConversionConfiguration=_parquet(Compression="ZSTD"), **_BIG,
)  # fmt: skip


@row(
    "conversion-enabled",
    "6.1",
    "`Enabled` left out of a conversion means true, and of a ProcessingConfiguration false.",
    "probed",
)
def _(aws: Aws) -> None:
    given = {name: value for name, value in conversion(_table(aws)).items() if name != "Enabled"}
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


@row("backup-defaults", "5", "Backup buffers 5 MB or 300 seconds, uncompressed, when nothing is said.", "documented")
def _(aws: Aws) -> None:
    backup = s3("b", BufferingHints=None, ErrorOutputPrefix=None)
    shown = aws.stream(S3BackupMode="Enabled", S3BackupConfiguration=backup).destination()["S3BackupDescription"]
    assert (shown["BufferingHints"], shown["CompressionFormat"]) == (hints(5, 300), "UNCOMPRESSED")
