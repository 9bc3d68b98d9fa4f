"""Sections 2.5 and 2.7: the transform's error objects, and backup."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

from tests.conformance.firehose_table.aws import Aws, Stream, parsed, raw
from tests.conformance.firehose_table.configurations import function_arn, hints, s3, transform
from tests.conformance.firehose_table.row import Confidence, row
from tests.conformance.firehose_table.waiting import at_least, eventually

_FAILED = "errors/processing-failed/"


# --- 2.5 error objects ----------------------------------------------------------------------------


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
    "It is stored under the evaluated ErrorOutputPrefix, whose error-output-type is `processing-failed`.",
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


# --- 2.7 backup -----------------------------------------------------------------------------------


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
