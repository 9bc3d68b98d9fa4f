"""Streams and puts that Firehose refuses, and the words in which it does."""

from typing import Any

import pytest

from local.firehose.service import Firehose
from local.protocol import AwsError
from tests.local.firehose.fakes import Neighbours, b64
from tests.local.firehose.rules import check_configuration
from tests.local.firehose.streams import (
    ERRORS,
    FUNCTION,
    ROLE,
    create_request,
    hints,
    parquet,
    partitioned,
    processing,
    s3,
    transform,
)

KINESIS = "arn:aws:kinesis:us-east-1:000000000000:stream/x"
HTTP = {"EndpointConfiguration": {"Url": "https://x"}, "S3Configuration": s3()}
KEYED = "x=!{partitionKeyFromLambda:x}/"
LARGE = {"BufferingHints": hints(64, 60)}


def processor(kind: str, **parameters: str) -> dict[str, Any]:
    return processing(**{kind: parameters})


def without(block: dict[str, Any], member: str) -> dict[str, Any]:
    return {name: value for name, value in block.items() if name != member}


def update_request(name: str, update: dict[str, Any]) -> dict[str, Any]:
    return {
        "DeliveryStreamName": name,
        "CurrentDeliveryStreamVersionId": "1",
        "DestinationId": "destinationId-000000000001",
        "ExtendedS3DestinationUpdate": update,
    }


def queried(query: str, prefix: str, **parameters: str) -> dict[str, Any]:
    """Partitions by a jq query."""
    given = {"MetadataExtractionQuery": query, "JsonParsingEngine": "JQ-1.6", **parameters}
    members = without(partitioned(), "DataFormatConversionConfiguration")
    return members | {"Prefix": prefix, "ProcessingConfiguration": processor("MetadataExtraction", **given)}


def cut(**parameters: str) -> dict[str, Any]:
    """Partitions by the transform, with de-aggregation."""
    added = processing(RecordDeAggregation=parameters)["Processors"]
    given = partitioned()
    processors = [*given["ProcessingConfiguration"]["Processors"], *added]
    return given | {"ProcessingConfiguration": {"Enabled": True, "Processors": processors}}


A = "a=!{partitionKeyFromQuery:a}/"
MANY = ", ".join(f"k{number}: .k{number}" for number in range(51))
QUERIES_REFUSED: list[tuple[dict[str, Any], str]] = [
    (queried("{a: .a", A), "MetadataExtractionQuery is invalid: jq: error: syntax error"),
    (queried("{a: nothing(.a)}", A), "nothing/1 is not defined"),
    (queried("{a: .a | trim}", A), "jq 1.6 has no trim"),
    (queried("{a: [.a] | add(.[])}", A), "jq 1.6 has no add(f)"),
    (queried(".a", A), "it must be one object: {key: expression, ...}"),
    (queried("{a: .a} | {b: .c}", A), "it must be one object"),
    (queried("{}", A), "each of its keys must be a name of its own followed by a colon"),
    (queried("{(.a): .b}", A), "each of its keys must be a name"),
    (queried("{a: .a, a: .b}", A), "each of its keys must be a name of its own"),
    (queried(f"{{{MANY}}}", A), "it has 51 keys and may have 50"),
    (queried("{a: .a, b: .b}", A), "Prefix must contain every key of MetadataExtractionQuery; it lacks b."),
    (queried("{b: .b}", A), "partition keys that MetadataExtractionQuery does not make: a."),
    (queried("{a: .a}", A, JsonParsingEngine="JQ-1.7"), "JsonParsingEngine must be JQ-1.6"),
    (queried("{a: .a}", KEYED), "!{partitionKeyFromLambda:x}, which needs a processor of type Lambda"),
    (partitioned() | {"Prefix": A}, "!{partitionKeyFromQuery:a}, which needs a processor of type MetadataExtraction"),
    (
        s3(ProcessingConfiguration=processor("MetadataExtraction", MetadataExtractionQuery="{}")),
        "JsonParsingEngine must be JQ-1.6",
    ),
    (
        s3(ProcessingConfiguration=processor("MetadataExtraction", JsonParsingEngine="JQ-1.6")),
        "must have the parameter MetadataExtractionQuery",
    ),
    (
        queried("{a: .a}", "x/") | {"DynamicPartitioningConfiguration": {}},
        "MetadataExtraction can only be used when Dynamic Partitioning is enabled",
    ),
]
CUTS_REFUSED: list[tuple[dict[str, Any], str]] = [
    (cut(), "SubRecordType must be one of JSON, DELIMITED"),
    (cut(SubRecordType="json"), "SubRecordType must be one of JSON, DELIMITED"),
    (cut(SubRecordType="DELIMITED"), "needs a Delimiter in base64"),
    (cut(SubRecordType="DELIMITED", Delimiter="####"), "needs a Delimiter in base64"),
    (
        s3(ProcessingConfiguration=processor("RecordDeAggregation", SubRecordType="JSON")),
        "RecordDeAggregation can only be used when Dynamic Partitioning is enabled",
    ),
]


