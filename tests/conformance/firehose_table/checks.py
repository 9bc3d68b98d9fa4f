"""Checks that many rows share."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from tests.conformance.firehose_table.aws import Aws, Stored, Stream
from tests.conformance.firehose_table.configurations import Json, partitioning, processing, processor, s3
from tests.conformance.firehose_table.row import Confidence, row

DESTINATION_ID = "destinationId-000000000001"
NAME = (
    r"(?P<stream>.+)-(?P<version>\d+)-(?P<time>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)"
    r"-(?P<uuid>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"
)
"""What an object is called after its prefix, as a pattern."""
SPLIT = processor("RecordDeAggregation", SubRecordType="JSON")


def refuses(
    row_id: str,
    section: str,
    statement: str,
    confidence: Confidence,
    words: str,
    code: str = "InvalidArgumentException",
    /,
    **members: Any,
) -> None:
    """A row: a destination with these members is refused with these words. A member may be a function of `aws`."""

    @row(row_id, section, statement, confidence)
    def _(aws: Aws) -> None:
        given = {name: value(aws) if callable(value) else value for name, value in members.items()}
        name = aws.name()
        seen = aws.refused(
            "CreateDeliveryStream", DeliveryStreamName=name, ExtendedS3DestinationConfiguration=s3(name, **given)
        )
        assert (seen[0], words in seen[1]) == (code, True), seen


def takes(row_id: str, section: str, statement: str, confidence: Confidence, member: str, /, **members: Any) -> None:
    """A row: a destination with these members is taken, and `member` is shown as it was given."""

    @row(row_id, section, statement, confidence)
    def _(aws: Aws) -> None:
        given = {name: value(aws) if callable(value) else value for name, value in members.items()}
        assert aws.stream(**given).destination()[member] == given[member]


def delivered(
    row_id: str, section: str, statement: str, confidence: Confidence, here: str = "", /, **destination: Any
) -> Callable[[Callable[[Stream, Stored], Any]], Any]:
    """A row that delivers `abc` three times through such a destination; its check answers what is seen and wanted."""

    def register(look: Callable[[Stream, Stored], Any]) -> Any:
        @row(row_id, section, statement, confidence, here=here)
        def _(aws: Aws) -> Iterator[None]:
            stream = aws.stream(**destination)
            stream.put(*3 * [b"abc"])
            yield
            [stored] = stream.data()
            seen, wanted = look(stream, stored)
            assert seen == wanted, stored.key

        return look

    return register


def moment(stored: Stored) -> datetime:
    """The time in an object's name, taken as UTC."""
    match = re.search(NAME, stored.key)
    assert match, stored.key
    return datetime.strptime(match["time"], "%Y-%m-%d-%H-%M-%S").replace(tzinfo=UTC)


def usual(aws: Aws) -> Stream:
    """A stream with nothing but a role and a bucket."""
    return aws.shared("usual", lambda own: own.stream(BufferingHints=None, ErrorOutputPrefix=None).active())


def creation(aws: Aws, **request: Any) -> Json:
    """A request of CreateDeliveryStream."""
    name = aws.name()
    return {"DeliveryStreamName": name, "ExtendedS3DestinationConfiguration": s3(name), **request}


def query(text: str) -> Json:
    """The processor that makes partition keys by jq."""
    return processor("MetadataExtraction", MetadataExtractionQuery=text, JsonParsingEngine="JQ-1.6")


def by_query(text: str, *others: Json, prefix: str = "k=!{partitionKeyFromQuery:k}/") -> Json:
    """The members of a destination that partitions by a query."""
    return partitioning(Prefix=prefix, ProcessingConfiguration=processing(*others, query(text)))


def folders(stream: Stream, count: int) -> list[str]:
    """What stands before the names of the data's objects, once there are `count` of them."""
    return sorted(stored.key.rpartition("/")[0] for stored in stream.data(count))
