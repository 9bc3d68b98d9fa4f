"""Sections 1.3, 8 and 9.1: the life of a stream, its description, tags, encryption and updates."""

import time
from collections.abc import Iterator
from typing import Any

from firehose_table.aws import Aws, Stream, eventually
from firehose_table.configurations import (
    ERRORS,
    ROLE,
    conversion,
    converting,
    hints,
    partitioning,
    processing,
    processor,
    s3,
    transform,
)
from firehose_table.row import row

_DESTINATION_ID = "destinationId-000000000001"
_KEY = "DeliveryStreamEncryptionConfigurationInput"
_OWNED = {"KeyType": "AWS_OWNED_CMK"}


def _usual(aws: Aws) -> Stream:
    """A stream with nothing but a role and a bucket."""
    return aws.shared("streams-usual", lambda own: own.stream(BufferingHints=None, ErrorOutputPrefix=None).active())


def _creation(aws: Aws, **request: Any) -> dict[str, Any]:
    name = aws.name()
    return {"DeliveryStreamName": name, "ExtendedS3DestinationConfiguration": s3(name), **request}


# --- lifecycle ----------------------------------------------------------------------------------------------------------


@row(
    "creating",
    "9.1",
    "A new stream is CREATING before it is ACTIVE.",
    "documented",
    here="For 0.2 seconds, whatever the speed.",
)
def _(aws: Aws) -> None:
    stream = aws.stream()
    assert stream.describe()["DeliveryStreamStatus"] == "CREATING"
    assert stream.active().describe()["DeliveryStreamStatus"] == "ACTIVE"


@row(
    "put-while-creating",
    "1.3",
    "A stream that is not ACTIVE yet takes no records: ResourceNotFoundException.",
    "inferred",
)
def _(aws: Aws) -> None:
    stream = aws.stream()
    code, message = aws.refused("PutRecord", DeliveryStreamName=stream.name, Record={"Data": b"x"})
    assert (code, message) == (
        "ResourceNotFoundException",
        f"Firehose {stream.name} under account 000000000000 not found.",
    )


@row(
    "delete-while-creating", "9.1", "A stream that is CREATING cannot be deleted: ResourceInUseException.", "documented"
)
def _(aws: Aws) -> None:
    code, message = aws.refused("DeleteDeliveryStream", DeliveryStreamName=aws.stream().name)
    assert (code, message.endswith("cannot be deleted in CREATING state")) == ("ResourceInUseException", True)


@row("update-while-creating", "9.1", "A stream that is CREATING cannot be updated: ResourceInUseException.", "code")
def _(aws: Aws) -> None:
    stream = aws.stream()
    code, message = aws.refused("UpdateDestination", **stream.an_update(Prefix="a/"))
    assert (code, message) == (
        "ResourceInUseException",
        f"Cannot update firehose: {stream.name} when it is in CREATING status",
    )


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


@row("name-taken", "9.1", "A name that is taken: ResourceInUseException.", "documented")
def _(aws: Aws) -> None:
    name = _usual(aws).name
    code, message = aws.refused(
        "CreateDeliveryStream", DeliveryStreamName=name, ExtendedS3DestinationConfiguration=s3(name)
    )
    assert (code, message) == ("ResourceInUseException", f"Firehose {name} under accountId 000000000000 already exists")


# --- description --------------------------------------------------------------------------------------------------------


def _shown(row_id: str, statement: str, member: str, value: Any) -> None:
    @row(row_id, "9.1", statement, "probed")
    def _(aws: Aws) -> None:
        assert _usual(aws).describe()[member] == value


def _default(member: str, value: Any, section: str = "9.1") -> None:
    @row(f"default-{member}", section, f"Describe shows `{member}` as `{value}` when it was not given.", "probed")
    def _(aws: Aws) -> None:
        assert _usual(aws).destination()[member] == value


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
    stream = _usual(aws)
    assert (
        stream.describe()["DeliveryStreamARN"]
        == f"arn:aws:firehose:us-east-1:000000000000:deliverystream/{stream.name}"
    )


