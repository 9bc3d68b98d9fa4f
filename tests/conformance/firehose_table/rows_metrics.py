"""Section 7: metrics and error logs in CloudWatch."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conformance.firehose_table.aws import Aws, Stream
from tests.conformance.firehose_table.checks import SPLIT, query
from tests.conformance.firehose_table.configurations import (
    converting,
    function_arn,
    partitioning,
    processing,
    s3,
    transform,
)
from tests.conformance.firehose_table.row import Confidence, row
from tests.conformance.firehose_table.waiting import eventually

_LOG_STREAM = "S3Delivery"
_EVENTS = [
    {"data": '{"k":"v","a":1}'},
    {"data": '{"k":"v","a":"oops"}'},
    {"data": "garbage"},
    {"answers": [{"result": "ProcessingFailed"}]},
]


def _everything(aws: Aws) -> Stream:
    """A stream with every stage, and a batch of four records: stored, not converted, without a key, failed."""

    def make(own: Aws) -> Stream:
        [function] = transform()["Processors"]
        partitions = partitioning(
            Prefix="k=!{partitionKeyFromQuery:k}/",
            ProcessingConfiguration=processing(SPLIT, function, query("{k: .k}")),
        )
        table = converting(own.table({"k": "string", "a": "int"}))
        stream = Stream(own, own.name())
        group = f"/aws/kinesisfirehose/{stream.name}"
        own.logs.create_log_group(logGroupName=group)
        own.logs.create_log_stream(logGroupName=group, logStreamName=_LOG_STREAM)
        own.s3.create_bucket(Bucket=stream.name)
        own.s3.create_bucket(Bucket=f"{stream.name}-backup")
        stream.create(
            {},
            table
            | partitions
            | {
                "S3BackupMode": "Enabled",
                "S3BackupConfiguration": s3(f"{stream.name}-backup", ErrorOutputPrefix=None),
                "CloudWatchLoggingOptions": {"Enabled": True, "LogGroupName": group, "LogStreamName": _LOG_STREAM},
            },
        )
        stream.put(*_EVENTS)
        own.firehose.put_record(DeliveryStreamName=stream.name, Record={"Data": json.dumps(_EVENTS[0]).encode()})
        return stream

    return aws.shared("metrics-everything", make)


def _statistics(stream: Stream, metric: str) -> dict[str, float]:
    """Sum, samples, least and most of a metric; nothing if it has no samples."""
    now = datetime.now(UTC)
    points = stream.aws.cloudwatch.get_metric_statistics(
        Namespace="AWS/Firehose",
        MetricName=metric,
        Dimensions=[{"Name": "DeliveryStreamName", "Value": stream.name}],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=10),
        Period=3600,
        Statistics=["Sum", "SampleCount", "Minimum", "Maximum"],
    )["Datapoints"]
    if not points:
        return {}
    return {
        "Sum": sum(point["Sum"] for point in points),
        "SampleCount": sum(point["SampleCount"] for point in points),
        "Minimum": min(point["Minimum"] for point in points),
        "Maximum": max(point["Maximum"] for point in points),
    }


_SIZE = sum(len(json.dumps(record)) for record in _EVENTS)
_ONE = len(json.dumps(_EVENTS[0]))


def _metric(name: str, statement: str, wanted: float | None = None, statistic: str = "Sum") -> None:
    """A row: the metric gets to this value, or to any without one."""

    @row(f"metric-{name}", "7", f"`{name}`: {statement}.", "documented")
    def _(aws: Aws) -> Iterator[None]:
        stream = _everything(aws)
        yield
        found = eventually(
            lambda: _statistics(stream, name).get(statistic), lambda seen: seen is not None and wanted in (None, seen)
        )
        assert found is not None


_metric("IncomingRecords", "records put", 5)
_metric("IncomingBytes", "their bytes", _SIZE + _ONE)
_metric("IncomingPutRequests", "calls of both puts", 2)
_metric("PutRecord.Requests", "calls of PutRecord", 1)
_metric("PutRecord.Bytes", "bytes put by PutRecord", _ONE)
_metric("PutRecord.Latency", "milliseconds of PutRecord")
_metric("PutRecordBatch.Requests", "calls of PutRecordBatch", 1)
_metric("PutRecordBatch.Records", "records put by PutRecordBatch", 4)
_metric("PutRecordBatch.Bytes", "bytes put by PutRecordBatch", _SIZE)
_metric("PutRecordBatch.Latency", "milliseconds of PutRecordBatch")
_metric("BytesPerSecondLimit", "the stream's quota")
_metric("RecordsPerSecondLimit", "the stream's quota")
_metric("PutRequestsPerSecondLimit", "the stream's quota")
_metric("ExecuteProcessing.Duration", "milliseconds of each invocation")
_metric("ExecuteProcessing.Success", "1 for an invocation that succeeded", 1, "Minimum")
_metric("SucceedProcessing.Records", "records that the transform passed on", 4)
_metric("SucceedProcessing.Bytes", "their bytes after it")
_metric("JQProcessing.Duration", "milliseconds of the query")
_metric("SucceedConversion.Records", "records converted", 2)
_metric("SucceedConversion.Bytes", "their bytes", 2 * len(str(_EVENTS[0]["data"])))
_metric("FailedConversion.Records", "records that could not be converted", 1)
_metric("FailedConversion.Bytes", "their bytes", len(str(_EVENTS[1]["data"])))
_metric("PartitionCount", "active partitions")
_metric("PartitionCountExceeded", "0 while there are not too many", 0)
_metric("DeliveryToS3.Records", "records stored", 2)
_metric("DeliveryToS3.Bytes", "bytes stored")
_metric("DeliveryToS3.ObjectCount", "objects stored")
_metric("DeliveryToS3.Success", "1 for each object that S3 took", 1, "Minimum")
_metric("DeliveryToS3.DataFreshness", "seconds since the arrival of the oldest record")
_metric("BackupToS3.Records", "records kept", 5)
_metric("BackupToS3.Bytes", "their bytes", _SIZE + _ONE)
_metric("BackupToS3.Success", "1 for each object that S3 took", 1, "Minimum")
_metric("BackupToS3.DataFreshness", "seconds since the arrival of the oldest record")


def _logged(aws: Aws, stream: Stream) -> list[dict[str, Any]]:
    group = f"/aws/kinesisfirehose/{stream.name}"
    events = aws.logs.get_log_events(logGroupName=group, logStreamName=_LOG_STREAM)["events"]
    return [json.loads(event["message"]) for event in events]


def _log(row_id: str, statement: str, confidence: Confidence, code: str) -> None:
    @row(row_id, "7", statement, confidence)
    def _(aws: Aws) -> Iterator[None]:
        stream = _everything(aws)
        yield
        found = eventually(lambda: [e for e in _logged(aws, stream) if e["errorCode"] == code])
        assert found[0]["deliveryStreamARN"] == stream.describe()["DeliveryStreamARN"]
        assert found[0]["message"]


_log(
    "log-transform",
    "Errors of the transform are logged with their code.",
    "documented",
    "Lambda.ProcessingFailedStatus",
)
_log("log-partition", "Errors of partitioning are logged.", "inferred", "DynamicPartitioning.MetadataExtractionFailed")
_log("log-conversion", "Errors of the conversion are logged.", "documented", "DataFormatConversion.MalformedData")


@row("log-function", "7", "A logged error of the transform names the function.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = _everything(aws)
    yield
    found = eventually(lambda: [e for e in _logged(aws, stream) if e["errorCode"].startswith("Lambda.")])
    assert found[0]["processor"] == function_arn("scripted")


@row("no-idle-metrics", "7", "A stream that nothing is put to has no samples.", "documented")
def _(aws: Aws) -> Iterator[None]:
    idle, busy = aws.stream(), _everything(aws)
    yield
    eventually(lambda: _statistics(busy, "IncomingRecords"))
    assert [_statistics(idle, name) for name in ("IncomingRecords", "DeliveryToS3.DataFreshness")] == [{}, {}]


@row("logging-names", "7", "Logging that is enabled names its group and its stream.", "documented")
def _(aws: Aws) -> None:
    configuration = s3("b", CloudWatchLoggingOptions={"Enabled": True})
    code, message = aws.refused(
        "CreateDeliveryStream", DeliveryStreamName="x", ExtendedS3DestinationConfiguration=configuration
    )
    assert (code, "LogGroupName" in message) == ("InvalidArgumentException", True)


@row("log-s3", "7", "An S3 that refuses objects is logged, e.g. as `S3.NoSuchBucket`.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = Stream(aws, aws.name())
    group = f"/aws/kinesisfirehose/{stream.name}"
    aws.logs.create_log_group(logGroupName=group)
    aws.logs.create_log_stream(logGroupName=group, logStreamName=_LOG_STREAM)
    logging = {"Enabled": True, "LogGroupName": group, "LogStreamName": _LOG_STREAM}
    stream.create({}, {"CloudWatchLoggingOptions": logging})
    stream.put(b"x")
    yield
    assert eventually(lambda: [event for event in _logged(aws, stream) if event["errorCode"] == "S3.NoSuchBucket"])
