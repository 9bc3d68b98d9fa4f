"""What streams measure and log, and that CloudWatch gets it."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.firehose.monitoring.error_log import ErrorEvent, ErrorLog
from local.firehose.monitoring.metrics import Metrics, Statistics
from local.firehose.monitoring.observe import measure
from local.firehose.records import Failure
from local.firehose.service import Firehose
from tests.local.firehose.fakes import Neighbours, b64, client_error, data_of, ok
from tests.local.firehose.putting import deliver
from tests.local.firehose.streams import (
    ERRORS,
    FUNCTION,
    create_request,
    hints,
    parquet,
    partitioned,
    processing,
    s3,
    transform,
)

LOGGING = {"Enabled": True, "LogGroupName": "/aws/kinesisfirehose/prices", "LogStreamName": "S3Delivery"}
LOG = ("/aws/kinesisfirehose/prices", "S3Delivery")
samples = st.lists(st.integers(-1000, 1000), min_size=1)


def logged(neighbours: Neighbours) -> list[dict[str, Any]]:
    return [json.loads(event["message"]) for event in neighbours.logs.events.get(LOG, [])]


def sums(neighbours: Neighbours) -> dict[str, float]:
    totals: dict[str, float] = {}
    for datum in neighbours.cloudwatch.data:
        name = datum["MetricName"]
        totals[name] = totals.get(name, 0) + datum["StatisticValues"]["Sum"]
    return totals


@given(samples, samples)
def test_samples_are_taken_once_whether_or_not_some_came_back(first: list[int], second: list[int]) -> None:
    metrics = Metrics()
    for value in first:
        metrics.add(A_B=value)
    taken = metrics.take()
    assert not metrics.take()
    for value in second:
        metrics.add(A_B=value)
    metrics.give_back(taken)
    both = first + second
    assert metrics.take() == {"A.B": Statistics(len(both), sum(both), min(both), max(both))}
    assert metrics.sums() == {"A.B": sum(both)}


def test_an_error_that_repeats_is_logged_once_and_counted() -> None:
    errors = ErrorLog()
    failures = [Failure(n, 0, b"", "processing-failed", "A", "text", 1, n) for n in range(3)]
    errors.failed(failures, FUNCTION)
    errors.note(ErrorEvent(1, "B", "text"))
    events = errors.take()
    assert [(event.code, event.processor) for event in events] == [("B", ""), ("A", FUNCTION)]
    assert errors.records() == {"A": 3}
    assert errors.take() == []
    errors.give_back(events)
    assert errors.take() == events
    errors.give_back(ErrorEvent(n, "A", str(n)) for n in range(1000))
    assert len(errors.take()) == 100


def test_cloudwatch_gets_the_metrics_of_the_whole_way(firehose: Firehose, neighbours: Neighbours) -> None:
    neighbours.function.handler = lambda event: {"records": [ok(r, data_of(r), year="2024") for r in event["records"]]}
    firehose.call("CreateDeliveryStream", create_request(partitioned()))
    deliver(firehose, b'{"close":1}', b'{"close":"oops"}')
    firehose.close()
    totals = sums(neighbours)
    assert {
        "IncomingRecords": 2,
        "IncomingBytes": 27,
        "IncomingPutRequests": 1,
        "PutRecordBatch.Requests": 1,
        "PutRecordBatch.Records": 2,
        "PutRecordBatch.Bytes": 27,
        "ExecuteProcessing.Success": 1,
        "SucceedProcessing.Records": 2,
        "SucceedConversion.Records": 1,
        "FailedConversion.Records": 1,
        "DeliveryToS3.Success": 1,
        "DeliveryToS3.Records": 1,
        "DeliveryToS3.ObjectCount": 1,
        "BytesPerSecondLimit": 5 * 1024 * 1024,
        "RecordsPerSecondLimit": 500_000,
        "PutRequestsPerSecondLimit": 2_000,
    }.items() <= totals.items()
    assert {"ExecuteProcessing.Duration", "PutRecordBatch.Latency", "DeliveryToS3.DataFreshness"} <= totals.keys()
    units = {datum["MetricName"]: datum["Unit"] for datum in neighbours.cloudwatch.data}
    assert units["DeliveryToS3.DataFreshness"] == "Seconds"
    assert units["ExecuteProcessing.Duration"] == units["PutRecordBatch.Latency"] == "Milliseconds"
    assert units["IncomingBytes"] == units["DeliveryToS3.Bytes"] == "Bytes"
    assert units["IncomingRecords"] == units["DeliveryToS3.Success"] == "Count"


def test_what_waits_is_measured_and_what_is_idle_is_not(firehose: Firehose, neighbours: Neighbours) -> None:
    neighbours.function.handler = lambda event: {"records": [ok(r, b"{}", year="2024") for r in event["records"]]}
    firehose.call("CreateDeliveryStream", create_request(partitioned()))
    stream = firehose.stream("prices")
    measure(stream)
    assert not stream.metrics.take()
    records = [{"Data": b64(b"{}")}]
    neighbours.s3.failures = 10_000 * ["InternalError"]
    firehose.call("PutRecordBatch", {"DeliveryStreamName": "prices", "Records": records})
    while not stream.holds.stores:
        time.sleep(0.01)
        assert stream.backlog.records == 1
    measure(stream)
    taken = stream.metrics.take()
    assert taken["DeliveryToS3.DataFreshness"].most > 0
    assert taken["PartitionCount"].most == 1
    assert taken["PartitionCountExceeded"].most == 0


def test_backup_and_jq_have_metrics(firehose: Firehose, neighbours: Neighbours) -> None:
    query = {"MetadataExtractionQuery": "{ticker: .ticker}", "JsonParsingEngine": "JQ-1.6"}
    destination = s3(
        Prefix="data/!{partitionKeyFromQuery:ticker}/",
        ErrorOutputPrefix=ERRORS,
        BufferingHints=hints(64, 60),
        DynamicPartitioningConfiguration={"Enabled": True},
        ProcessingConfiguration=processing(MetadataExtraction=query),
        S3BackupMode="Enabled",
        S3BackupConfiguration=s3(BucketARN="arn:aws:s3:::raw", BufferingHints=hints(1, 60)),
    )
    firehose.call("CreateDeliveryStream", create_request(destination))
    deliver(firehose, b'{"ticker":"A"}')
    firehose.close()
    totals = sums(neighbours)
    assert totals["BackupToS3.Records"] == totals["BackupToS3.Success"] == 1
    assert {"JQProcessing.Duration", "BackupToS3.DataFreshness"} <= totals.keys()


def test_an_unreachable_cloudwatch_gets_it_the_next_time(firehose: Firehose, neighbours: Neighbours) -> None:
    neighbours.function.handler = lambda event: {"records": []}
    destination = s3(ProcessingConfiguration=transform(), CloudWatchLoggingOptions=LOGGING)
    firehose.call("CreateDeliveryStream", create_request(destination))
    deliver(firehose, b"x")
    neighbours.cloudwatch.unreachable = neighbours.logs.unreachable = 1
    firehose.publish()
    assert not neighbours.cloudwatch.data
    assert not neighbours.logs.events
    firehose.publish()
    assert sums(neighbours)["IncomingRecords"] == 1
    assert [event["errorCode"] for event in logged(neighbours)] == ["Lambda.MissingRecordId"]


def test_errors_are_logged_as_aws_writes_them(firehose: Firehose, neighbours: Neighbours) -> None:
    def fail(event: dict[str, Any]) -> dict[str, Any]:
        raise ValueError("no")

    neighbours.function.handler = fail
    neighbours.s3.failures = ["AccessDenied"]
    destination = s3(ProcessingConfiguration=transform(), CloudWatchLoggingOptions=LOGGING)
    firehose.call("CreateDeliveryStream", create_request(destination))
    deliver(firehose, b"x", b"y")
    firehose.publish()
    function, denied = logged(neighbours)
    assert function == {
        "deliveryStreamARN": "arn:aws:firehose:us-east-1:000000000000:deliverystream/prices",
        "destination": "arn:aws:s3:::lake",
        "deliveryStreamVersionId": 1,
        "message": "The Lambda function was successfully invoked but it returned an error result.",
        "errorCode": "Lambda.FunctionError",
        "processor": FUNCTION,
    }
    assert denied["errorCode"] == "S3.AccessDenied"
    assert "processor" not in denied
    assert firehose.stream("prices").errors.records() == {"Lambda.FunctionError": 2}


@pytest.mark.parametrize("options", [{"Enabled": False}, {}])
def test_without_logging_nothing_is_logged(firehose: Firehose, neighbours: Neighbours, options: dict[str, Any]) -> None:
    destination = s3(
        BufferingHints=hints(64, 60), DataFormatConversionConfiguration=parquet(), CloudWatchLoggingOptions=options
    )
    firehose.call("CreateDeliveryStream", create_request(destination))
    deliver(firehose, b"garbage")
    firehose.close()
    assert not neighbours.logs.events
    assert sums(neighbours)["FailedConversion.Records"] == 1


def test_a_cloudwatch_that_refuses_stops_nothing(
    firehose: Firehose, neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**request: Any) -> None:
        raise client_error("InvalidParameterValue", "PutMetricData")

    monkeypatch.setattr(neighbours.cloudwatch, "put_metric_data", refuse)
    destination = s3(ProcessingConfiguration=transform(), CloudWatchLoggingOptions=LOGGING)
    neighbours.function.handler = lambda event: {"records": []}
    firehose.call("CreateDeliveryStream", create_request(destination))
    deliver(firehose, b"x")
    firehose.publish()
    assert [event["errorCode"] for event in logged(neighbours)] == ["Lambda.MissingRecordId"]