@row("both-descriptions", "9.1", "Describe shows the destination twice: extended, and as plain S3.", "probed")
def _(aws: Aws) -> None:
    [destination] = _usual(aws).describe()["Destinations"]
    plain, extended = destination["S3DestinationDescription"], destination["ExtendedS3DestinationDescription"]
    assert destination["DestinationId"] == _DESTINATION_ID
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
        DeliveryStreamName=_usual(aws).name, Limit=1, ExclusiveStartDestinationId=_DESTINATION_ID
    )
    assert len(answer["DeliveryStreamDescription"]["Destinations"]) == 1


@row("plain-destination", "9.1", "The deprecated S3DestinationConfiguration makes the same stream.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = Stream(aws, aws.name())
    aws.s3.create_bucket(Bucket=stream.name)
    plain = {name: value for name, value in s3(stream.name, Prefix="p/").items()}
    aws.firehose.create_delivery_stream(DeliveryStreamName=stream.name, S3DestinationConfiguration=plain)
    stream.put(b"plain")
    yield
    assert stream.body(5) == b"plain"
    assert stream.destination()["Prefix"] == "p/"


# --- what a stream is made of -------------------------------------------------------------------------------------------


@row("two-destinations", "9.1", "A stream has exactly one destination.", "documented")
def _(aws: Aws) -> None:
    assert aws.refused("CreateDeliveryStream", **_creation(aws, S3DestinationConfiguration=s3("b"))) == (
        "InvalidArgumentException",
        "Exactly one destination configuration is supported for a Firehose",
    )


@row("no-destination", "9.1", "A stream without a destination is refused.", "documented")
def _(aws: Aws) -> None:
    code, message = aws.refused("CreateDeliveryStream", DeliveryStreamName=aws.name())
    assert (code, message.startswith("Exactly one destination")) == ("InvalidArgumentException", True)


@row(
    "kinesis-source", "1.3", "A stream may read from a Kinesis data stream, and then refuses puts.", "documented",
    here="Such a stream is refused at create: only DirectPut is served.",
)  # fmt: skip
def _(aws: Aws) -> None:
    code, message = aws.refused("CreateDeliveryStream", **_creation(aws, DeliveryStreamType="KinesisStreamAsSource"))
    assert code == "InvalidArgumentException"
    assert "KinesisStreamAsSource is not available in this local Firehose; use DirectPut" in message


@row(
    "other-destinations", "9.1", "Firehose delivers to Splunk, OpenSearch, Redshift, Snowflake, Iceberg and HTTP, too.", "documented",
    here="Such a stream is refused at create: only S3 is served.",
)  # fmt: skip
def _(aws: Aws) -> None:
    splunk = {"HECEndpoint": "http://x", "HECEndpointType": "Raw", "S3Configuration": s3("b")}
    code, message = aws.refused(
        "CreateDeliveryStream", DeliveryStreamName=aws.name(), SplunkDestinationConfiguration=splunk
    )
    assert code == "InvalidArgumentException"
    assert "SplunkDestinationConfiguration is not available in this local Firehose" in message


def _missing(member: str) -> None:
    @row(f"without-{member}", "9.1", f"A destination must have a `{member}`.", "documented")
    def _(aws: Aws) -> None:
        code, message = aws.refused(
            "CreateDeliveryStream", DeliveryStreamName="x", ExtendedS3DestinationConfiguration=s3("b", **{member: None})
        )
        path = f"extendedS3DestinationConfiguration.{member[0].lower()}{member[1:]}"
        assert (code, f"Value null at '{path}' failed" in message) == ("ValidationException", True)


_missing("RoleARN")
_missing("BucketARN")


def _invalid(row_id: str, section: str, statement: str, words: str, **members: Any) -> None:
    @row(row_id, section, statement, "documented")
    def _(aws: Aws) -> None:
        code, message = aws.refused(
            "CreateDeliveryStream", **_creation(aws, ExtendedS3DestinationConfiguration=s3("b", **members))
        )
        assert (code, words in message) == ("ValidationException", True), message


_invalid(
    "bucket-is-an-arn",
    "9.1",
    "BucketARN must be an ARN of S3.",
    "satisfy regular expression pattern: arn:.*:s3:::",
    BucketARN="b",
)
_invalid(
    "parameter-not-empty", "9.1", "A processor's parameter is not empty.", "Member must",
    ProcessingConfiguration=transform(NumberOfRetries=""),
)  # fmt: skip
_invalid(
    "parameter-length", "9.1", "A processor's parameter has 5,120 characters at most.", "less than or equal to 5120",
    ProcessingConfiguration=transform(RoleArn=5121 * "x"),
)  # fmt: skip
_invalid(
    "parameter-name", "9.1", "A processor's parameters have AWS's names.", "satisfy enum value set: [LambdaArn, ",
    ProcessingConfiguration=transform(Nothing="x"),
)  # fmt: skip
_invalid(
    "processor-type", "9.1", "A processor is of a type that AWS knows.", "satisfy enum value set: [RecordDeAggregation, ",
    ProcessingConfiguration=processing(processor("Nothing")),
)  # fmt: skip


@row(
    "decompression", "9.1", "Processors of type Decompression and CloudWatchLogProcessing unpack logs of CloudWatch.", "documented",
    here="Refused at create and update.",
)  # fmt: skip
def _(aws: Aws) -> None:
    for kind in ("Decompression", "CloudWatchLogProcessing"):
        configuration = s3("b", ProcessingConfiguration=processing(processor(kind)))
        code, message = aws.refused(
            "CreateDeliveryStream", **_creation(aws, ExtendedS3DestinationConfiguration=configuration)
        )
        assert (code, f"Processor type {kind} is not available" in message) == ("InvalidArgumentException", True)


# --- lists and tags -----------------------------------------------------------------------------------------------------


def _listed(aws: Aws) -> list[str]:
    """Twelve streams whose names come before all others."""

    def make(own: Aws) -> list[str]:
        names = [f"00-listed-{number:02d}" for number in range(12)]
        for name in names:
            own.firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=s3("b"))
        return names

    return aws.shared("streams-listed", make)


