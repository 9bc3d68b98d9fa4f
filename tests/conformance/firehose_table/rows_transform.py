"""Section 2: the transform's event, what each answer does to a record, error objects and backup."""

import base64
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from firehose_table.aws import Aws, Stream, at_least, eventually, parsed, raw
from firehose_table.configurations import ROLE, function_arn, hints, s3, transform
from firehose_table.row import Confidence, row

_FAILED = "errors/processing-failed/"


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# --- 2.1 invocation -----------------------------------------------------------------------------------------------------


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
    "A ProcessingConfiguration without `Enabled: true` transforms nothing, and is no error.",
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


# --- 2.2 event ----------------------------------------------------------------------------------------------------------


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


# --- 2.3, 2.4 outcomes of one record ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What the function answers for one record, and what that makes of it: it is delivered, or it has an error's code.

    The data `@` in an answer stands for the base64 of a text that names the row.
    """

    row_id: str
    statement: str
    confidence: Confidence
    answers: list[dict[str, Any]]
    delivered: bool = False
    code: str = ""
    message: str = ""
    here: str = ""

    @property
    def text(self) -> str:
        """What is delivered."""
        return f"<{self.row_id}>"

    @property
    def script(self) -> dict[str, Any]:
        """The record that makes the function answer so."""
        answers = [{k: _b64(self.text) if v == "@" else v for k, v in answer.items()} for answer in self.answers]
        return {"row": self.row_id, "answers": answers}


_OK = {"result": "Ok", "data": "@"}
_MISSING = "One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids."
_NULL = "The data field cannot be null when the SourceType is DirectPut or KinesisStreamAsSource and processing result is Ok."
OUTCOMES = [
    Outcome("ok", "`Ok` with data: the returned bytes replace the record.", "documented", [_OK], delivered=True),
    Outcome("ok-extra", "Members of an answer that Firehose does not know are ignored.", "inferred", [_OK | {"more": 1}], delivered=True),
    Outcome("ok-empty", "`Ok` with empty data.", "unknown", [{"result": "Ok", "data": ""}], here="The record is delivered as no bytes."),
    Outcome("dropped", "`Dropped`: no object, no error, no trace.", "probed", [{"result": "Dropped"}]),
    Outcome("dropped-data", "`Dropped` with data drops the record all the same.", "inferred", [{"result": "Dropped", "data": "@"}]),
    Outcome(
        "processing-failed", "`ProcessingFailed`: an error object, not retried.", "probed", [{"result": "ProcessingFailed"}],
        code="Lambda.ProcessingFailedStatus", message="ProcessingFailed status set for record",
    ),
    Outcome(
        "processing-failed-data", "`ProcessingFailed` with data: the error has the original record.", "documented",
        [{"result": "ProcessingFailed", "data": "@"}], code="Lambda.ProcessingFailedStatus",
        message="ProcessingFailed status set for record",
    ),
    Outcome("missing-id", "A record that the function does not return fails.", "probed", [], code="Lambda.MissingRecordId", message=_MISSING),
    Outcome(
        "duplicated-id", "A record that the function returns twice fails.", "probed", [_OK, _OK],
        code="Lambda.DuplicatedRecordId", message="Multiple records were returned with the same record ID.",
    ),
    Outcome("null-data", "`Ok` with null data fails.", "probed", [{"result": "Ok", "data": None}], code="Lambda.InvalidReturnFormat", message=_NULL),
    Outcome("absent-data", "`Ok` without data fails.", "probed", [{"result": "Ok"}], code="Lambda.InvalidReturnFormat", message=_NULL),
    Outcome(
        "unknown-result", "An unknown `result` fails the record; its code is not known.", "unknown", [{"result": "OK", "data": "@"}],
        code="Lambda.InvalidReturnFormat", here="`Lambda.InvalidReturnFormat`, for that record alone, not retried.",
    ),
    Outcome(
        "absent-result", "An entry without `result`.", "unknown", [{"data": "@"}],
        code="Lambda.InvalidReturnFormat", here="As an unknown `result`.",
    ),
    Outcome(
        "bad-base64", "`data` that is not base64: neither the code nor how much fails is known.", "unknown",
        [{"result": "Ok", "data": "not base64!"}], code="Lambda.JsonProcessingException",
        here="`Lambda.JsonProcessingException`, for that record alone, not retried.",
    ),
]  # fmt: skip


def _outcomes(aws: Aws) -> Stream:
    """One batch with all of these records, and one that is simply delivered."""

    def make(own: Aws) -> Stream:
        stream = own.stream(ProcessingConfiguration=transform())
        stream.put({"keep": 1, "data": "<other>"}, *(outcome.script for outcome in OUTCOMES))
        return stream

    return aws.shared("transform-outcomes", make)


def _outcome(outcome: Outcome) -> None:
    @row(f"outcome-{outcome.row_id}", "2.4", outcome.statement, outcome.confidence, here=outcome.here)
    def _(aws: Aws) -> Iterator[None]:
        stream = _outcomes(aws)
        yield
        wanted = 1 if outcome.code else 0
        data = stream.body(len("<other>")).decode()
        lines = stream.errors(sum(1 for other in OUTCOMES if other.code))
        own = [line for line in lines if json.loads(raw(line)).get("row") == outcome.row_id]
        assert [(line["errorCode"], line["attemptsMade"]) for line in own] == wanted * [(outcome.code, 1)]
        assert all(outcome.message in line["errorMessage"] for line in own), own
        assert all(raw(line) == json.dumps(outcome.script).encode() for line in own), own
        assert (outcome.text in data) == outcome.delivered, data


for _each in OUTCOMES:
    _outcome(_each)


@row("others-deliver", "2.4", "A record that fails does not hold up the others of its batch.", "probed")
def _(aws: Aws) -> Iterator[None]:
    stream = _outcomes(aws)
    yield
    assert b"<other>" in stream.body(7)
    assert len(stream.events()) == 1


@row("unknown-id", "2.4", "An id that was never sent is ignored.", "probed")
def _(aws: Aws) -> Iterator[None]:
    stream = _outcomes(aws)
    yield
    assert b"stranger" not in stream.body(7)


@row(
    "base64-of-nothing", "2.3", "`partitionKeys` of an answer do nothing where dynamic partitioning is off.", "inferred"
)
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(ProcessingConfiguration=transform(), Prefix="p/")
    stream.put({"data": "x", "keys": {"k": "v"}})
    yield
    assert [stored.key.startswith("p/2") for stored in stream.data()] == [True]


# --- 2.4 outcomes of a batch --------------------------------------------------------------------------------------------


def _whole(row_id: str, statement: str, confidence: Confidence, answer: Any, here: str = "") -> None:
    @row(row_id, "2.4", statement, confidence, here=here)
    def _(aws: Aws) -> Iterator[None]:
        stream = aws.stream(ProcessingConfiguration=transform())
        stream.put({"keep": 1, "whole": answer}, {"data": "x"})
        yield
        assert [(line["errorCode"], line["attemptsMade"]) for line in stream.errors(2)] == 2 * [
            ("Lambda.MissingRecordId", 1)
        ]
        assert len(stream.events()) == 1


_whole("no-records-member", "An answer without `records` misses every id, and is not tried again.", "probed", {})
_whole("records-null", "So does `records: null`.", "inferred", {"records": None})
_whole("answer-a-list", "An answer that is no object.", "unknown", [1], here="Every id counts as missing.")
_whole("answer-a-text", "An answer of text.", "unknown", "text", here="Every id counts as missing.")


def _batch_fails(
    row_id: str, statement: str, confidence: Confidence, function: str, error: tuple[str, str], **script: Any
) -> None:
    code, message = error

    @row(row_id, "2.4", statement, confidence)
    def _(aws: Aws) -> Iterator[None]:
        stream = aws.stream(ProcessingConfiguration=transform(function))
        stream.put({**script, "number": 1}, {"number": 2})
        yield
        lines = stream.errors(2)
        assert [(line["errorCode"], line["attemptsMade"]) for line in lines] == 2 * [(code, 4)]
        assert all(message in line["errorMessage"] for line in lines), lines
        assert sorted(json.loads(raw(line))["number"] for line in lines) == [1, 2]
        assert stream.data(0) == []


_FUNCTION_ERROR = (
    "Lambda.FunctionError",
    "The Lambda function was successfully invoked but it returned an error result.",
)
_batch_fails(
    "function-raises",
    "A function that raises fails the whole batch after 4 attempts.",
    "probed",
    "scripted",
    _FUNCTION_ERROR,
    **{"raise": "no"},
)
_batch_fails(
    "function-times-out", "A function that times out fails the whole batch after 4 attempts.", "probed", "hurried",
    ("Lambda.FunctionTimedOut", "The Lambda function invocation timed out. Increase the Timeout setting in the Lambda function."), sleep=1.5,
)  # fmt: skip
_batch_fails(
    "function-throttled",
    "A function that is throttled: `Lambda.InvokeLimitExceeded`, after 4 attempts.",
    "documented",
    "throttled",
    ("Lambda.InvokeLimitExceeded", ""),
)
_batch_fails(
    "function-gone",
    "A function that does not exist: `Lambda.ResourceNotFound`.",
    "documented",
    "nothing",
    ("Lambda.ResourceNotFound", ""),
)
_batch_fails(
    "answer-too-large",
    "An answer of more than 6 MB is a function error.",
    "inferred",
    "scripted",
    _FUNCTION_ERROR,
    size=5_000_000,
)


# --- 2.5 error objects --------------------------------------------------------------------------------------------------


def _failing(aws: Aws) -> Stream:
    """A stream with two failed records and one that is delivered, in a GZIP destination."""

    def make(own: Aws) -> Stream:
        stream = own.stream(
            ProcessingConfiguration=transform(),
            CompressionFormat="GZIP",
            Prefix="d/!{timestamp:yyyy}/",
            FileExtension=".x",
        )
        stream.put(*2 * [{"answers": [{"result": "ProcessingFailed"}]}], {"data": "x"})
        return stream

    return aws.shared("transform-failing", make)


def _of_the_error(row_id: str, statement: str, confidence: Confidence, here: str = "") -> Any:
    """A row whose check looks at the one error object of `_failing`."""

    def register(look: Any) -> Any:
        @row(row_id, "2.5", statement, confidence, here=here)
        def _(aws: Aws) -> Iterator[None]:
            stream = _failing(aws)
            yield
            [stored] = stream.error_objects()
            seen, wanted = look(stream, stored)
            assert seen == wanted

        return look

    return register


@_of_the_error("error-members", "An error of the transform has seven members, in this order.", "probed")
def _(stream: Stream, stored: Any) -> Any:
    members = [
        "rawData",
        "errorCode",
        "errorMessage",
        "attemptsMade",
        "arrivalTimestamp",
        "attemptEndingTimestamp",
        "lambdaARN",
    ]
    return list(parsed(stored)[0]), members


@_of_the_error(
    "error-location",
    "It lies under the evaluated ErrorOutputPrefix, whose error-output-type is `processing-failed`.",
    "probed",
)
def _(stream: Stream, stored: Any) -> Any:
    return stored.key.startswith(f"{_FAILED}{stream.name}-1-"), True


@_of_the_error("error-extension", "Its name has no extension, whatever the data's.", "probed")
def _(stream: Stream, stored: Any) -> Any:
    return bool(re.search(r"-\d{4}(-\d\d){5}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", stored.key)), True


@_of_the_error("error-lines", "It has one JSON object a line.", "probed")
def _(stream: Stream, stored: Any) -> Any:
    return (stored.body.count(b"\n"), len(parsed(stored))), (2, 2)


@_of_the_error("error-content-type", "Its Content-Type is `application/octet-stream`.", "probed")
def _(stream: Stream, stored: Any) -> Any:
    return stored.headers["content-type"], "application/octet-stream"


@_of_the_error(
    "error-uncompressed",
    "Whether CompressionFormat holds for error objects.",
    "unknown",
    here="It does not: they are plain text.",
)
def _(stream: Stream, stored: Any) -> Any:
    return stored.headers.get("content-encoding"), None


@_of_the_error("error-raw-data", "rawData is the original record in base64.", "probed")
def _(stream: Stream, stored: Any) -> Any:
    return json.loads(raw(parsed(stored)[0])), {"answers": [{"result": "ProcessingFailed"}]}


@_of_the_error(
    "error-times", "Its times are epoch milliseconds as numbers, and the attempt ended after the arrival.", "probed"
)
def _(stream: Stream, stored: Any) -> Any:
    line = parsed(stored)[0]
    arrival, ended = line["arrivalTimestamp"], line["attemptEndingTimestamp"]
    return (type(arrival), type(ended), arrival <= ended, abs(ended / 1000 - time.time()) < 120), (int, int, True, True)


@_of_the_error("error-function", "The function is named in `lambdaARN`; AWS's page spells it `lambdaArn`.", "probed")
def _(stream: Stream, stored: Any) -> Any:
    return parsed(stored)[0]["lambdaARN"], function_arn("scripted")


# --- 2.7 backup ---------------------------------------------------------------------------------------------------------


@row(
    "backup-copies",
    "2.7",
    "Backup keeps every record as it was put: transformed, dropped and failed ones.",
    "documented",
)
def _(aws: Aws) -> Iterator[None]:
    place = aws.stream()
    backup = s3(place.name, Prefix="raw/", ErrorOutputPrefix=None)
    stream = aws.stream(ProcessingConfiguration=transform(), S3BackupMode="Enabled", S3BackupConfiguration=backup)
    scripts = [{"data": "changed"}, {"answers": [{"result": "Dropped"}]}, {"answers": [{"result": "ProcessingFailed"}]}]
    stream.put(*scripts)
    yield
    [copy] = eventually(lambda: place.objects("raw/"))
    assert copy.body == b"".join(json.dumps(script).encode() for script in scripts)
    assert [stored.body for stored in stream.data()] == [b"changed"]


@row("backup-keys", "2.7", "Backup has a bucket, prefix, buffer and compression of its own.", "documented")
def _(aws: Aws) -> Iterator[None]:
    place = aws.stream()
    backup = s3(place.name, Prefix="raw/", CompressionFormat="GZIP", ErrorOutputPrefix=None)
    stream = aws.stream(S3BackupMode="Enabled", S3BackupConfiguration=backup)
    stream.put(b"x")
    yield
    [copy] = eventually(lambda: place.objects("raw/"))
    assert re.match(rf"raw/\d{{4}}/\d\d/\d\d/\d\d/{stream.name}-1-.*\.gz$", copy.key)
    assert copy.headers["content-encoding"] == "gzip"
    assert [stored.body for stored in stream.data()] == [b"x"]


@row("backup-without-transform", "2.7", "Backup works without a transform, too.", "inferred")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(Prefix="d/")
    place = s3(stream.name, Prefix="raw/", BufferingHints=hints(1, 60), ErrorOutputPrefix=None)
    stream.update(S3BackupMode="Enabled", S3BackupUpdate=place)
    stream.put(b"a", b"b")
    yield
    found = eventually(lambda: stream.objects("raw/"), at_least(1))
    assert [stored.body for stored in found] == [b"ab"]
