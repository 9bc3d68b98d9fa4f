"""Sections 2.1, 2.7, 3.1 and 5: transforms, backups, partitions and buffers that are refused."""

from tests.conformance.firehose_table.checks import refuses, takes
from tests.conformance.firehose_table.configurations import hints, partitioning, processing, processor, s3, transform

_KEY = "x=!{partitionKeyFromLambda:x}/"

# --- 2.1 transform --------------------------------------------------------------------------------

for _name, _value, _words in (
    ("BufferSizeInMBs", "0.1", "0.2 to 3"),
    ("BufferSizeInMBs", "3.1", "0.2 to 3"),
    ("BufferIntervalInSeconds", "901", "0 to 900"),
):
    _given = {"BufferSizeInMBs": "1", "BufferIntervalInSeconds": "60", _name: _value}
    refuses(
        f"transform-{_name}-{_value}", "2.1", f"A Lambda processor's {_name} is {_words}: {_value} is refused.",
        "documented", f"from {_words}, not '{_value}'", ProcessingConfiguration=transform(**_given),
    )  # fmt: skip
for _name in ("BufferSizeInMBs", "BufferIntervalInSeconds"):
    refuses(
        f"transform-only-{_name}", "2.1", f"A Lambda processor with {_name} alone is refused: both hints or neither.",
        "probed" if _name == "BufferIntervalInSeconds" else "inferred", "give both",
        ProcessingConfiguration=transform(**{_name: "1"}),
    )  # fmt: skip
refuses(
    "two-transforms", "2.1", "A stream has one Lambda processor at most.", "inferred",
    "at most one processor of type Lambda",
    ProcessingConfiguration=processing(*2 * transform()["Processors"]),
)  # fmt: skip
refuses(
    "transform-without-arn", "2.1", "A Lambda processor must name its function.", "documented", "LambdaArn",
    ProcessingConfiguration=processing(processor("Lambda", NumberOfRetries="3")),
)  # fmt: skip

refuses(
    "transform-arn", "2.1", "LambdaArn must be the ARN of a function.", "inferred", "LambdaArn must be the ARN",
    ProcessingConfiguration=processing(processor("Lambda", LambdaArn="scripted")),
)  # fmt: skip


# --- 2.7 backup -----------------------------------------------------------------------------------

refuses(
    "backup-without-place",
    "2.7",
    "Backup needs an S3BackupConfiguration.",
    "documented",
    "S3BackupConfiguration must be",
    S3BackupMode="Enabled",
)
refuses(
    "backup-mode-of-others", "2.7",
    "An S3 destination has no backup of failed records alone: that is other destinations'.",
    "documented", "satisfy enum value set: [Disabled, Enabled]", "ValidationException", S3BackupMode="FailedDataOnly",
)  # fmt: skip
refuses(
    "backup-interval", "5", "The backup's interval is 60 seconds at least.", "documented", "must be at least 60",
    S3BackupMode="Enabled", S3BackupConfiguration=s3("b", BufferingHints=hints(1, 59), ErrorOutputPrefix=None),
)  # fmt: skip
refuses(
    "backup-role", "2.7", "The backup's configuration has a role and a bucket.", "documented", "roleARN",
    "ValidationException",
    S3BackupMode="Enabled", S3BackupConfiguration=s3("b", RoleARN=None),
)  # fmt: skip


# --- 3.1 dynamic partitioning ---------------------------------------------------------------------

refuses(
    "partitioning-buffer", "3.1", "A stream that partitions buffers 64 MB at least; the refusal's words are known.",
    "probed",
    "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled.",
    **partitioning(BufferingHints=hints(63, 60)),
)  # fmt: skip
refuses(
    "partitioning-interval", "3.1",
    "A stream that partitions buffers 60 seconds at least; the refusal's words are known.", "probed",
    "BufferingHints.IntervalInSeconds must be at least 60 seconds when Dynamic Partitioning is enabled.",
    **partitioning(BufferingHints=hints(64, 59)),
)  # fmt: skip
refuses(
    "partitioning-zero-buffer", "3.1", "A stream that partitions cannot do without buffering.", "documented",
    "must be at least 60 seconds", **partitioning(BufferingHints=hints(64, 0)),
)  # fmt: skip
refuses(
    "partitioning-without-keys", "3.1", "Dynamic partitioning needs a processor that makes its keys.", "documented",
    "Lambda or MetadataExtraction", **partitioning(ProcessingConfiguration=None),
)  # fmt: skip
refuses(
    "partitioning-disabled-processing", "3.1", "A processor of a ProcessingConfiguration that is off makes no keys.",
    "inferred",
    "Lambda or MetadataExtraction", **partitioning(ProcessingConfiguration={**transform(), "Enabled": False}),
)  # fmt: skip
refuses(
    "partitioning-prefix", "3.1", "Dynamic partitioning needs a Prefix with its keys.", "documented",
    "Prefix must contain",
    **partitioning(Prefix="data/!{timestamp:yyyy}/"),
)  # fmt: skip
refuses(
    "partitioning-no-prefix",
    "3.1",
    "Dynamic partitioning needs a Prefix.",
    "documented",
    "Prefix",
    **partitioning(Prefix=None),
)
refuses(
    "partitioning-error-prefix", "3.1", "Dynamic partitioning needs an ErrorOutputPrefix.", "documented",
    "ErrorOutputPrefix",
    **partitioning(ErrorOutputPrefix=None),
)  # fmt: skip
refuses(
    "partitioning-retry", "3.1", "A stream that partitions retries for 7,200 seconds at most.", "documented",
    "less than or equal to 7200", "ValidationException",
    **partitioning(DynamicPartitioningConfiguration={"Enabled": True, "RetryOptions": {"DurationInSeconds": 7201}}),
)  # fmt: skip
refuses(
    "keys-without-partitioning", "4.3", "A Prefix has partition keys only where dynamic partitioning is on.",
    "documented",
    "Dynamic Partitioning is not enabled", Prefix=_KEY,
)  # fmt: skip


# --- 5 buffering ----------------------------------------------------------------------------------

for _size, _bound in ((0, "greater than or equal to 1"), (129, "less than or equal to 128")):
    refuses(
        f"buffer-{_size}",
        "5",
        f"SizeInMBs is 1 to 128: {_size} is refused.",
        "documented",
        _bound,
        "ValidationException",
        BufferingHints=hints(_size, 60),
    )
refuses(
    "interval-901",
    "5",
    "IntervalInSeconds is 0 to 900: 901 is refused.",
    "documented",
    "less than or equal to 900",
    "ValidationException",
    BufferingHints=hints(1, 901),
)
takes(
    "largest-buffer",
    "5",
    "A buffer of 128 MB and 900 seconds is taken.",
    "documented",
    "BufferingHints",
    BufferingHints=hints(128, 900),
)
refuses(
    "only-size",
    "5",
    "Hints of a buffer are given both or not at all: SizeInMBs alone is refused.",
    "documented",
    "BufferingHints",
    BufferingHints={"SizeInMBs": 5},
)
refuses(
    "only-interval",
    "5",
    "Hints of a buffer are given both or not at all: IntervalInSeconds alone is refused.",
    "documented",
    "BufferingHints",
    BufferingHints={"IntervalInSeconds": 60},
)
