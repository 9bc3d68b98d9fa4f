"""Sections 2.1 and 2.2: how the transform is invoked, and its event."""

import base64
import json
import re
import time
from collections.abc import Iterator
from typing import Any

from tests.conformance.firehose_table.aws import Aws, Stream
from tests.conformance.firehose_table.configurations import ROLE, function_arn, transform
from tests.conformance.firehose_table.row import Confidence, row

# --- 2.1 invocation -------------------------------------------------------------------------------


@row(
    "transform-defaults",
    "2.1",
    "Describe fills a Lambda processor in: 3 retries, the role, 1 MB, 60 seconds.",
    "probed",
)
def _(aws: Aws) -> None:
    [shown] = aws.stream(ProcessingConfiguration=transform()).destination()["ProcessingConfiguration"]["Processors"]
    assert {p["ParameterName"]: p["ParameterValue"] for p in shown["Parameters"]} == {
        "LambdaArn": function_arn("scripted"),
        "NumberOfRetries": "3",
        "RoleArn": ROLE,
        "BufferSizeInMBs": "1",
        "BufferIntervalInSeconds": "60",
    }


@row("transform-retries-range", "2.1", "NumberOfRetries is not range-checked: 9 is taken.", "probed")
def _(aws: Aws) -> None:
    [shown] = aws.stream(ProcessingConfiguration=transform(NumberOfRetries="9")).destination()[
        "ProcessingConfiguration"
    ]["Processors"]
    assert {"ParameterName": "NumberOfRetries", "ParameterValue": "9"} in shown["Parameters"]


@row(
    "transform-off",
    "2.1",
    "A ProcessingConfiguration without `Enabled: true` transforms nothing, and is not an error.",
    "documented",
)
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(ProcessingConfiguration={"Processors": transform()["Processors"]})
    stream.put(b'{"data": "transformed"}')
    yield
    assert stream.body(10) == b'{"data": "transformed"}'


@row(
    "transform-batches",
    "2.1",
    "Records gather in the transform's buffer and go to the function together.",
    "documented",
)
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(ProcessingConfiguration=transform())
    stream.put(*10 * [{"keep": 1, "data": "x"}])
    yield
    stream.body(10)
    assert [len(event["records"]) for event in stream.events()] == [10]