@row(
    "list-order",
    "9.1",
    "ListDeliveryStreams lists names in alphabetical order, 10 unless told otherwise.",
    "documented",
)
def _(aws: Aws) -> None:
    names = _listed(aws)
    answer = aws.firehose.list_delivery_streams()
    assert (answer["DeliveryStreamNames"], answer["HasMoreDeliveryStreams"]) == (names[:10], True)


@row("list-page", "9.1", "A page begins behind ExclusiveStartDeliveryStreamName and has Limit names.", "documented")
def _(aws: Aws) -> None:
    names = _listed(aws)
    answer = aws.firehose.list_delivery_streams(Limit=3, ExclusiveStartDeliveryStreamName=names[4])
    assert (answer["DeliveryStreamNames"], answer["HasMoreDeliveryStreams"]) == (names[5:8], True)


@row("list-end", "9.1", "HasMoreDeliveryStreams is false on the last page.", "documented")
def _(aws: Aws) -> None:
    answer = aws.firehose.list_delivery_streams(ExclusiveStartDeliveryStreamName="zzzz")
    assert (answer["DeliveryStreamNames"], answer["HasMoreDeliveryStreams"]) == ([], False)


@row("list-type", "9.1", "DeliveryStreamType filters the list.", "documented")
def _(aws: Aws) -> None:
    _listed(aws)
    assert aws.firehose.list_delivery_streams(DeliveryStreamType="KinesisStreamAsSource")["DeliveryStreamNames"] == []
    assert len(aws.firehose.list_delivery_streams(DeliveryStreamType="DirectPut")["DeliveryStreamNames"]) == 10


@row("list-limit", "9.1", "Limit is 1 to 10,000.", "documented")
def _(aws: Aws) -> None:
    for limit in (0, 10_001):
        code, message = aws.refused("ListDeliveryStreams", Limit=limit)
        assert (code, "at 'limit' failed" in message) == ("ValidationException", True)