TWICE = {"Type": "Lambda", "Parameters": 2 * [{"ParameterName": "LambdaArn", "ParameterValue": FUNCTION}]}
REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        partitioned() | {"BufferingHints": hints(1, 60)},
        "SizeInMBs must be at least 64 when data format conversion is en",
    ),
    (
        without(partitioned(), "DataFormatConversionConfiguration") | {"BufferingHints": hints(1, 60)},
        "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled.",
    ),
    (
        partitioned() | {"BufferingHints": hints(64, 30)},
        "BufferingHints.IntervalInSeconds must be at least 60 seconds when Dynamic Partitioning is enabled.",
    ),
    (partitioned() | {"Prefix": "x/!{timestamp:yyyy}/"}, "Prefix must contain partition keys"),
    (without(partitioned(), "ProcessingConfiguration"), "needs a processor of type Lambda or MetadataExtraction"),
    (s3(CompressionFormat="GZIP", DataFormatConversionConfiguration=parquet(), **LARGE), "must be UNCOMPRESSED"),
    (s3(CompressionFormat="SNAPPY"), "satisfy enum value set: [UNCOMPRESSED, GZIP, ZIP, Snappy, HADOOP_SNAPPY]"),
    (s3(BufferingHints={"SizeInMBs": 5}), "give both SizeInMBs and IntervalInSeconds"),
    (
        s3(BufferingHints=hints(129, 60)),
        "'extendedS3DestinationConfiguration.bufferingHints.sizeInMBs' failed to satisf",
    ),
    (s3(BufferingHints=hints(1, 901)), "Member must have value less than or equal to 900"),
    (s3(BufferingHints={"SizeInMBs": "5", "IntervalInSeconds": 60}), "str can not be converted to integer"),
    (s3(Prefix="!{timestamp:yyyy}/"), "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions"),
    (
        s3(Prefix=KEYED, ErrorOutputPrefix=ERRORS),
        "Prefix cannot contain partition keys when Dynamic Partitioning is not",
    ),
    (s3(Prefix="!{firehose:error-output-type}/", ErrorOutputPrefix=ERRORS), "Prefix cannot contain the expression"),
    (s3(ErrorOutputPrefix="!{timestamp:yyyy}/"), "must contain the expression !{firehose:error-output-type}"),
    (s3(ErrorOutputPrefix=ERRORS + KEYED), "ErrorOutputPrefix cannot contain partition keys"),
    (s3(Prefix="!{clock:yyyy}/", ErrorOutputPrefix=ERRORS), "namespace 'clock' is not one of timestamp"),
    (s3(Prefix="!{timestamp:yyyy/", ErrorOutputPrefix=ERRORS), "does not start an expression"),
    (s3(Prefix="!{timestamp:jj}/", ErrorOutputPrefix=ERRORS), "Prefix is invalid: Unknown pattern letter: j"),
    (s3(Prefix="!{timestamp:'x}/", ErrorOutputPrefix=ERRORS), "Pattern ends with an incomplete string literal: 'x"),
    (s3(Prefix="a!{b/!{timestamp:yyyy}/", ErrorOutputPrefix=ERRORS), "does not start an expression"),
    (s3(Prefix="!{timestamp:}/", ErrorOutputPrefix=ERRORS), "!{timestamp:} has no argument"),
    (s3(Prefix="!{firehose:random}/", ErrorOutputPrefix=ERRORS), "firehose:random is not one of"),
    (s3(Prefix="x" * 503), "Prefix is 517 characters long after evaluation and may have 512"),
    (
        s3(Prefix="x/", ErrorOutputPrefix="x" * 510 + "!{firehose:error-output-type}"),
        "ErrorOutputPrefix is 536 characters long after evaluation",
    ),
    (s3(CloudWatchLoggingOptions={"Enabled": True, "LogGroupName": "x"}), "LogGroupName and LogStreamName must be sp"),
    (
        s3(
            S3BackupMode="Enabled",
            S3BackupConfiguration=s3(CloudWatchLoggingOptions={"Enabled": True}),
        ),
        "S3BackupConfiguration.CloudWatchLoggingOptions",
    ),
    (s3(Prefix="!{timestamp:ddd}/", ErrorOutputPrefix=ERRORS), "Too many pattern letters: d"),
    (s3(Prefix="x" * 1025), "Member must have length less than or equal to 1024"),
    (s3(FileExtension="parquet"), "'extendedS3DestinationConfiguration.fileExtension' failed to satisfy constraint"),
    (s3(FileExtension="." + 128 * "x"), "Member must have length less than or equal to 128"),
    (s3(CustomTimeZone="Etc/GMT+3"), "'extendedS3DestinationConfiguration.customTimeZone' failed to satisfy"),
    (s3(DynamicPartitioningConfiguration={"RetryOptions": {"DurationInSeconds": 7201}}), "less than or equal to 7200"),
    (s3(CustomTimeZone="Mars/Olympus"), "CustomTimeZone Mars/Olympus is not a time zone"),
    (s3(S3BackupMode="Enabled"), "S3BackupConfiguration must be specified"),
    (s3(S3BackupMode="Enabled", S3BackupConfiguration=s3(BufferingHints=hints(1, 10))), "must be at least 60"),
    (
        s3(ProcessingConfiguration=transform(BufferSizeInMBs="1")),
        "give both BufferSizeInMBs and BufferIntervalInSeconds",
    ),
    (
        s3(ProcessingConfiguration=transform(BufferSizeInMBs="5", BufferIntervalInSeconds="60")),
        "from 0.2 to 3, not '5'",
    ),
    (
        s3(ProcessingConfiguration=transform(BufferSizeInMBs="x", BufferIntervalInSeconds="60")),
        "from 0.2 to 3, not 'x'",
    ),
    (s3(ProcessingConfiguration=processor("Lambda", NumberOfRetries="3")), "must have the parameter LambdaArn"),
    (
        s3(ProcessingConfiguration={"Enabled": True, "Processors": 2 * transform()["Processors"]}),
        "at most one processor of type Lambda",
    ),
    *QUERIES_REFUSED,
    *CUTS_REFUSED,
    (s3(ProcessingConfiguration=processor("Decompression", CompressionFormat="GZIP")), "not available in this local"),
    (
        s3(ProcessingConfiguration=processor("CloudWatchLogProcessing", DataMessageExtraction="true")),
        "CloudWatchLogProcessing is not available in this local",
    ),
    (s3(ProcessingConfiguration=transform(NumberOfRetries="-1")), "NumberOfRetries must be a whole number, not '-1'"),
    (s3(ProcessingConfiguration=transform(NumberOfRetries="inf")), "NumberOfRetries must be a whole number"),
    (s3(ProcessingConfiguration=transform(NumberOfRetries="٣")), "NumberOfRetries must be a whole number, not '٣'"),
    (s3(ProcessingConfiguration=transform(LambdaArn="not-an-arn")), "LambdaArn must be the ARN of a function"),
    (s3(ProcessingConfiguration=transform(LambdaArn="arn:aws:s3:::lake")), "LambdaArn must be the ARN of a function"),
    (
        s3(ProcessingConfiguration=transform(BufferSizeInMBs="1", BufferIntervalInSeconds="6_0")),
        "BufferIntervalInSeconds must be a number from 0 to 900, not '6_0'",
    ),
    (
        s3(ProcessingConfiguration={"Enabled": True, "Processors": [TWICE]}),
        "Processor of type Lambda has the parameter LambdaArn twice",
    ),
    (
        s3(S3BackupMode="Enabled", S3BackupConfiguration=s3(Prefix=KEYED, ErrorOutputPrefix=ERRORS)),
        "Prefix cannot contain partition keys when Dynamic",
    ),
    (
        s3(DataFormatConversionConfiguration=without(parquet(), "SchemaConfiguration"), **LARGE),
        "SchemaConfiguration must",
    ),
    (
        s3(
            DataFormatConversionConfiguration=parquet(
                InputFormatConfiguration={"Deserializer": {"OpenXJsonSerDe": {}, "HiveJsonSerDe": {}}}
            ),
            **LARGE,
        ),
        "exactly one of OpenXJsonSerDe and HiveJsonSerDe",
    ),
    (
        s3(
            DataFormatConversionConfiguration=parquet(
                SchemaConfiguration={"RoleARN": ROLE, "DatabaseName": "market", "TableName": "nothing"}
            ),
            **LARGE,
        ),
        "market.nothing could not be read: EntityNotFoundException",
    ),
    ({"BucketARN": "arn:aws:s3:::lake"}, "Value null at 'extendedS3DestinationConfiguration.roleARN'"),
    (s3() | {"BucketARN": "lake"}, "Member must satisfy regular expression pattern: arn:.*:s3:::"),
]


