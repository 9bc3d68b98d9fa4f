"""The control plane as an AWS SDK sees it: every answer fits Firehose's own model."""

import gzip
import io
import zipfile
from typing import Any

import botocore.session
import pyarrow as pa
import pytest
from botocore.validate import ParamValidator

from local.firehose.service import Firehose
from local.protocol import AwsError
from tests.local.firehose.fakes import Neighbours, b64
from tests.local.firehose.streams import FUNCTION, ROLE, create_request, hints, parquet, partitioned, s3, transform

MODEL = botocore.session.Session().get_service_model("firehose")
NAME = {"DeliveryStreamName": "prices"}


def call(firehose: Firehose, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Call, and hold the answer against the model's output shape."""
    answer = firehose.call(operation, request)
    report = ParamValidator().validate(answer, MODEL.operation_model(operation).output_shape)
    assert not report.has_errors(), report.generate_report()
    return answer


def description(firehose: Firehose) -> dict[str, Any]:
    found: dict[str, Any] = call(firehose, "DescribeDeliveryStream", NAME)["DeliveryStreamDescription"]
    return found


def destination(firehose: Firehose) -> dict[str, Any]:
    found: dict[str, Any] = description(firehose)["Destinations"][0]["ExtendedS3DestinationDescription"]
    return found


def update(firehose: Firehose, version: str = "1", **members: Any) -> dict[str, Any]:
    request = NAME | {"CurrentDeliveryStreamVersionId": version, "DestinationId": "destinationId-000000000001"}
    return call(firehose, "UpdateDestination", request | {"ExtendedS3DestinationUpdate": members})


def test_describe_fills_in_what_aws_fills_in(firehose: Firehose) -> None:
    arn = call(firehose, "CreateDeliveryStream", create_request(s3(ProcessingConfiguration=transform())))
    shown = description(firehose)
    assert shown["DeliveryStreamARN"] == arn["DeliveryStreamARN"]
    assert (shown["DeliveryStreamStatus"], shown["VersionId"], shown["HasMoreDestinations"]) == ("ACTIVE", "1", False)
    extended = destination(firehose)
    assert extended["BufferingHints"] == hints(5, 300)
    assert extended["CompressionFormat"] == "UNCOMPRESSED"
    assert extended["EncryptionConfiguration"] == {"NoEncryptionConfig": "NoEncryption"}
    assert extended["DataFormatConversionConfiguration"] == {"Enabled": False}
    assert extended["S3BackupMode"] == "Disabled"
    [processor] = extended["ProcessingConfiguration"]["Processors"]
    assert {p["ParameterName"]: p["ParameterValue"] for p in processor["Parameters"]} == {
        "LambdaArn": FUNCTION,
        "NumberOfRetries": "3",
        "RoleArn": ROLE,
        "BufferSizeInMBs": "1",
        "BufferIntervalInSeconds": "60",
    }


def test_conversion_and_partitioning_have_larger_defaults(firehose: Firehose) -> None:
    given = {name: value for name, value in partitioned().items() if name != "BufferingHints"}
    call(firehose, "CreateDeliveryStream", create_request(given))
    assert destination(firehose)["BufferingHints"] == hints(128, 300)
    assert destination(firehose)["DynamicPartitioningConfiguration"]["RetryOptions"] == {"DurationInSeconds": 300}


def test_the_backup_block_is_kept(firehose: Firehose) -> None:
    given = s3(S3BackupMode="Enabled", S3BackupConfiguration=s3(Prefix="raw/"), FileExtension=".txt")
    call(firehose, "CreateDeliveryStream", create_request(given | {"CustomTimeZone": "Europe/London"}))
    assert destination(firehose)["S3BackupDescription"]["Prefix"] == "raw/"
    assert destination(firehose)["CustomTimeZone"] == "Europe/London"


def test_updates_merge(firehose: Firehose) -> None:
    given = s3(BufferingHints=hints(64, 60), DataFormatConversionConfiguration=parquet(), Prefix="a/")
    call(firehose, "CreateDeliveryStream", create_request(given))
    update(firehose, DataFormatConversionConfiguration={"Enabled": False}, ProcessingConfiguration=transform())
    shown = destination(firehose)
    assert shown["DataFormatConversionConfiguration"]["SchemaConfiguration"]["TableName"] == "prices_landing"
    assert shown["Prefix"] == "a/"
    assert description(firehose)["VersionId"] == "2"
    update(firehose, "2", ProcessingConfiguration={"Enabled": False})
    assert destination(firehose)["ProcessingConfiguration"]["Processors"] == []


def test_conversion_that_an_update_gives_is_on_unless_it_says_otherwise(firehose: Firehose) -> None:
    call(firehose, "CreateDeliveryStream", create_request(s3(BufferingHints=hints(64, 60))))
    given = {name: value for name, value in parquet().items() if name != "Enabled"}
    update(firehose, DataFormatConversionConfiguration=given)
    assert destination(firehose)["DataFormatConversionConfiguration"]["Enabled"] is True
    update(firehose, "2", DataFormatConversionConfiguration={"Enabled": False})
    update(firehose, "3", DataFormatConversionConfiguration={"OutputFormatConfiguration": {}})
    assert destination(firehose)["DataFormatConversionConfiguration"]["Enabled"] is False


NULLS = {"Prefix": None, "BufferingHints": None, "ProcessingConfiguration": None, "FileExtension": None}


def test_a_member_that_is_null_is_left_out(firehose: Firehose) -> None:
    given = s3(CloudWatchLoggingOptions={"Enabled": False, "LogGroupName": None}, **NULLS)
    call(firehose, "CreateDeliveryStream", create_request(given) | {"S3DestinationConfiguration": None, "Tags": None})
    left_out = destination(firehose)
    assert left_out["CloudWatchLoggingOptions"] == {"Enabled": False}
    assert left_out["BufferingHints"] == hints(5, 300)
    assert not left_out.keys() & {"Prefix", "ProcessingConfiguration", "FileExtension"}
    update(firehose, Prefix="a/", BufferingHints=None)
    update(firehose, "2", Prefix=None)
    assert destination(firehose) == left_out | {"Prefix": "a/"}
    call(firehose, "TagDeliveryStream", NAME | {"Tags": [{"Key": "k", "Value": None}]})
    nothing = {"Limit": None, "ExclusiveStartTagKey": None}
    assert call(firehose, "ListTagsForDeliveryStream", NAME | nothing)["Tags"] == [{"Key": "k", "Value": ""}]
    call(firehose, "StartDeliveryStreamEncryption", NAME | {"DeliveryStreamEncryptionConfigurationInput": None})
    listed = {"Limit": None, "DeliveryStreamType": None, "ExclusiveStartDeliveryStreamName": None}
    assert call(firehose, "ListDeliveryStreams", listed)["DeliveryStreamNames"] == ["prices"]


@pytest.mark.parametrize(
    ("operation", "request_", "words"),
    [
        ("CreateDeliveryStream", create_request(s3(RoleARN=None)), "roleARN' failed .* not be null"),
        ("TagDeliveryStream", NAME | {"Tags": [None]}, "'tags.1.member' failed .* not be null"),
        ("UntagDeliveryStream", NAME | {"TagKeys": None}, "'tagKeys' failed .* not be null"),
    ],
)
def test_a_null_where_something_must_be_is_refused(
    firehose: Firehose, operation: str, request_: dict[str, Any], words: str
) -> None:
    with pytest.raises(AwsError, match=f"ValidationException: .*{words}"):
        call(firehose, operation, request_)


def test_an_empty_update_changes_no_version(firehose: Firehose) -> None:
    call(firehose, "CreateDeliveryStream", create_request(s3(Prefix="a/")))
    update(firehose, Prefix="a/")
    assert description(firehose)["VersionId"] == "1"


@pytest.mark.parametrize(
    ("version", "members", "code"),
    [
        ("7", {"Prefix": "b/"}, "ConcurrentModificationException"),
        ("1", {"DynamicPartitioningConfiguration": {"Enabled": True}}, "InvalidArgumentException"),
        ("1", {"Prefix": "!{timestamp:yyyy}/"}, "InvalidArgumentException"),
    ],
)
def test_updates_that_are_refused(firehose: Firehose, version: str, members: dict[str, Any], code: str) -> None:
    call(firehose, "CreateDeliveryStream", create_request(s3(Prefix="a/")))
    with pytest.raises(AwsError) as refused:
        update(firehose, version, **members)
    assert refused.value.code == code
    assert destination(firehose)["Prefix"] == "a/"


DESTINATION_ID = "destinationId-000000000001"


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"DestinationId": DESTINATION_ID}, "Exactly one destination configuration is supported"),
        (
            {"DestinationId": DESTINATION_ID, "ExtendedS3DestinationUpdate": {}, "S3DestinationUpdate": {}},
            "Exactly one destination configuration is supported",
        ),
        (
            {"DestinationId": DESTINATION_ID, "SplunkDestinationUpdate": {}},
            "SplunkDestinationUpdate is not available in this local Firehose; use ExtendedS3DestinationUpdate",
        ),
        ({"DestinationId": "other", "ExtendedS3DestinationUpdate": {}}, "Destination Id other not found"),
    ],
)
def test_an_update_is_of_the_one_s3_destination(firehose: Firehose, members: dict[str, Any], words: str) -> None:
    call(firehose, "CreateDeliveryStream", create_request(s3()))
    with pytest.raises(AwsError, match=f"InvalidArgumentException: {words}"):
        call(firehose, "UpdateDestination", NAME | {"CurrentDeliveryStreamVersionId": "1"} | members)