def _tags(aws: Aws, name: str) -> dict[str, str]:
    listed = aws.firehose.list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in listed}


@row(
    "tags",
    "9.1",
    "Tags come with creation, are added, replaced by key, and taken away; unknown keys are ignored.",
    "documented",
)
def _(aws: Aws) -> None:
    name = aws.stream(request={"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b"}]}).active().name
    assert _tags(aws, name) == {"a": "1", "b": ""}
    aws.firehose.tag_delivery_stream(DeliveryStreamName=name, Tags=[{"Key": "a", "Value": "2"}, {"Key": "c"}])
    aws.firehose.untag_delivery_stream(DeliveryStreamName=name, TagKeys=["b", "nothing"])
    assert _tags(aws, name) == {"a": "2", "c": ""}


@row(
    "most-tags", "9.1", "A stream has 50 tags at most.", "documented",
    here="A 51st is refused by LimitExceededException; which error AWS gives is not known.",
)  # fmt: skip
def _(aws: Aws) -> None:
    name = aws.stream(request={"Tags": [{"Key": f"k{number}"} for number in range(50)]}).active().name
    assert len(_tags(aws, name)) == 50
    assert (
        aws.refused("TagDeliveryStream", DeliveryStreamName=name, Tags=[{"Key": "one-more"}])[0]
        == "LimitExceededException"
    )


@row("tag-prefix", "9.1", "A key that starts with `aws:` is refused.", "documented")
def _(aws: Aws) -> None:
    code, message = aws.refused("TagDeliveryStream", DeliveryStreamName=_usual(aws).name, Tags=[{"Key": "aws:x"}])
    assert (code, "at 'tags.1.member.key' failed to satisfy" in message) == ("ValidationException", True)


@row("tag-characters", "9.1", "Keys and values are letters, digits, blanks and `_ . : / = + - % @`.", "documented")
def _(aws: Aws) -> None:
    name = aws.stream(request={"Tags": [{"Key": "Größe 1_.:/=+-%@", "Value": "名"}]}).active().name
    assert _tags(aws, name) == {"Größe 1_.:/=+-%@": "名"}
    for tag in ({"Key": "a#"}, {"Key": "a", "Value": "*"}):
        assert aws.refused("TagDeliveryStream", DeliveryStreamName=name, Tags=[tag])[0] == "ValidationException"


@row("tag-pages", "9.1", "ListTagsForDeliveryStream pages by Limit and ExclusiveStartTagKey.", "documented")
def _(aws: Aws) -> None:
    name = aws.stream(request={"Tags": [{"Key": key} for key in "cab"]}).name
    page = aws.firehose.list_tags_for_delivery_stream(DeliveryStreamName=name, Limit=2)
    rest = aws.firehose.list_tags_for_delivery_stream(
        DeliveryStreamName=name, ExclusiveStartTagKey=page["Tags"][-1]["Key"]
    )
    assert ([tag["Key"] for tag in page["Tags"]], page["HasMoreTags"]) == (["a", "b"], True)
    assert ([tag["Key"] for tag in rest["Tags"]], rest["HasMoreTags"]) == (["c"], False)


# --- encryption ---------------------------------------------------------------------------------------------------------


def _encryption(stream: Stream) -> dict[str, Any]:
    return dict(stream.describe()["DeliveryStreamEncryptionConfiguration"])


@row(
    "start-encryption", "8", "StartDeliveryStreamEncryption makes a stream ENABLING, then ENABLED; puts say so.", "documented",
    here="The states are those of AWS; nothing is encrypted on this machine.",
)  # fmt: skip
def _(aws: Aws) -> None:
    stream = aws.stream().active()
    aws.firehose.start_delivery_stream_encryption(DeliveryStreamName=stream.name)
    assert _encryption(stream) == {"KeyType": "AWS_OWNED_CMK", "Status": "ENABLING"}
    assert stream.put(b"x")["Encrypted"] is False
    eventually(lambda: _encryption(stream)["Status"] == "ENABLED")
    assert stream.put(b"x")["Encrypted"] is True