@pytest.mark.parametrize(("destination", "words"), REFUSED, ids=[words[:40] for _, words in REFUSED])
def test_a_destination_is_refused(firehose: Firehose, destination: dict[str, Any], words: str) -> None:
    with pytest.raises(AwsError) as refused:
        firehose.call("CreateDeliveryStream", create_request(destination))
    assert words in refused.value.message
    assert refused.value.code in ("InvalidArgumentException", "ValidationException", "SerializationException")
    assert firehose.call("ListDeliveryStreams", {})["DeliveryStreamNames"] == []


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        (
            {"DeliveryStreamName": "a b", "ExtendedS3DestinationConfiguration": s3()},
            "ValidationException",
            "'a b' at 'del",
        ),
        ({"DeliveryStreamName": "x"}, "InvalidArgumentException", "Exactly one destination configuration is supported"),
        (
            create_request(s3()) | {"S3DestinationConfiguration": s3()},
            "InvalidArgumentException",
            "Exactly one destination configuration is supported for a Firehose",
        ),
        (
            create_request(s3()) | {"DeliveryStreamType": "MSKAsSource"},
            "InvalidArgumentException",
            "MSKAsSource is not",
        ),
        (
            create_request(s3()) | {"KinesisStreamSourceConfiguration": {"KinesisStreamARN": KINESIS, "RoleARN": ROLE}},
            "InvalidArgumentException",
            "KinesisStreamSourceConfiguration is not available in this local Firehose; use Direct PUT",
        ),
        (
            {"DeliveryStreamName": "x", "HttpEndpointDestinationConfiguration": HTTP},
            "InvalidArgumentException",
            "HttpEndpointDestinationConfiguration is not available",
        ),
    ],
)
def test_a_stream_is_refused(firehose: Firehose, request_: dict[str, Any], code: str, words: str) -> None:
    with pytest.raises(AwsError) as refused:
        firehose.call("CreateDeliveryStream", request_)
    assert refused.value.code == code
    assert words in refused.value.message


