"""Sections 1.3 and 9.1: a stream from its creation to its deletion, and what Describe shows of it."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.conformance.firehose_table.aws import Aws, Stream
from tests.conformance.firehose_table.checks import DESTINATION_ID, creation, usual
from tests.conformance.firehose_table.configurations import hints, s3
from tests.conformance.firehose_table.row import row

# --- lifecycle ------------------------------------------------------------------------------------


@row(
    "creating",
    "9.1",
    "A new stream is CREATING before it is ACTIVE.",
    "documented",
    here="For 0.2 seconds, whatever the speed.",
)
def _(aws: Aws) -> None:
    stream = aws.while_creating(lambda stream: stream)
    assert stream.active().describe()["DeliveryStreamStatus"] == "ACTIVE"


@row(
    "put-while-creating",
    "1.3",
    "A stream that is not ACTIVE yet takes no records: ResourceNotFoundException.",
    "inferred",
)
def _(aws: Aws) -> None:
    name, outcome = aws.while_creating(
        lambda new: (new.name, aws.outcome("PutRecord", DeliveryStreamName=new.name, Record={"Data": b"x"}))
    )
    assert outcome == ("ResourceNotFoundException", f"Firehose {name} under account 000000000000 not found.")


@row(
    "delete-while-creating", "9.1", "A stream that is CREATING cannot be deleted: ResourceInUseException.", "documented"
)
def _(aws: Aws) -> None:
    code, message = aws.while_creating(lambda new: aws.outcome("DeleteDeliveryStream", DeliveryStreamName=new.name))
    assert (code, message.endswith("cannot be deleted in CREATING state")) == ("ResourceInUseException", True)


@row("update-while-creating", "9.1", "A stream that is CREATING cannot be updated: ResourceInUseException.", "code")
def _(aws: Aws) -> None:
    name, outcome = aws.while_creating(
        lambda new: (new.name, aws.outcome("UpdateDestination", **new.an_update(Prefix="a/")))
    )
    assert outcome == ("ResourceInUseException", f"Cannot update firehose: {name} when it is in CREATING status")


@row(
    "deleting", "9.1", "A stream that is being deleted is DELETING for minutes.", "documented",
    here="DeleteDeliveryStream answers when the stream is gone; DELETING is seen by others only, until then.",
)  # fmt: skip
def _(aws: Aws) -> None:
    stream = aws.stream().active()
    aws.firehose.delete_delivery_stream(DeliveryStreamName=stream.name)
    assert aws.refused("DescribeDeliveryStream", DeliveryStreamName=stream.name)[0] == "ResourceNotFoundException"


@row(
    "name-again",
    "9.1",
    "The name of a deleted stream may be used again, and nothing of the old stream is delivered.",
    "inferred",
)
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(BufferingHints=hints(5, 900))
    stream.put(b"old")
    aws.firehose.delete_delivery_stream(DeliveryStreamName=stream.name)
    stream.create({}, {})
    stream.put(b"new")
    yield
    assert stream.body(3) == b"new"


@row("name-race", "9.1", "Of several creations of one name at once, one succeeds.", "inferred")
def _(aws: Aws) -> None:
    request = creation(aws)
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: aws.outcome("CreateDeliveryStream", **request)[0], range(8)))
    assert sorted(codes) == ["", *7 * ["ResourceInUseException"]]


@row("forced-deletion", "9.1", "AllowForceDelete deletes, too.", "documented")
def _(aws: Aws) -> None:
    stream = aws.stream().active()
    aws.firehose.delete_delivery_stream(DeliveryStreamName=stream.name, AllowForceDelete=True)
    assert aws.refused("DescribeDeliveryStream", DeliveryStreamName=stream.name)[0] == "ResourceNotFoundException"


@row("name-taken", "9.1", "A name that is taken: ResourceInUseException.", "documented")
def _(aws: Aws) -> None:
    name = usual(aws).name
    code, message = aws.refused(
        "CreateDeliveryStream", DeliveryStreamName=name, ExtendedS3DestinationConfiguration=s3(name)
    )
    assert (code, message) == ("ResourceInUseException", f"Firehose {name} under accountId 000000000000 already exists")


# --- description ----------------------------------------------------------------------------------


def _shown(row_id: str, statement: str, member: str, value: Any) -> None:
    @row(row_id, "9.1", statement, "probed")
    def _(aws: Aws) -> None:
        assert usual(aws).describe()[member] == value


def _default(member: str, value: Any, section: str = "9.1") -> None:
    shown = value if isinstance(value, str) else json.dumps(value)

    @row(f"default-{member}", section, f"Describe shows `{member}` as `{shown}` when it was not given.", "probed")
    def _(aws: Aws) -> None:
        assert usual(aws).destination()[member] == value


_shown("first-version", "A new stream has VersionId `1`.", "VersionId", "1")
_shown(
    "more-destinations",
    "There are never more destinations: `HasMoreDestinations` is false.",
    "HasMoreDestinations",
    False,
)
_shown("type", "Describe shows the DeliveryStreamType `DirectPut`.", "DeliveryStreamType", "DirectPut")
_shown(
    "not-encrypted",
    "A stream without encryption shows `DISABLED`.",
    "DeliveryStreamEncryptionConfiguration",
    {"Status": "DISABLED"},
)
_default("BufferingHints", hints(5, 300), "5")
_default("CompressionFormat", "UNCOMPRESSED", "4.1")
_default("CloudWatchLoggingOptions", {"Enabled": False})
_default("DataFormatConversionConfiguration", {"Enabled": False})
_default("EncryptionConfiguration", {"NoEncryptionConfig": "NoEncryption"})
_default("S3BackupMode", "Disabled")


@row("arn", "9.1", "A stream's ARN is `arn:aws:firehose:<region>:<account>:deliverystream/<name>`.", "documented")
def _(aws: Aws) -> None:
    stream = usual(aws)
    assert (
        stream.describe()["DeliveryStreamARN"]
        == f"arn:aws:firehose:us-east-1:000000000000:deliverystream/{stream.name}"
    )


@row("both-descriptions", "9.1", "Describe shows the destination twice: extended, and as plain S3.", "probed")
def _(aws: Aws) -> None:
    [destination] = usual(aws).describe()["Destinations"]
    plain, extended = destination["S3DestinationDescription"], destination["ExtendedS3DestinationDescription"]
    assert destination["DestinationId"] == DESTINATION_ID
    assert plain.items() <= extended.items()
    assert "S3BackupMode" not in plain


@row(
    "times",
    "9.1",
    "CreateTimestamp is when the stream was made; LastUpdateTimestamp comes with the first update.",
    "code",
)
def _(aws: Aws) -> None:
    stream = aws.stream(Prefix="a/").active()
    described = stream.describe()
    assert abs(described["CreateTimestamp"].timestamp() - time.time()) < 60
    assert "LastUpdateTimestamp" not in described
    stream.update(Prefix="b/")
    assert stream.describe()["LastUpdateTimestamp"] >= described["CreateTimestamp"]


@row("describe-page", "9.1", "The one destination is shown whatever ExclusiveStartDestinationId says.", "probed")
def _(aws: Aws) -> None:
    answer = aws.firehose.describe_delivery_stream(
        DeliveryStreamName=usual(aws).name, Limit=1, ExclusiveStartDestinationId=DESTINATION_ID
    )
    assert len(answer["DeliveryStreamDescription"]["Destinations"]) == 1


@row("plain-destination", "9.1", "The deprecated S3DestinationConfiguration makes the same stream.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = Stream(aws, aws.name())
    aws.s3.create_bucket(Bucket=stream.name)
    plain = s3(stream.name, Prefix="p/")
    aws.firehose.create_delivery_stream(DeliveryStreamName=stream.name, S3DestinationConfiguration=plain)
    stream.put(b"plain")
    yield
    assert stream.body(5) == b"plain"
    assert stream.destination()["Prefix"] == "p/"
