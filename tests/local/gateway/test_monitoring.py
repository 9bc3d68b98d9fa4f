"""What a stream does is seen where one looks for it on AWS: metrics, alarms and its log group; and by the inspector."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.endpoint import client
from local.firehose.monitoring.status import StreamStatus
from local.gateway.running import RunningGateway
from standpipe import streams
from tests.waiting import eventually

STREAM = "watched"
DIMENSIONS = [{"Name": "DeliveryStreamName", "Value": STREAM}]
LOG = {"logGroupName": f"/aws/kinesisfirehose/{STREAM}", "logStreamName": "S3Delivery"}
ERRORS = "errors/!{firehose:error-output-type}/"
QUERY = {"MetadataExtractionQuery": "{ticker: .ticker}", "JsonParsingEngine": "JQ-1.6"}


@pytest.fixture(scope="module")
def cloudwatch(gateway: RunningGateway) -> Any:
    """With an alarm on the stream, and two records on their way through it, of which one fails."""
    cloudwatch, firehose, logs = (client(gateway.url, name) for name in ("cloudwatch", "firehose", "logs"))
    client(gateway.url, "s3").create_bucket(Bucket="watched-lake")
    logs.create_log_group(logGroupName=LOG["logGroupName"])
    logs.create_log_stream(**LOG)
    cloudwatch.put_metric_alarm(
        AlarmName="records-come",
        Namespace="AWS/Firehose",
        MetricName="IncomingRecords",
        Dimensions=DIMENSIONS,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    parameters = [{"ParameterName": name, "ParameterValue": value} for name, value in QUERY.items()]
    firehose.create_delivery_stream(
        DeliveryStreamName=STREAM,
        ExtendedS3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::000000000000:role/x",
            "BucketARN": "arn:aws:s3:::watched-lake",
            "Prefix": "data/!{partitionKeyFromQuery:ticker}/",
            "ErrorOutputPrefix": ERRORS,
            "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
            "DynamicPartitioningConfiguration": {"Enabled": True},
            "ProcessingConfiguration": {
                "Enabled": True,
                "Processors": [{"Type": "MetadataExtraction", "Parameters": parameters}],
            },
            "CloudWatchLoggingOptions": {
                "Enabled": True,
                "LogGroupName": LOG["logGroupName"],
                "LogStreamName": LOG["logStreamName"],
            },
        },
    )
    eventually(lambda: status(gateway).state == "ACTIVE")
    records = [{"Data": b'{"ticker":"A"}'}, {"Data": b"garbage"}]
    firehose.put_record_batch(DeliveryStreamName=STREAM, Records=records)
    return cloudwatch


def status(gateway: RunningGateway) -> StreamStatus:
    return next(stream for stream in streams.fetch(gateway.url) if stream.name == STREAM)


def total(cloudwatch: Any, metric: str) -> float:
    now = datetime.now(UTC)
    answer = cloudwatch.get_metric_statistics(
        Namespace="AWS/Firehose",
        MetricName=metric,
        Dimensions=DIMENSIONS,
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=10),
        Period=60,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in answer["Datapoints"]))


def test_the_inspector_sees_what_became_of_the_records(gateway: RunningGateway, cloudwatch: Any) -> None:
    eventually(lambda: status(gateway).backlog.records == 0)
    seen = status(gateway)
    assert (seen.incoming.records, seen.delivered.records, seen.delivered.objects) == (2, 1, 1)
    assert seen.errors == {"DynamicPartitioning.MetadataExtractionFailed": 1}


def test_metrics_and_alarms_see_them(cloudwatch: Any) -> None:
    eventually(lambda: total(cloudwatch, "DeliveryToS3.Records") == 1)
    assert total(cloudwatch, "IncomingRecords") == 2
    eventually(
        lambda: cloudwatch.describe_alarms(AlarmNames=["records-come"])["MetricAlarms"][0]["StateValue"] == "ALARM"
    )


def test_the_log_group_says_what_failed(gateway: RunningGateway, cloudwatch: Any) -> None:
    logs = client(gateway.url, "logs")
    [event] = eventually(lambda: logs.get_log_events(**LOG)["events"])
    message = json.loads(event["message"])
    assert message["errorCode"] == "DynamicPartitioning.MetadataExtractionFailed"
    assert message["message"] == "Non JSON record provided"