def test_a_plain_destination_is_shown_and_updated_as_the_extended_one(firehose: Firehose) -> None:
    call(firehose, "CreateDeliveryStream", {**NAME, "S3DestinationConfiguration": s3(Prefix="a/")})
    request = NAME | {"CurrentDeliveryStreamVersionId": "1", "DestinationId": DESTINATION_ID}
    call(firehose, "UpdateDestination", request | {"S3DestinationUpdate": {"Prefix": "b/"}})
    [shown] = description(firehose)["Destinations"]
    assert shown["S3DestinationDescription"]["Prefix"] == shown["ExtendedS3DestinationDescription"]["Prefix"] == "b/"


@pytest.mark.parametrize("page", [{"Limit": 1}, {"ExclusiveStartDestinationId": DESTINATION_ID}])
def test_the_one_destination_is_on_every_page(firehose: Firehose, page: dict[str, Any]) -> None:
    call(firehose, "CreateDeliveryStream", create_request(s3()))
    shown = call(firehose, "DescribeDeliveryStream", NAME | page)["DeliveryStreamDescription"]
    assert ([d["DestinationId"] for d in shown["Destinations"]], shown["HasMoreDestinations"]) == (
        [DESTINATION_ID],
        False,
    )


def test_streams_are_listed_by_page(firehose: Firehose) -> None:
    for name in ("c", "a", "b"):
        call(firehose, "CreateDeliveryStream", create_request(s3(), name))
    page = call(firehose, "ListDeliveryStreams", {"Limit": 2})
    assert page == {"DeliveryStreamNames": ["a", "b"], "HasMoreDeliveryStreams": True}
    rest = call(firehose, "ListDeliveryStreams", {"ExclusiveStartDeliveryStreamName": "b"})
    assert rest == {"DeliveryStreamNames": ["c"], "HasMoreDeliveryStreams": False}
    assert call(firehose, "ListDeliveryStreams", {"DeliveryStreamType": "MSKAsSource"})["DeliveryStreamNames"] == []