def test_a_name_is_taken_once(firehose: Firehose) -> None:
    firehose.call("CreateDeliveryStream", create_request(s3()))
    with pytest.raises(AwsError, match="ResourceInUseException"):
        firehose.call("CreateDeliveryStream", create_request(s3()))


def test_an_operation_that_is_not_here(firehose: Firehose) -> None:
    with pytest.raises(AwsError, match="UnknownOperationException"):
        firehose.call("PutRecords", {})


def test_dynamic_partitioning_and_backup_stay_as_they_are(firehose: Firehose) -> None:
    backup = s3(S3BackupMode="Enabled", S3BackupConfiguration=s3(BufferingHints=hints(1, 60)))
    firehose.call("CreateDeliveryStream", create_request(backup, "backed-up"))
    firehose.call("CreateDeliveryStream", create_request(partitioned(), "partitioned"))
    on = partitioned()
    for name, update, words in (
        ("backed-up", {"S3BackupMode": "Disabled"}, "S3BackupMode cannot be disabled once it is enabled."),
        ("partitioned", {"S3BackupMode": "Enabled"}, "S3BackupConfiguration must be specified"),
        ("backed-up", on, "Dynamic Partitioning cannot be enabled or disabled on an existing delivery stream"),
        ("partitioned", {"DynamicPartitioningConfiguration": {"Enabled": False}}, "cannot be enabled or disabled"),
        ("partitioned", {"Prefix": "x/!{partitionKeyFromQuery:a}/"}, "needs a processor of type MetadataExtraction"),
    ):
        with pytest.raises(AwsError, match="InvalidArgumentException") as refused:
            firehose.call("UpdateDestination", update_request(name, update))
        assert words in refused.value.message


