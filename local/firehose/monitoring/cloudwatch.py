"""What a stream measures and logs, in the shapes that CloudWatch takes. Pure functions.

https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from local.firehose.monitoring.error_log import ErrorEvent
from local.firehose.monitoring.metrics import Statistics
from local.firehose.state import StreamState
from local.protocol import Json

NAMESPACE = "AWS/Firehose"
_UNITS = {
    "Bytes": "Bytes",
    "IncomingBytes": "Bytes",
    "BytesPerSecondLimit": "Bytes/Second",
    "DataFreshness": "Seconds",
    "Duration": "Milliseconds",
    "Latency": "Milliseconds",
}
"""By the last word of a metric's name; all others are counts."""


def metric_data(stream: str, samples: Mapping[str, Statistics], now: float) -> list[Json]:
    """The MetricData of PutMetricData for one stream's samples; `now` is epoch seconds."""
    timestamp = datetime.fromtimestamp(now, UTC)
    return [
        {
            "MetricName": name,
            "Dimensions": [{"Name": "DeliveryStreamName", "Value": stream}],
            "Timestamp": timestamp,
            "Unit": _UNITS.get(name.rpartition(".")[2], "Count"),
            "StatisticValues": {
                "SampleCount": statistics.samples,
                "Sum": statistics.total,
                "Minimum": statistics.least,
                "Maximum": statistics.most,
            },
        }
        for name, statistics in sorted(samples.items())
    ]


def log_events(state: StreamState, events: Sequence[ErrorEvent]) -> list[Json]:
    """The logEvents of PutLogEvents for one stream's errors."""
    return [{"timestamp": event.at_ms, "message": _message(state, event)} for event in events]


def _message(state: StreamState, event: ErrorEvent) -> str:
    message = {
        "deliveryStreamARN": state.arn,
        "destination": state.destination["BucketARN"],
        "deliveryStreamVersionId": state.version,
        "message": event.message,
        "errorCode": event.code,
    }
    return msgspec.json.encode(message | ({"processor": event.processor} if event.processor else {})).decode()