@pytest.mark.parametrize("name", [".", "..", "a.b-c_D"])
def test_every_legal_name_has_its_own_folder(firehose: Firehose, name: str) -> None:
    call(firehose, "CreateDeliveryStream", create_request(s3(), name))
    call(firehose, "PutRecord", {"DeliveryStreamName": name, "Record": {"Data": b64(b"x")}})
    call(firehose, "DeleteDeliveryStream", {"DeliveryStreamName": name})
    assert call(firehose, "ListDeliveryStreams", {})["DeliveryStreamNames"] == []


def test_tags_come_and_go(firehose: Firehose) -> None:
    call(firehose, "CreateDeliveryStream", create_request(s3()) | {"Tags": [{"Key": "a", "Value": "1"}]})
    call(firehose, "TagDeliveryStream", NAME | {"Tags": [{"Key": "b", "Value": "2"}]})
    call(firehose, "UntagDeliveryStream", NAME | {"TagKeys": ["a"]})
    assert call(firehose, "ListTagsForDeliveryStream", NAME)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert description(firehose)["VersionId"] == "1"


def test_encryption_is_shown_on_every_put(firehose: Firehose) -> None:
    call(firehose, "CreateDeliveryStream", create_request(s3()))
    record = NAME | {"Record": {"Data": b64(b"x")}}
    call(firehose, "StartDeliveryStreamEncryption", NAME)
    assert call(firehose, "PutRecord", record)["Encrypted"] is True
    assert description(firehose)["DeliveryStreamEncryptionConfiguration"]["KeyType"] == "AWS_OWNED_CMK"
    call(firehose, "StopDeliveryStreamEncryption", NAME)
    assert call(firehose, "PutRecordBatch", NAME | {"Records": [record["Record"]]})["Encrypted"] is False


