"""Section 3: dynamic partitioning by keys of the transform."""

import time
from collections.abc import Iterator
from typing import Any

from tests.conformance.firehose_table.aws import Aws, Stream, parsed, raw, rows
from tests.conformance.firehose_table.configurations import ERRORS, converting, hints, partitioning, transform
from tests.conformance.firehose_table.row import Confidence, row
from tests.conformance.firehose_table.waiting import at_least, eventually


@row(
    "partition-prefix", "3.2", "`!{partitionKeyFromLambda:<key>}` is the key that the transform returned.", "documented"
)
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(**partitioning())
    stream.put(
        {"data": "a", "keys": {"k": "one"}}, {"data": "b", "keys": {"k": "two"}}, {"data": "c", "keys": {"k": "one"}}
    )
    yield
    assert sorted((stored.key.split("/")[0], stored.body) for stored in stream.data(2)) == [
        ("k=one", b"ac"),
        ("k=two", b"b"),
    ]


@row("partition-keys-mixed", "3.2", "A prefix may have several keys, and times among them.", "documented")
def _(aws: Aws) -> Iterator[None]:
    prefix = "!{partitionKeyFromLambda:a}/!{timestamp:yyyy}/!{partitionKeyFromLambda:b}-"
    stream = aws.stream(**partitioning(Prefix=prefix))
    stream.put({"data": "x", "keys": {"a": "1", "b": "2", "more": "3"}})
    yield
    [stored] = stream.data()
    assert stored.key.startswith(f"1/{time.gmtime().tm_year}/2-{stream.name}-1-")


@row("partition-value-verbatim", "4.2", "A key's value stands in the object's key as it is.", "inferred")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(**partitioning())
    stream.put({"data": "x", "keys": {"k": "a=b/c d"}})
    yield
    assert [stored.key.startswith(f"k=a=b/c d/{stream.name}") for stored in stream.data()] == [True]


@row("partition-no-time", "4.3", "A prefix with keys and no time gets no time appended.", "probed")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(**partitioning())
    stream.put({"data": "x", "keys": {"k": "v"}})
    yield
    [stored] = stream.data()
    assert stored.key.startswith(f"k=v/{stream.name}-1-")