def test_the_rules_need_no_server_and_no_resolved_arns() -> None:
    """A template's properties pass as they are, with references where ARNs will be."""
    arns = {"RoleARN": {"Fn::GetAtt": ["Role", "Arn"]}, "BucketARN": {"Fn::GetAtt": ["Lake", "Arn"]}}
    check_configuration(partitioned() | arns)
    with pytest.raises(AwsError, match="at least 64 when data format conversion"):
        check_configuration(partitioned() | arns | {"BufferingHints": hints(5, 60)})


def test_nine_retries_are_taken(firehose: Firehose) -> None:
    firehose.call("CreateDeliveryStream", create_request(s3(ProcessingConfiguration=transform(NumberOfRetries="9"))))


BIG = b64(bytes(1_024_001))


@pytest.mark.parametrize(
    ("records", "code", "words"),
    [
        ([], "ValidationException", "at 'records' failed to satisfy constraint: Member must have length greater"),
        (
            501 * [{"Data": ""}],
            "ValidationException",
            "'records' failed to satisfy constraint: Member must have length less",
        ),
        (
            [{"Data": ""}, {"Data": BIG}, {"Data": BIG}],
            "ValidationException",
            "2 validation errors detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1024001 cap=1024001]' at "
            "'records.2.member.data' failed to satisfy constraint: Member must have length less than or "
            "equal to 1024000; ",
        ),
        (5 * [{"Data": b64(bytes(1_000_000))}], "InvalidArgumentException", "Records size exceeds 4 MB limit"),
        ([{"Data": "***"}], "SerializationException", "records.1.member.data is not base64 text"),
        ([{}], "ValidationException", "Value null at 'records.1.member.data'"),
        (None, "ValidationException", "Value null at 'records' failed"),
        ("x", "SerializationException", "records: str can not be converted to list"),
        ({"a": 1}, "SerializationException", "records: dict can not be converted to list"),
        ([{"Data": ""}, None], "ValidationException", "Value null at 'records.2.member' failed"),
        (["x"], "SerializationException", "records.1.member: str can not be converted to structure"),
        ([{"Data": []}], "SerializationException", "records.1.member.data: list can not be converted to blob"),
        ([{"Data": False}], "SerializationException", "records.1.member.data: bool can not be converted to blob"),
    ],
)
def test_a_put_is_refused(firehose: Firehose, records: Any, code: str, words: str) -> None:
    firehose.call("CreateDeliveryStream", create_request(s3()))
    with pytest.raises(AwsError) as refused:
        firehose.call("PutRecordBatch", {"DeliveryStreamName": "prices", "Records": records})
    assert refused.value.code == code
    assert words in refused.value.message


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (None, "ValidationException: 1 validation error detected: Value null at 'deliveryStreamName' failed"),
        (5, "SerializationException: deliveryStreamName: int can not be converted to string"),
        (
            65 * "x",
            "'deliveryStreamName' failed to satisfy constraint: Member must have length less than or equal to 64",
        ),
        ("", "'deliveryStreamName' failed to satisfy constraint: Member must have length greater than or equal to 1"),
        ("a b", "'deliveryStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern"),
    ],
)
def test_a_name_is_refused_in_the_same_words_everywhere(firehose: Firehose, name: Any, message: str) -> None:
    given = {"DeliveryStreamName": name}
    requests = {
        "DescribeDeliveryStream": given,
        "PutRecord": given | {"Record": {"Data": ""}},
        "PutRecordBatch": given | {"Records": [{"Data": ""}]},
    }
    refusals = set()
    for operation, request in requests.items():
        with pytest.raises(AwsError) as refused:
            firehose.call(operation, request)
        refusals.add(str(refused.value))
    [refusal] = refusals
    assert message in refusal


def test_four_mebibytes_of_raw_bytes_and_an_empty_record_are_taken(firehose: Firehose, neighbours: Neighbours) -> None:
    firehose.call("CreateDeliveryStream", create_request(s3()))
    records = [{"Data": b64(bytes(1_024_000))} for _ in range(4)] + [{"Data": ""}]
    answer = firehose.call("PutRecordBatch", {"DeliveryStreamName": "prices", "Records": records})
    assert answer["FailedPutCount"] == 0
    firehose.flush()
    assert sum(map(len, neighbours.s3.bodies("lake/"))) == 4_096_000
