"""Sections 1.3 and 8: encryption of a stream and of its objects."""

from collections.abc import Iterator
from typing import Any

from tests.conformance.firehose_table.aws import Aws, Stream
from tests.conformance.firehose_table.checks import creation
from tests.conformance.firehose_table.row import row
from tests.conformance.firehose_table.waiting import eventually

_KEY = "DeliveryStreamEncryptionConfigurationInput"
_OWNED = {"KeyType": "AWS_OWNED_CMK"}


def _encryption(stream: Stream) -> dict[str, Any]:
    return dict(stream.describe()["DeliveryStreamEncryptionConfiguration"])


def _status(stream: Stream) -> str:
    return str(_encryption(stream)["Status"])


def _started(stream: Stream) -> Stream:
    """The stream, with its encryption just started."""
    stream.active().aws.firehose.start_delivery_stream_encryption(DeliveryStreamName=stream.name)
    return stream


@row(
    "start-encryption", "8", "StartDeliveryStreamEncryption makes a stream ENABLING, then ENABLED; puts say so.",
    "documented",
    here="The states are those of AWS; nothing is encrypted on this machine.",
)  # fmt: skip
def _(aws: Aws) -> None:
    stream, answer = aws.while_passing(_status, "ENABLING", lambda new: (new, _started(new).put(b"x")))
    assert answer["Encrypted"] is False
    assert _encryption(stream)["KeyType"] == "AWS_OWNED_CMK"
    eventually(lambda: _encryption(stream)["Status"] == "ENABLED")
    assert stream.put(b"x")["Encrypted"] is True


@row("stop-encryption", "8", "StopDeliveryStreamEncryption makes a stream DISABLING, then DISABLED.", "documented")
def _(aws: Aws) -> None:
    def stop(new: Stream) -> tuple[Stream, Any]:
        _started(new)
        eventually(lambda: _status(new) == "ENABLED")
        aws.firehose.stop_delivery_stream_encryption(DeliveryStreamName=new.name)
        return new, new.put(b"x")

    stream, answer = aws.while_passing(_status, "DISABLING", stop)
    assert answer["Encrypted"] is True
    eventually(lambda: _encryption(stream) == {"Status": "DISABLED"})
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
        assert aws.refused("CreateDeliveryStream", **creation(aws, **{_KEY: given}))[0] == code


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
    assert aws.refused("CreateDeliveryStream", **creation(aws, **{_KEY: given}))[0] == "InvalidKMSResourceException"


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
    def stop(new: Stream) -> tuple[str, str]:
        return aws.outcome("StopDeliveryStreamEncryption", DeliveryStreamName=_started(new).name)

    assert aws.while_passing(_status, "ENABLING", stop)[0] == "ResourceInUseException"


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
