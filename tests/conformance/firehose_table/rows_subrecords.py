"""Sections 2.7 and 3.4: records that are cut into sub-records first."""

import base64
import json
from collections.abc import Iterator

from tests.conformance.firehose_table.aws import Aws, Stream, raw
from tests.conformance.firehose_table.checks import SPLIT, by_query, refuses
from tests.conformance.firehose_table.configurations import (
    Json,
    hints,
    partitioning,
    processing,
    processor,
    s3,
    transform,
)
from tests.conformance.firehose_table.row import Confidence, row

_FAILED = "metadata-extraction-failed/"
_NOT_JSON, _EMPTY = "Non JSON record provided", "partitionKeys values must not be null or empty"


def _cut(
    row_id: str, statement: str, confidence: Confidence, record: bytes, wanted: dict[str, bytes], how: Json = SPLIT
) -> None:
    """A row whose record is cut into these bodies by partition."""

    @row(row_id, "3.4", statement, confidence)
    def _(aws: Aws) -> Iterator[None]:
        stream = aws.stream(**by_query("{k: .a}", how))
        stream.put(record)
        yield
        assert {stored.key.split("/")[0]: stored.body for stored in stream.data(len(wanted))} == wanted


_XY = {"k=x": b'{"a":"x"}', "k=y": b'{"a":"y"}'}
_cut(
    "json-sub-records",
    "A record of JSON objects, one after the other, is cut into them; each has its partition.",
    "documented",
    b'{"a":"x"}{"a":"y"}',
    _XY,
)
_cut("json-lines", "Newlines between them are left out.", "documented", b'{"a":"x"}\n{"a":"y"}\n', _XY)
_cut(
    "delimited-sub-records", "SubRecordType DELIMITED cuts at a delimiter, which is left out.", "documented",
    b'{"a":"x"}####{"a":"y"}', _XY,
    processor("RecordDeAggregation", SubRecordType="DELIMITED", Delimiter=base64.b64encode(b"####").decode()),
)  # fmt: skip
_cut(
    "same-partition",
    "Sub-records of one partition stand in its object one after the other.",
    "documented",
    b'{"a":"x"}\n{"a":"x"}',
    {"k=x": b'{"a":"x"}{"a":"x"}'},
)


@row("sub-records-to-transform", "3.4", "Each sub-record is a record of its own for the transform.", "documented")
def _(aws: Aws) -> Iterator[None]:
    [function] = transform()["Processors"]
    stream = aws.stream(**partitioning(ProcessingConfiguration=processing(SPLIT, function)))
    script = json.dumps({"keep": 1, "data": "x", "keys": {"k": "v"}}).encode()
    stream.put(script + script + script)
    yield
    assert stream.body(3) == b"xxx"
    [event] = stream.events()
    assert len({record["recordId"] for record in event["records"]}) == 3


@row(
    "sub-record-ids",
    "3.4",
    "What the recordId of a sub-record looks like.",
    "unknown",
    here="The record's id with its last six digits counting the sub-records.",
)
def _(aws: Aws) -> Iterator[None]:
    [function] = transform()["Processors"]
    stream = aws.stream(**partitioning(ProcessingConfiguration=processing(SPLIT, function)))
    script = json.dumps({"keep": 1, "data": "x", "keys": {"k": "v"}}).encode()
    [put] = stream.put(script + script)["RequestResponses"]
    yield
    [event] = stream.events()
    assert [r["recordId"] for r in event["records"]] == [put["RecordId"][:-6] + f"{part:06d}" for part in (1, 2)]


def _too_many(aws: Aws) -> Stream:
    def make(own: Aws) -> Stream:
        stream = own.stream(**by_query("{k: .a}", SPLIT))
        stream.put(501 * b'{"a":"x"}')
        return stream

    return aws.shared("query-too-many", make)


@row(
    "sub-record-cap",
    "3.4",
    "A record of more than 500 sub-records is not cut, without a word; the query then fails on the whole.",
    "documented",
)
def _(aws: Aws) -> Iterator[None]:
    stream = _too_many(aws)
    yield
    [line] = stream.errors(kind=_FAILED)
    assert (line["errorMessage"], raw(line)) == (_NOT_JSON, 501 * b'{"a":"x"}')
    assert stream.data(0) == []


