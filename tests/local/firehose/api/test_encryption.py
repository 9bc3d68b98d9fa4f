"""Which keys a stream may be encrypted with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from delivery import limits
from local.clock import Clock
from local.firehose.api.encryption import check_key
from local.firehose.clients import Clients
from local.firehose.service import Firehose
from local.protocol import AwsError
from tests.local.firehose.fakes import Neighbours, client_error
from tests.local.firehose.streams import create_request, s3

NAME = {"DeliveryStreamName": "prices"}
KEY = "arn:aws:kms:us-east-1:000000000000:key/"


class FakeKms:
    """Keys by the last part of their ARN."""

    keys: Mapping[str, dict[str, str]] = {
        "good": {"KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT"},
        "disabled": {"KeyState": "Disabled"},
        "leaving": {"KeyState": "PendingDeletion"},
        "asymmetric": {"KeyState": "Enabled", "KeySpec": "RSA_2048"},
    }

    def describe_key(self, *, KeyId: str) -> Mapping[str, Any]:  # noqa: N803
        name = KeyId.rpartition("/")[2]
        if name not in self.keys:
            raise client_error("NotFoundException", "DescribeKey")
        return {"KeyMetadata": self.keys[name]}


def managed(name: str) -> dict[str, str]:
    return {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": KEY + name}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"KeyType": "AWS_OWNED_CMK", "KeyARN": KEY + "good"}, "InvalidArgumentException"),
        ({"KeyType": "CUSTOMER_MANAGED_CMK"}, "InvalidArgumentException"),
    ],
)
def test_a_key_is_given_for_a_managed_one_only(given: dict[str, str], code: str) -> None:
    with pytest.raises(AwsError, match="KeyARN must") as refused:
        check_key(given, FakeKms())
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("unknown", "NotFoundException"),
        ("disabled", "DisabledException"),
        ("leaving", "KMSInvalidStateException"),
        ("asymmetric", "InvalidKeyUsageException"),
    ],
)
def test_a_key_that_cannot_be_used_is_refused(name: str, why: str) -> None:
    with pytest.raises(AwsError, match=KEY + name) as refused:
        check_key(managed(name), FakeKms())
    assert (refused.value.code, refused.value.details) == ("InvalidKMSResourceException", {"code": why})


def test_a_stream_may_be_created_encrypted_and_change_its_key(neighbours: Neighbours, tmp_path: Path) -> None:
    fakes = neighbours.clients
    firehose = Firehose(Clients(fakes.s3, fakes.lambda_, fakes.glue, FakeKms()), tmp_path, Clock())
    key = "DeliveryStreamEncryptionConfigurationInput"
    with pytest.raises(AwsError, match="InvalidKMSResourceException"):
        firehose.call("CreateDeliveryStream", create_request(s3()) | {key: managed("disabled")})
    firehose.call("CreateDeliveryStream", create_request(s3()) | {key: managed("good")})
    firehose.close()
    again = Firehose(neighbours.clients, tmp_path, Clock())
    shown = again.call("DescribeDeliveryStream", NAME)["DeliveryStreamDescription"]
    assert shown["DeliveryStreamEncryptionConfiguration"] == managed("good") | {"Status": "ENABLED"}
    again.call("StartDeliveryStreamEncryption", NAME | {key: {"KeyType": "AWS_OWNED_CMK"}})
    shown = again.call("DescribeDeliveryStream", NAME)["DeliveryStreamDescription"]
    assert shown["DeliveryStreamEncryptionConfiguration"] == {"KeyType": "AWS_OWNED_CMK", "Status": "ENABLED"}
    again.close()


def test_encryption_changes_25_times_in_a_day(firehose: Firehose) -> None:
    firehose.call("CreateDeliveryStream", create_request(s3()))
    for number in range(limits.MAX_ENCRYPTION_CALLS):
        firehose.call(f"{('Start', 'Stop')[number % 2]}DeliveryStreamEncryption", NAME)
    with pytest.raises(AwsError, match="LimitExceededException"):
        firehose.call("StopDeliveryStreamEncryption", NAME)