@row("partition-buffers", "3.5", "Each partition has a buffer of its own and gives an object of its own.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(**partitioning())
    stream.put(*({"data": "x", "keys": {"k": str(number % 7)}} for number in range(21)))
    yield
    assert [stored.body for stored in stream.data(7)] == 7 * [b"xxx"]


def _one_too_many(aws: Aws) -> Stream:
    """A stream whose transform returned 502 records at once, for 501 partitions."""

    def make(own: Aws) -> Stream:
        slowly = transform(BufferSizeInMBs="3", BufferIntervalInSeconds="900")
        stream = own.stream(**partitioning(BufferingHints=hints(64, 900), ProcessingConfiguration=slowly))
        stream.put(*({"data": "x", "keys": {"k": str(number)}} for number in range(500)))
        stream.put({"data": "y", "keys": {"k": "500"}}, {"data": "z", "keys": {"k": "7"}})
        return stream

    return aws.shared("partitioning-one-too-many", make)


@row(
    "partition-limit",
    "3.5",
    "A stream has 500 active partitions; records of further ones go to the error prefix.",
    "documented",
)
def _(aws: Aws) -> Iterator[None]:
    stream = _one_too_many(aws)
    yield
    [line] = stream.errors(kind="activePartitionExceeded/")
    assert raw(line) == b"y"
    keys = eventually(lambda: _keys(aws, stream.name), at_least(501))
    assert len(keys) == 501  # 500 partitions and the error object


def _keys(aws: Aws, bucket: str) -> list[str]:
    listed = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [item["Key"] for page in listed for item in page.get("Contents", [])]


@row(
    "partition-limit-code", "3.6", "The code of an error for a partition too many.", "unknown",
    here="`DynamicPartitioning.ActivePartitionLimitExceeded`; rawData is what the transform returned.",
)  # fmt: skip
def _(aws: Aws) -> Iterator[None]:
    stream = _one_too_many(aws)
    yield
    [line] = stream.errors(kind="activePartitionExceeded/")
    assert (line["errorCode"], raw(line)) == ("DynamicPartitioning.ActivePartitionLimitExceeded", b"y")


# --- 3.6 failures ---------------------------------------------------------------------------------

_NOT_EMPTY = "partitionKeys values must not be null or empty"


def _no_key(row_id: str, statement: str, confidence: Confidence, script: dict[str, Any], here: str = "") -> None:
    @row(row_id, "3.6", statement, confidence, here=here)
    def _(aws: Aws) -> Iterator[None]:
        stream = aws.stream(**partitioning())
        stream.put({"data": "bad", **script}, {"data": "good", "keys": {"k": "v"}})
        yield
        [line] = stream.errors(kind="metadata-extraction-failed/")
        assert (line["errorCode"], line["errorMessage"]) == ("DynamicPartitioning.MetadataExtractionFailed", _NOT_EMPTY)
        assert [stored.body for stored in stream.data()] == [b"good"]


_UNKNOWN = "`metadata-extraction-failed`, as an empty key."
_no_key("key-empty", "A key that is empty fails the record.", "probed", {"keys": {"k": ""}})
_no_key("key-null", "A key that is null fails the record.", "probed", {"keys": {"k": None}})
_no_key("key-absent", "A key that the transform did not return.", "unknown", {"keys": {"other": "v"}}, _UNKNOWN)
_no_key("key-number", "A key that is a number.", "unknown", {"keys": {"k": 7}}, _UNKNOWN)
_no_key("no-metadata", "An answer without metadata.", "unknown", {}, _UNKNOWN)


@row(
    "partition-error-shape",
    "3.6",
    "Errors of partitioning name no function.",
    "unknown",
    here="They have the members of a transform's error but `lambdaARN`.",
)
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(**partitioning())
    stream.put({"data": "bad", "keys": {"k": ""}})
    yield
    [stored] = stream.error_objects()
    assert set(parsed(stored)[0]) == {
        "rawData", "errorCode", "errorMessage", "attemptsMade", "arrivalTimestamp", "attemptEndingTimestamp"
    }  # fmt: skip


@row(
    "partition-s3-fails", "3.6", "A partition that S3 does not take for the retry duration goes to the error prefix.",
    "inferred",
    here="Type `delivery-failed`, code `S3.<S3's code>`.",
)  # fmt: skip
def _(aws: Aws) -> Iterator[None]:
    retry = {"Enabled": True, "RetryOptions": {"DurationInSeconds": 0}}
    stream = aws.stream(**partitioning(DynamicPartitioningConfiguration=retry))
    aws.s3.delete_bucket(Bucket=stream.name)
    stream.put({"data": "x", "keys": {"k": "v"}})
    yield
    time.sleep(1)  # the data is given up; its error cannot be stored either, and waits
    aws.s3.create_bucket(Bucket=stream.name)
    [line] = stream.errors(kind="delivery-failed/")
    assert (line["errorCode"], raw(line)) == ("S3.NoSuchBucket", b"x")


@row(
    "key-too-long", "3.6", "A partition key that makes the prefix longer than 512 characters.", "unknown",
    here="`metadata-extraction-failed`.",
)  # fmt: skip
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(**partitioning())
    stream.put({"data": "x", "keys": {"k": 600 * "x"}})
    yield
    [line] = stream.errors(kind="metadata-extraction-failed/")
    assert "longer than 512 characters" in line["errorMessage"]


# --- 3.7 many rows out of one record --------------------------------------------------------------


@row("explode", "3.7", "A transform may return several documents for one record: rows of one partition.", "documented")
def _(aws: Aws) -> Iterator[None]:
    table = aws.table({"a": "int"})
    stream = aws.stream(
        **converting(table) | partitioning(Prefix="k=!{partitionKeyFromLambda:k}/", ErrorOutputPrefix=ERRORS)
    )
    stream.put({"data": '{"a": 1}{"a": 2}\n{"a": 3}', "keys": {"k": "v"}})
    yield
    [stored] = stream.data()
    assert stored.key.startswith("k=v/")
    assert rows(stored) == [{"a": 1}, {"a": 2}, {"a": 3}]
