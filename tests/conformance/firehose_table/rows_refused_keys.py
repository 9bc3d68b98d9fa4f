"""Section 4: prefixes, zones, extensions and compressions that are refused."""

from tests.conformance.firehose_table.aws import Aws
from tests.conformance.firehose_table.checks import refuses, takes
from tests.conformance.firehose_table.configurations import ERRORS, partitioning, s3
from tests.conformance.firehose_table.row import row

_KEY = "x=!{partitionKeyFromLambda:x}/"


refuses(
    "expressions-without-error-prefix", "4.3", "A Prefix with expressions needs an ErrorOutputPrefix.", "documented",
    "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions", Prefix="!{timestamp:yyyy}/",
    ErrorOutputPrefix=None,
)  # fmt: skip
refuses(
    "error-prefix-without-type", "4.3",
    "An ErrorOutputPrefix with expressions has `!{firehose:error-output-type}` among them.",
    "documented", "error-output-type", ErrorOutputPrefix="!{timestamp:yyyy}/",
)  # fmt: skip
refuses(
    "type-in-prefix", "4.3", "`!{firehose:error-output-type}` does not stand in Prefix.", "documented",
    "error-output-type",
    Prefix="!{firehose:error-output-type}/",
)  # fmt: skip
refuses(
    "keys-in-error-prefix", "4.3", "Partition keys do not stand in ErrorOutputPrefix.", "documented", "partition keys",
    **partitioning(ErrorOutputPrefix=ERRORS + _KEY),
)  # fmt: skip
refuses(
    "unclosed",
    "4.3",
    "`!{` begins an expression, and that ends with `}`.",
    "documented",
    "Prefix is invalid",
    Prefix="!{timestamp:yyyy/",
)
refuses(
    "unknown-namespace",
    "4.2",
    "An expression's namespace is one of four.",
    "documented",
    "clock",
    Prefix="!{clock:yyyy}/",
)
refuses(
    "unknown-firehose",
    "4.2",
    "`firehose:` knows random-string and error-output-type.",
    "documented",
    "firehose:x",
    Prefix="!{firehose:x}/",
)
refuses(
    "no-argument",
    "4.2",
    "An expression has something after its colon.",
    "inferred",
    "Prefix is invalid",
    Prefix="!{timestamp:}/",
)
refuses(
    "bad-letter",
    "4.2",
    "A pattern has letters that Java's DateTimeFormatter knows.",
    "documented",
    "pattern letter",
    Prefix="!{timestamp:yyyyRR}/",
)
refuses(
    "too-many-letters",
    "4.2",
    "DateTimeFormatter refuses three letters for a day of the month.",
    "documented",
    "Too many pattern letters",
    Prefix="!{timestamp:ddd}/",
)
refuses(
    "open-quote",
    "4.2",
    "DateTimeFormatter refuses a quote that does not end.",
    "documented",
    "incomplete string literal",
    Prefix="!{timestamp:yyyy'x}/",
)
refuses(
    "bad-error-pattern",
    "4.2",
    "The patterns of ErrorOutputPrefix are held to the same rules.",
    "inferred",
    "ErrorOutputPrefix is invalid",
    ErrorOutputPrefix=ERRORS + "!{timestamp:yyyyRR}/",
)
refuses(
    "long-prefix",
    "4.3",
    "A Prefix has 1,024 characters at most.",
    "documented",
    "less than or equal to 1024",
    "ValidationException",
    Prefix=1025 * "x",
)
takes(
    "longest-prefix", "4.3", "A Prefix of 1,024 characters is taken.", "documented", "Prefix",
    Prefix=60 * "!{timestamp:yyyy}" + "xxxx",
)  # fmt: skip
refuses(
    "evaluated-length", "4.3", "A prefix has 512 characters at most once it is evaluated.", "documented",
    "may have 512",
    Prefix=513 * "x",
)  # fmt: skip
refuses(
    "zone-name",
    "4.2",
    "CustomTimeZone is a region of the IANA database.",
    "documented",
    "Mars/Olympus",
    CustomTimeZone="Mars/Olympus",
)
refuses(
    "zone-pattern",
    "4.2",
    "CustomTimeZone has letters, `/` and `_` alone: `Etc/GMT+3` cannot be given.",
    "documented",
    "regular expression pattern",
    "ValidationException",
    CustomTimeZone="Etc/GMT+3",
)
refuses(
    "zone-length",
    "4.2",
    "CustomTimeZone has 50 characters at most.",
    "documented",
    "less than or equal to 50",
    "ValidationException",
    CustomTimeZone=51 * "x",
)
refuses(
    "extension-pattern",
    "4.1",
    "FileExtension begins with a dot and is in lower case.",
    "documented",
    "regular expression pattern",
    "ValidationException",
    FileExtension="TXT",
)
refuses(
    "extension-length",
    "4.1",
    "FileExtension has 128 characters at most.",
    "documented",
    "less than or equal to 128",
    "ValidationException",
    FileExtension="." + 128 * "x",
)
refuses(
    "compression-case",
    "4.1",
    "CompressionFormat is case-sensitive: `SNAPPY` is refused.",
    "probed",
    "[UNCOMPRESSED, GZIP, ZIP, Snappy, HADOOP_SNAPPY]",
    "ValidationException",
    CompressionFormat="SNAPPY",
)


@row("zone-names", "4.2", "`zzzz` in a pattern is the full name of the time zone.", "documented", here="Refused.")
def _(aws: Aws) -> None:
    destination = s3("b", Prefix="!{timestamp:zzzz}/")
    code, message = aws.refused(
        "CreateDeliveryStream", DeliveryStreamName="x", ExtendedS3DestinationConfiguration=destination
    )
    assert (code, "Prefix is invalid" in message) == ("InvalidArgumentException", True), message
