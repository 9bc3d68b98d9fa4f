"""Section 9.1: what a stream is made of."""

from typing import Any

from tests.conformance.firehose_table.aws import Aws
from tests.conformance.firehose_table.checks import creation
from tests.conformance.firehose_table.configurations import processing, processor, s3, transform
from tests.conformance.firehose_table.row import row


@row("two-destinations", "9.1", "A stream has exactly one destination.", "documented")
def _(aws: Aws) -> None:
    assert aws.refused("CreateDeliveryStream", **creation(aws, S3DestinationConfiguration=s3("b"))) == (
        "InvalidArgumentException",
        "Exactly one destination configuration is supported for a Firehose",
    )


@row("no-destination", "9.1", "A stream without a destination is refused.", "documented")
def _(aws: Aws) -> None:
    code, message = aws.refused("CreateDeliveryStream", DeliveryStreamName=aws.name())
    assert (code, message.startswith("Exactly one destination")) == ("InvalidArgumentException", True)


@row(
    "kinesis-source", "1.3", "A stream may read from a Kinesis data stream, and then refuses puts.", "documented",
    here="Such a stream is refused at create: only DirectPut is served.",
)  # fmt: skip
def _(aws: Aws) -> None:
    code, message = aws.refused("CreateDeliveryStream", **creation(aws, DeliveryStreamType="KinesisStreamAsSource"))
    assert code == "InvalidArgumentException"
    assert "KinesisStreamAsSource is not available in this local Firehose; use DirectPut" in message


@row(
    "other-destinations", "9.1", "Firehose delivers to Splunk, OpenSearch, Redshift, Snowflake, Iceberg and HTTP, too.",
    "documented",
    here="Such a stream is refused at create: only S3 is served.",
)  # fmt: skip
def _(aws: Aws) -> None:
    splunk = {"HECEndpoint": "http://x", "HECEndpointType": "Raw", "S3Configuration": s3("b")}
    code, message = aws.refused(
        "CreateDeliveryStream", DeliveryStreamName=aws.name(), SplunkDestinationConfiguration=splunk
    )
    assert code == "InvalidArgumentException"
    assert "SplunkDestinationConfiguration is not available in this local Firehose" in message


def _missing(member: str) -> None:
    @row(f"without-{member}", "9.1", f"A destination must have a `{member}`.", "documented")
    def _(aws: Aws) -> None:
        code, message = aws.refused(
            "CreateDeliveryStream", DeliveryStreamName="x", ExtendedS3DestinationConfiguration=s3("b", **{member: None})
        )
        path = f"extendedS3DestinationConfiguration.{member[0].lower()}{member[1:]}"
        assert (code, f"Value null at '{path}' failed" in message) == ("ValidationException", True)


_missing("RoleARN")
_missing("BucketARN")


def _invalid(row_id: str, section: str, statement: str, words: str, **members: Any) -> None:
    @row(row_id, section, statement, "documented")
    def _(aws: Aws) -> None:
        code, message = aws.refused(
            "CreateDeliveryStream", **creation(aws, ExtendedS3DestinationConfiguration=s3("b", **members))
        )
        assert (code, words in message) == ("ValidationException", True), message


_invalid(
    "bucket-is-an-arn",
    "9.1",
    "BucketARN must be an ARN of S3.",
    "satisfy regular expression pattern: arn:.*:s3:::",
    BucketARN="b",
)
_invalid(
    "parameter-not-empty", "9.1", "A processor's parameter is not empty.", "Member must",
    ProcessingConfiguration=transform(NumberOfRetries=""),
)  # fmt: skip
_invalid(
    "parameter-length", "9.1", "A processor's parameter has 5,120 characters at most.", "less than or equal to 5120",
    ProcessingConfiguration=transform(RoleArn=5121 * "x"),
)  # fmt: skip
_invalid(
    "parameter-name", "9.1", "A processor's parameters have AWS's names.", "satisfy enum value set: [LambdaArn, ",
    ProcessingConfiguration=transform(Nothing="x"),
)  # fmt: skip
_invalid(
    "processor-type", "9.1", "A processor is of a type that AWS knows.",
    "satisfy enum value set: [RecordDeAggregation, ",
    ProcessingConfiguration=processing(processor("Nothing")),
)  # fmt: skip


@row(
    "decompression", "9.1", "Processors of type Decompression and CloudWatchLogProcessing unpack logs of CloudWatch.",
    "documented",
    here="Refused at create and update.",
)  # fmt: skip
def _(aws: Aws) -> None:
    for kind in ("Decompression", "CloudWatchLogProcessing"):
        configuration = s3("b", ProcessingConfiguration=processing(processor(kind)))
        code, message = aws.refused(
            "CreateDeliveryStream", **creation(aws, ExtendedS3DestinationConfiguration=configuration)
        )
        assert (code, f"Processor type {kind} is not available" in message) == ("InvalidArgumentException", True)