@row("stop-encryption", "8", "StopDeliveryStreamEncryption makes a stream DISABLING, then DISABLED.", "documented")
def _(aws: Aws) -> None:
    stream = aws.stream(request={_KEY: _OWNED}).active()
    aws.firehose.stop_delivery_stream_encryption(DeliveryStreamName=stream.name)
    assert _encryption(stream) == {"Status": "DISABLING"}
    assert stream.put(b"x")["Encrypted"] is True
    eventually(lambda: _encryption(stream)["Status"] == "DISABLED")
    assert stream.put(b"x")["Encrypted"] is False


@row(
    "created-encrypted",
    "8",
    "A stream may be created encrypted, with AWS's key or a symmetric one of the customer.",
    "documented",
)
def _(aws: Aws) -> None:
    arn = aws.kms.create_key()["KeyMetadata"]["Arn"]
    stream = aws.stream(request={_KEY: {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": arn}}).active()
    assert _encryption(stream) == {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": arn, "Status": "ENABLED"}


@row("changed-key", "8", "Encryption that is on may be started again with another key.", "documented")
def _(aws: Aws) -> None:
    arn = aws.kms.create_key()["KeyMetadata"]["Arn"]
    stream = aws.stream(request={_KEY: {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": arn}}).active()
    aws.firehose.start_delivery_stream_encryption(DeliveryStreamName=stream.name, **{_KEY: _OWNED})
    assert stream.put(b"x")["Encrypted"] is True
    assert _encryption(stream)["KeyType"] == "AWS_OWNED_CMK"


def _bad_key(row_id: str, statement: str, code: str, **given: str) -> None:
    @row(row_id, "8", statement, "documented")
    def _(aws: Aws) -> None:
        assert aws.refused("CreateDeliveryStream", **_creation(aws, **{_KEY: given}))[0] == code


_ABSENT = "arn:aws:kms:us-east-1:000000000000:key/11111111-1111-1111-1111-111111111111"
_bad_key(
    "managed-without-arn",
    "CUSTOMER_MANAGED_CMK needs a KeyARN.",
    "InvalidArgumentException",
    KeyType="CUSTOMER_MANAGED_CMK",
)
_bad_key(
    "owned-with-arn",
    "AWS_OWNED_CMK takes no KeyARN.",
    "InvalidArgumentException",
    KeyType="AWS_OWNED_CMK",
    KeyARN=_ABSENT,
)
_bad_key(
    "key-arn-pattern", "KeyARN is the ARN of a key.", "ValidationException", KeyType="CUSTOMER_MANAGED_CMK", KeyARN="k"
)
_bad_key("no-key-type", "KeyType must be given.", "ValidationException", KeyARN=_ABSENT)


@row("absent-key", "1.3", "A key that cannot be used: InvalidKMSResourceException, with KMS's own code.", "documented")
def _(aws: Aws) -> None:
    given = {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": _ABSENT}
    name = aws.stream().active().name
    body = f'{{"DeliveryStreamName": "{name}", "{_KEY}": {{"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": "{_ABSENT}"}}}}'
    status, _, answer = aws.post("Firehose_20150804.StartDeliveryStreamEncryption", body.encode())
    assert (status, answer["__type"], answer["code"]) == (400, "InvalidKMSResourceException", "NotFoundException")
    assert given["KeyARN"] in answer["message"]


@row("disabled-key", "1.3", "A disabled key: InvalidKMSResourceException.", "documented")
def _(aws: Aws) -> None:
    key = aws.kms.create_key()["KeyMetadata"]
    aws.kms.disable_key(KeyId=key["KeyId"])
    given = {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key["Arn"]}
    assert aws.refused("CreateDeliveryStream", **_creation(aws, **{_KEY: given}))[0] == "InvalidKMSResourceException"


@row("encryption-calls", "8", "Encryption of a stream may be started and stopped 25 times in 24 hours.", "documented")
def _(aws: Aws) -> None:
    stream = aws.stream().active()
    for number in range(25):
        change = (aws.firehose.start_delivery_stream_encryption, aws.firehose.stop_delivery_stream_encryption)[
            number % 2
        ]
        change(DeliveryStreamName=stream.name)
        eventually(lambda: _encryption(stream)["Status"] in ("ENABLED", "DISABLED"))
    assert aws.refused("StopDeliveryStreamEncryption", DeliveryStreamName=stream.name)[0] == "LimitExceededException"


@row(
    "encryption-under-way", "8", "What a call does while encryption is ENABLING or DISABLING.", "unknown",
    here="ResourceInUseException.",
)  # fmt: skip
def _(aws: Aws) -> None:
    stream = aws.stream().active()
    aws.firehose.start_delivery_stream_encryption(DeliveryStreamName=stream.name)
    assert aws.refused("StopDeliveryStreamEncryption", DeliveryStreamName=stream.name)[0] == "ResourceInUseException"


@row(
    "object-encryption",
    "8",
    "KMSEncryptionConfig encrypts the objects by that key; without it the bucket decides.",
    "documented",
)
def _(aws: Aws) -> Iterator[None]:
    key = aws.kms.create_key()["KeyMetadata"]["Arn"]
    keyed = aws.stream(EncryptionConfiguration={"KMSEncryptionConfig": {"AWSKMSKeyARN": key}})
    plain = aws.stream()
    keyed.put(b"x")
    plain.put(b"x")
    yield
    [stored], [other] = keyed.data(), plain.data()
    assert stored.headers["x-amz-server-side-encryption"] == "aws:kms"
    assert stored.headers["x-amz-server-side-encryption-aws-kms-key-id"] == key
    assert "x-amz-server-side-encryption-aws-kms-key-id" not in other.headers


# --- updates ------------------------------------------------------------------------------------------------------------


@row("update-version", "9.1", "An update that changes something raises the version by one.", "documented")
def _(aws: Aws) -> None:
    stream = aws.stream()
    stream.update("1", Prefix="a/")
    stream.update("2", Prefix="b/")
    assert stream.describe()["VersionId"] == "3"


@row("empty-update", "9.1", "An update that changes nothing leaves the version.", "probed")
def _(aws: Aws) -> None:
    stream = aws.stream(Prefix="a/")
    stream.update("1", Prefix="a/")
    stream.update("1")
    assert stream.describe()["VersionId"] == "1"


@row("stale-version", "9.1", "An update of another version: ConcurrentModificationException, which names both.", "code")
def _(aws: Aws) -> None:
    stream = aws.stream().active()
    assert aws.refused("UpdateDestination", **stream.an_update("7", Prefix="a/")) == (
        "ConcurrentModificationException",
        f"Cannot update firehose: {stream.name} since the current version id: 1 and specified version id: 7 do not match",
    )


@row("other-destination-id", "9.1", "An update of a destination that the stream does not have is refused.", "code")
def _(aws: Aws) -> None:
    update = aws.stream().active().an_update() | {"DestinationId": "other"}
    assert aws.refused("UpdateDestination", **update) == ("InvalidArgumentException", "Destination Id other not found")


@row("update-merges", "9.1", "What an update does not name stays.", "documented")
def _(aws: Aws) -> None:
    stream = aws.stream(Prefix="a/", CompressionFormat="GZIP")
    stream.update(BufferingHints=hints(2, 61))
    shown = stream.destination()
    assert (shown["Prefix"], shown["CompressionFormat"], shown["BufferingHints"]) == ("a/", "GZIP", hints(2, 61))


@row("update-merges-conversion", "6.1", "An update merges the conversion's configuration member by member.", "probed")
def _(aws: Aws) -> None:
    table = aws.table({"a": "int"})
    stream = aws.stream(**converting(table))
    stream.update(DataFormatConversionConfiguration={"Enabled": False})
    shown = stream.destination()["DataFormatConversionConfiguration"]
    assert (shown["Enabled"], shown["SchemaConfiguration"]["TableName"]) == (False, table)


@row("update-replaces-processing", "6.1", "An update replaces the whole ProcessingConfiguration.", "probed")
def _(aws: Aws) -> None:
    stream = aws.stream(ProcessingConfiguration=transform())
    stream.update(ProcessingConfiguration={"Enabled": False})
    assert stream.destination()["ProcessingConfiguration"] == {"Enabled": False, "Processors": []}


@row(
    "update-is-checked",
    "9.1",
    "What an update would make of the stream is checked as a new stream's configuration is.",
    "inferred",
)
def _(aws: Aws) -> None:
    stream = aws.stream(ErrorOutputPrefix=None).active()
    code, message = aws.refused("UpdateDestination", **stream.an_update(Prefix="!{timestamp:yyyy}/"))
    assert (code, "ErrorOutputPrefix cannot be null" in message) == ("InvalidArgumentException", True)
    assert stream.describe()["VersionId"] == "1"


@row(
    "update-takes-effect", "9.1", "An update takes effect within a few minutes.", "documented",
    here="At once: what is not stored yet goes the new way, through the transform again, under the new version.",
)  # fmt: skip
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(Prefix="old/", BufferingHints=hints(5, 900))
    stream.put(b"x")
    stream.update(Prefix="new/!{firehose:random-string}/", BufferingHints=hints(1, 60), ErrorOutputPrefix=ERRORS)
    yield
    [stored] = stream.data()
    assert stored.key.startswith("new/")
    assert f"/{stream.name}-2-" in stored.key


@row("backup-turned-on", "2.7", "Backup may be turned on by an update.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(Prefix="d/")
    stream.update(S3BackupMode="Enabled", S3BackupUpdate=s3(stream.name, Prefix="raw/", ErrorOutputPrefix=None))
    stream.put(b"x")
    yield
    assert eventually(lambda: stream.objects("raw/"))[0].body == b"x"


@row("backup-not-turned-off", "2.7", "Backup that is on cannot be turned off.", "documented")
def _(aws: Aws) -> None:
    stream = aws.stream(S3BackupMode="Enabled", S3BackupConfiguration=s3("b", ErrorOutputPrefix=None)).active()
    assert (
        aws.refused("UpdateDestination", **stream.an_update(S3BackupMode="Disabled"))[0] == "InvalidArgumentException"
    )


def _partitioning_is_forever(row_id: str, before: bool) -> None:
    word = "disabled" if before else "enabled"

    @row(row_id, "3.1", f"Dynamic partitioning cannot be {word} on an existing stream.", "documented")
    def _(aws: Aws) -> None:
        stream = aws.stream(**partitioning() if before else {"BufferingHints": hints(64, 60)}).active()
        update = stream.an_update(DynamicPartitioningConfiguration={"Enabled": not before})
        code, message = aws.refused("UpdateDestination", **update)
        assert (code, "Dynamic Partitioning" in message) == ("InvalidArgumentException", True)


_partitioning_is_forever("partitioning-later", before=False)
_partitioning_is_forever("partitioning-no-more", before=True)


@row("partitioning-prefix-later", "3.1", "Prefix and keys of a stream that partitions may be edited.", "documented")
def _(aws: Aws) -> None:
    stream = aws.stream(**partitioning())
    stream.update(Prefix="other=!{partitionKeyFromLambda:k}/")
    assert stream.destination()["Prefix"] == "other=!{partitionKeyFromLambda:k}/"


@row("conversion-later", "6.1", "Conversion may be turned on by an update, which is held to its rules.", "inferred")
def _(aws: Aws) -> None:
    stream = aws.stream().active()
    table = aws.table({"a": "int"})
    update = stream.an_update(DataFormatConversionConfiguration=conversion(table))
    assert "SizeInMBs must be at least 64" in aws.refused("UpdateDestination", **update)[1]
    stream.update(DataFormatConversionConfiguration=conversion(table), BufferingHints=hints(64, 60))
    assert stream.destination()["DataFormatConversionConfiguration"]["SchemaConfiguration"]["RoleARN"] == ROLE
