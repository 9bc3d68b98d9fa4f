"""A stream of a template and a stream of CreateDeliveryStream are the same stream."""

import json
import re
from typing import Any

import pytest

from local.endpoint import client
from local.gateway.running import RunningGateway
from tests.waiting import eventually

ROLE = "arn:aws:iam::000000000000:role/firehose"


def configuration(bucket: str, name: str) -> dict[str, Any]:
    """Everything that a destination without a function can have, as a request and a template both spell it."""
    return {
        "DeliveryStreamName": name,
        "DeliveryStreamType": "DirectPut",
        "DirectPutSourceConfiguration": {"ThroughputHintInMBs": 5},
        "DeliveryStreamEncryptionConfigurationInput": {"KeyType": "AWS_OWNED_CMK"},
        "Tags": [{"Key": "team", "Value": "data"}],
        "ExtendedS3DestinationConfiguration": {
            "RoleARN": ROLE,
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "Prefix": "data/!{timestamp:yyyy}/",
            "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 30},
            "CompressionFormat": "GZIP",
            "FileExtension": ".txt.gz",
            "CustomTimeZone": "Europe/London",
            "CloudWatchLoggingOptions": {"Enabled": True, "LogGroupName": "g", "LogStreamName": "s"},
            "ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord"}]},
            "S3BackupMode": "Enabled",
            "S3BackupConfiguration": {"RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{bucket}", "Prefix": "raw/"},
        },
    }


def as_text(value: Any) -> Any:
    """Numbers and booleans as a template may write them."""
    if isinstance(value, dict):
        return {key: as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return json.dumps(value) if isinstance(value, (bool, int)) else value


@pytest.fixture(scope="module")
def pair(gateway: RunningGateway) -> list[str]:
    """The names of the two streams, the template's first; each has a bucket of its own name."""
    names = ["stream-of-template", "stream-of-request"]
    for name in names:
        client(gateway.url, "s3").create_bucket(Bucket=name)
    properties = as_text(configuration(names[0], names[0]))
    resource = {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": properties}
    cloudformation = client(gateway.url, "cloudformation")
    cloudformation.create_stack(StackName="alike", TemplateBody=json.dumps({"Resources": {"Stream": resource}}))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="alike", WaiterConfig={"Delay": 0.1})
    client(gateway.url, "firehose").create_delivery_stream(**configuration(names[1], names[1]))
    return names


def test_they_are_described_alike(gateway: RunningGateway, pair: list[str]) -> None:
    firehose = client(gateway.url, "firehose")

    def seen(name: str) -> str:
        described = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
        tags = firehose.list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"]
        assert described.pop("CreateTimestamp")
        return json.dumps([described, tags], sort_keys=True).replace(name, "NAME")

    statuses = eventually(lambda: seen(pair[1]) if "CREATING" not in seen(pair[1]) else "")
    assert seen(pair[0]) == statuses


def test_they_deliver_alike(gateway: RunningGateway, pair: list[str]) -> None:
    firehose, s3 = client(gateway.url, "firehose"), client(gateway.url, "s3")
    for name in pair:
        eventually(lambda name=name: is_active(firehose, name))  # type: ignore[misc]
        records = [{"Data": b"one"}, {"Data": b"two"}]
        assert firehose.put_record_batch(DeliveryStreamName=name, Records=records)["Encrypted"] is True

    def objects(bucket: str) -> list[tuple[str, bytes, str]]:
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        answers = [s3.get_object(Bucket=bucket, Key=key) for key in keys]
        return [
            (re.sub(r"\d{4}.*-[0-9a-f]{12}", "", key), answer["Body"].read(), answer.get("ContentEncoding", ""))
            for key, answer in zip(keys, answers, strict=True)
        ]

    first, second = (eventually(lambda name=name: len(objects(name)) == 2 and objects(name)) for name in pair)  # type: ignore[misc]
    assert first == second
    assert [key for key, _, _ in first] == ["data/.txt.gz", "raw/"]


def is_active(firehose: Any, name: str) -> bool:
    described = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    return bool(described["DeliveryStreamStatus"] == "ACTIVE")


def test_an_update_of_the_template_is_an_update_of_the_request(gateway: RunningGateway, pair: list[str]) -> None:
    firehose, cloudformation = client(gateway.url, "firehose"), client(gateway.url, "cloudformation")
    changed = configuration(pair[0], pair[0])
    changed["ExtendedS3DestinationConfiguration"].pop("S3BackupMode")
    changed["ExtendedS3DestinationConfiguration"]["BufferingHints"] = {"SizeInMBs": 2, "IntervalInSeconds": 60}
    del changed["DeliveryStreamEncryptionConfigurationInput"]
    resource = {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": changed}
    cloudformation.update_stack(StackName="alike", TemplateBody=json.dumps({"Resources": {"Stream": resource}}))
    cloudformation.get_waiter("stack_update_complete").wait(StackName="alike", WaiterConfig={"Delay": 0.1})
    described = firehose.describe_delivery_stream(DeliveryStreamName=pair[0])["DeliveryStreamDescription"]
    destination = described["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert described["VersionId"] == "2"
    assert destination["BufferingHints"] == {"SizeInMBs": 2, "IntervalInSeconds": 60}
    assert destination["S3BackupMode"] == "Enabled"  # what a template leaves out stays as it was
    assert described["DeliveryStreamEncryptionConfiguration"]["Status"] in ("DISABLING", "DISABLED")