@row("transform-size", "2.1", "The transform's buffer goes when it is full, whatever its interval.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(ProcessingConfiguration=transform(BufferSizeInMBs="0.2", BufferIntervalInSeconds="900"))
    stream.put(*4 * [{"keep": 1, "data": "x", "padding": 150_000 * "p"}])
    yield
    assert [len(event["records"]) for event in stream.events(2)] == [2, 2]


@row("event-size", "2.1", "No event passes Lambda's 6 MB, whatever is buffered.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(ProcessingConfiguration=transform(BufferSizeInMBs="3", BufferIntervalInSeconds="60"))
    for _ in range(2):
        stream.put(*3 * [{"keep": 1, "data": "x", "padding": 1_000_000 * "p"}])
    yield
    stream.body(6)
    assert max(len(json.dumps(event)) for event in stream.events(2)) <= 6 * 1024 * 1024


@row("one-retry", "2.1", "NumberOfRetries 1 is two invocations.", "probed")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(ProcessingConfiguration=transform(NumberOfRetries="1"))
    stream.put({"keep": 1, "raise": "no"})
    yield
    assert [line["attemptsMade"] for line in stream.errors()] == [2]
    assert len(stream.events()) == 2


@row("no-retry", "2.1", "NumberOfRetries 0 is one invocation.", "probed")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(ProcessingConfiguration=transform(NumberOfRetries="0"))
    stream.put({"keep": 1, "raise": "no"})
    yield
    assert [line["attemptsMade"] for line in stream.errors()] == [1]
    assert len(stream.events()) == 1


@row("retry-succeeds", "2.1", "A batch whose second invocation succeeds is delivered.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(ProcessingConfiguration=transform())
    stream.put({"keep": 1, "fail_first": 1, "data": "second"})
    yield
    assert stream.body(6) == b"second"
    assert stream.objects("errors/") == []


@row("in-flight", "2.1", "A stream has five invocations under way at most.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(ProcessingConfiguration=transform(BufferSizeInMBs="0.2", BufferIntervalInSeconds="60"))
    stream.put(*6 * [{"keep": 1, "sleep": 0.5, "data": "x", "padding": 250_000 * "p"}])
    yield
    stream.events(6)
    keys = [item["Key"] for item in aws.s3.list_objects_v2(Bucket="events", Prefix=f"{stream.name}/")["Contents"]]
    began = sorted(int(key.rpartition("/")[2]) / 1e9 for key in keys)
    assert began[5] - began[0] > 0.45


# --- 2.2 event ------------------------------------------------------------------------------------


def _twice(aws: Aws) -> tuple[Stream, list[dict[str, Any]]]:
    """A stream whose function failed once, and the two events it got for the same two records."""

    def make(own: Aws) -> Stream:
        stream = own.stream(ProcessingConfiguration=transform())
        stream.put({"keep": 1, "fail_first": 1, "data": "a"}, {"data": "b"})
        return stream

    stream = aws.shared("transform-twice", make)
    return stream, stream.events(2)


def _of_the_event(row_id: str, statement: str, confidence: Confidence) -> Any:
    """A row whose check looks at the stream and its two events."""

    def register(look: Any) -> Any:
        @row(row_id, "2.2", statement, confidence)
        def _(aws: Aws) -> Iterator[None]:
            _twice(aws)
            yield
            seen, wanted = look(*_twice(aws))
            assert seen == wanted

        return look

    return register


@_of_the_event(
    "event-members", "An event has invocationId, deliveryStreamArn, region and records; Direct PUT has no more.", "code"
)
def _(stream: Stream, events: Any) -> Any:
    return list(events[0]), ["invocationId", "deliveryStreamArn", "region", "records"]


@_of_the_event(
    "event-record-members",
    "A record of an event has recordId, approximateArrivalTimestamp and data; Direct PUT has no more.",
    "code",
)
def _(stream: Stream, events: Any) -> Any:
    return set(events[0]["records"][0]), {"recordId", "approximateArrivalTimestamp", "data"}


@_of_the_event("event-arn", "deliveryStreamArn is the stream's.", "documented")
def _(stream: Stream, events: Any) -> Any:
    return events[0]["deliveryStreamArn"], stream.describe()["DeliveryStreamARN"]


@_of_the_event("event-region", "region is the stream's.", "documented")
def _(stream: Stream, events: Any) -> Any:
    return events[0]["region"], "us-east-1"


@_of_the_event("event-time", "approximateArrivalTimestamp is a JSON number of epoch milliseconds.", "code")
def _(stream: Stream, events: Any) -> Any:
    arrival = events[0]["records"][0]["approximateArrivalTimestamp"]
    return (type(arrival), abs(arrival / 1000 - time.time()) < 120), (int, True)


@_of_the_event("event-data", "data is the record's bytes in base64.", "documented")
def _(stream: Stream, events: Any) -> Any:
    return base64.b64decode(events[0]["records"][1]["data"]), b'{"data": "b"}'


@_of_the_event("event-record-id", "A Direct PUT record's recordId is a long decimal string.", "probed")
def _(stream: Stream, events: Any) -> Any:
    return bool(re.fullmatch(r"\d{56,64}", events[0]["records"][0]["recordId"])), True


@_of_the_event("event-invocation-id", "Every attempt has an invocationId of its own, a UUID.", "probed")
def _(stream: Stream, events: Any) -> Any:
    ids = {event["invocationId"] for event in events if re.fullmatch(r"[0-9a-f-]{36}", event["invocationId"])}
    return len(ids), 2


@_of_the_event("event-again", "The next attempt has the same records with the same ids.", "probed")
def _(stream: Stream, events: Any) -> Any:
    return events[0]["records"], events[1]["records"]