def _unzipped(body: bytes) -> bytes:
    archive = zipfile.ZipFile(io.BytesIO(body))
    return archive.read(archive.namelist()[0])


@pytest.mark.parametrize(
    ("compression", "extension", "content_encoding", "decode"),
    [
        ("GZIP", ".gz", "gzip", gzip.decompress),
        ("ZIP", ".zip", "zip", _unzipped),
        ("Snappy", ".snappy", "snappy-java", lambda body: pa.decompress(body[20:], 7, codec="snappy", asbytes=True)),
        ("HADOOP_SNAPPY", ".snappy", "hadoop-snappy", lambda b: pa.decompress(b[8:], 7, codec="snappy", asbytes=True)),
    ],
)
def test_compression(
    firehose: Firehose, neighbours: Neighbours, compression: str, extension: str, content_encoding: str, decode: Any
) -> None:
    call(firehose, "CreateDeliveryStream", create_request(s3(CompressionFormat=compression)))
    call(firehose, "PutRecord", NAME | {"Record": {"Data": b64(b"content")}})
    firehose.flush()
    [(key, stored)] = neighbours.s3.objects.items()
    assert key.endswith(extension)
    assert stored["ContentEncoding"] == content_encoding
    assert decode(stored["Body"]) == b"content"


def test_the_delimiter_and_the_extension_and_the_key(firehose: Firehose, neighbours: Neighbours) -> None:
    processing = {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord"}]}
    kms = {"KMSEncryptionConfig": {"AWSKMSKeyARN": "arn:aws:kms:us-east-1:000000000000:key/k"}}
    given = s3(ProcessingConfiguration=processing, FileExtension=".jsonl", EncryptionConfiguration=kms)
    call(firehose, "CreateDeliveryStream", create_request(given))
    call(firehose, "PutRecordBatch", NAME | {"Records": [{"Data": b64(b"a")}, {"Data": b64(b"b")}]})
    firehose.flush()
    [(key, stored)] = neighbours.s3.objects.items()
    assert key.endswith(".jsonl")
    assert stored["Body"] == b"a\nb\n"
    assert stored["SSEKMSKeyId"].endswith("key/k")


def test_processing_without_enabled_is_off(firehose: Firehose, neighbours: Neighbours) -> None:
    given = s3(ProcessingConfiguration={"Processors": transform()["Processors"]})
    call(firehose, "CreateDeliveryStream", create_request(given))
    call(firehose, "PutRecord", NAME | {"Record": {"Data": b64(b"as it was")}})
    firehose.flush()
    assert neighbours.s3.bodies("lake/") == [b"as it was"]
    assert neighbours.function.events == []