@row("sub-record-most", "3.4", "A record of 500 sub-records is cut.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(**by_query("{k: .a}", SPLIT))
    stream.put(500 * b'{"a":"x"}')
    yield
    assert stream.body(500 * 9) == 500 * b'{"a":"x"}'


@row("json-array-sub-records", "3.4", "A JSON array is not cut.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(**by_query("{k: .[0].a}", SPLIT))
    stream.put(b'[{"a":"x"},{"a":"y"}]')
    yield
    assert stream.body(21) == b'[{"a":"x"},{"a":"y"}]'


@row(
    "sub-records-and-more", "3.4", "A record with anything but JSON objects in it.", "unknown",
    here="It is not cut, but processed whole.",
)  # fmt: skip
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(**by_query("{k: .a}", SPLIT))
    stream.put(b'{"a":"x"} and more')
    yield
    [line] = stream.errors(kind=_FAILED)
    assert (line["errorMessage"], raw(line)) == (_NOT_JSON, b'{"a":"x"} and more')


@row("empty-sub-records", "3.4", "Nothing between two delimiters.", "unknown", here="It is left out.")
def _(aws: Aws) -> Iterator[None]:
    delimited = processor("RecordDeAggregation", SubRecordType="DELIMITED", Delimiter=base64.b64encode(b"#").decode())
    stream = aws.stream(**by_query("{k: .a}", delimited))
    stream.put(b'#{"a":"x"}##{"a":"x"}#')
    yield
    assert stream.body(18) == b'{"a":"x"}{"a":"x"}'
    assert stream.objects("errors/") == []


@row("sub-record-backup", "2.7", "Backup keeps the record as it was put, not its sub-records.", "inferred")
def _(aws: Aws) -> Iterator[None]:
    place = aws.stream()
    backup = s3(place.name, Prefix="raw/", ErrorOutputPrefix=None)
    stream = aws.stream(**by_query("{k: .a}", SPLIT), S3BackupMode="Enabled", S3BackupConfiguration=backup)
    stream.put(b'{"a":"x"}\n{"a":"y"}\n')
    yield
    assert [stored.body for stored in place.data()] == [b'{"a":"x"}\n{"a":"y"}\n']


refuses(
    "sub-record-type",
    "3.4",
    "SubRecordType is JSON or DELIMITED.",
    "documented",
    "SubRecordType",
    **by_query("{k: .a}", processor("RecordDeAggregation", SubRecordType="CSV")),
)
refuses(
    "sub-record-delimiter",
    "3.4",
    "DELIMITED needs its Delimiter.",
    "documented",
    "Delimiter",
    **by_query("{k: .a}", processor("RecordDeAggregation", SubRecordType="DELIMITED")),
)
refuses(
    "sub-record-delimiter-base64", "3.4", "The Delimiter is base64.", "documented", "base64",
    **by_query("{k: .a}", processor("RecordDeAggregation", SubRecordType="DELIMITED", Delimiter="#!")),
)  # fmt: skip


def _only_with_partitioning(kind: str, section: str, **parameters: str) -> None:
    statement = f"Whether {kind} works without dynamic partitioning."

    @row(f"{kind}-alone", section, statement, "unknown", here="Refused: nothing would use what it makes.")
    def _(aws: Aws) -> None:
        destination = s3(
            "b", ProcessingConfiguration=processing(processor(kind, **parameters)), BufferingHints=hints(64, 60)
        )
        code, message = aws.refused(
            "CreateDeliveryStream", DeliveryStreamName=aws.name(), ExtendedS3DestinationConfiguration=destination
        )
        assert code == "InvalidArgumentException"
        assert f"Processor of type {kind} can only be used when Dynamic Partitioning is enabled" in message


_only_with_partitioning("RecordDeAggregation", "3.4", SubRecordType="JSON")
_only_with_partitioning("MetadataExtraction", "3.2", MetadataExtractionQuery="{k: .a}", JsonParsingEngine="JQ-1.6")
