"""What a stream is between being asked for and being gone."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from delivery import limits
from local.clock import Clock
from local.firehose.api import registry
from local.firehose.service import Firehose
from local.protocol import AwsError
from tests.local.firehose.fakes import Neighbours, b64
from tests.local.firehose.streams import create_request, s3

NAME = {"DeliveryStreamName": "prices"}
PUT = NAME | {"Record": {"Data": b64(b"x")}}
UPDATE = NAME | {
    "CurrentDeliveryStreamVersionId": "1",
    "DestinationId": "destinationId-000000000001",
    "ExtendedS3DestinationUpdate": {"Prefix": "b/"},
}


@dataclass(frozen=True)
class SetClock(Clock):
    """A clock that is moved by hand."""

    moment: list[float] = None  # type: ignore[assignment]

    def now(self) -> float:
        return self.moment[0]


@pytest.fixture
def moment() -> list[float]:
    return [1_000_000.0]


@pytest.fixture
def slow(neighbours: Neighbours, tmp_path: Path, moment: list[float]) -> Iterator[Firehose]:
    """A service whose streams are CREATING, and whose encryption is changing, for ten seconds."""
    service = Firehose(neighbours.clients, tmp_path, SetClock(1000.0, moment), settling_seconds=10)
    service.call("CreateDeliveryStream", create_request(s3()))
    yield service
    service.close()


def described(firehose: Firehose) -> dict[str, Any]:
    found: dict[str, Any] = firehose.call("DescribeDeliveryStream", NAME)["DeliveryStreamDescription"]
    return found


def refused(firehose: Firehose, operation: str, request: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(AwsError) as error:
        firehose.call(operation, request)
    return error.value.code, error.value.message


def test_a_stream_takes_records_once_it_is_active(slow: Firehose, moment: list[float]) -> None:
    assert described(slow)["DeliveryStreamStatus"] == "CREATING"
    not_found = ("ResourceNotFoundException", "Firehose prices under account 000000000000 not found.")
    assert refused(slow, "PutRecord", PUT) == not_found
    moment[0] += 10
    assert described(slow)["DeliveryStreamStatus"] == "ACTIVE"
    assert slow.call("PutRecord", PUT)["RecordId"]


@pytest.mark.parametrize(
    ("operation", "request_", "words"),
    [
        ("UpdateDestination", UPDATE, "Cannot update firehose: prices when it is in CREATING status"),
        ("TagDeliveryStream", NAME | {"Tags": [{"Key": "a"}]}, "when it is in CREATING status"),
        ("StartDeliveryStreamEncryption", NAME, "when it is in CREATING status"),
        ("DeleteDeliveryStream", NAME, "under account 000000000000 cannot be deleted in CREATING state"),
        ("CreateDeliveryStream", create_request(s3()), "prices under accountId 000000000000 already exists"),
    ],
)
def test_a_stream_that_is_being_created_is_in_use(
    slow: Firehose, operation: str, request_: dict[str, Any], words: str
) -> None:
    code, message = refused(slow, operation, request_)
    assert code == "ResourceInUseException"
    assert words in message


def test_a_stream_shows_an_update_only_after_one(slow: Firehose, moment: list[float]) -> None:
    moment[0] += 10
    assert "LastUpdateTimestamp" not in described(slow)
    slow.call("UpdateDestination", UPDATE)
    assert described(slow)["LastUpdateTimestamp"] == moment[0]


def test_encryption_is_changing_before_it_has_changed(slow: Firehose, moment: list[float]) -> None:
    def seen() -> tuple[Any, bool]:
        return described(slow)["DeliveryStreamEncryptionConfiguration"], slow.call("PutRecord", PUT)["Encrypted"]

    moment[0] += 10
    assert seen() == ({"Status": "DISABLED"}, False)
    slow.call("StartDeliveryStreamEncryption", NAME)
    assert seen() == ({"KeyType": "AWS_OWNED_CMK", "Status": "ENABLING"}, False)
    assert refused(slow, "StopDeliveryStreamEncryption", NAME)[0] == "ResourceInUseException"
    moment[0] += 10
    assert seen() == ({"KeyType": "AWS_OWNED_CMK", "Status": "ENABLED"}, True)
    slow.call("StopDeliveryStreamEncryption", NAME)
    assert seen() == ({"Status": "DISABLING"}, True)
    moment[0] += 10
    assert seen() == ({"Status": "DISABLED"}, False)


def test_a_stream_of_an_account_that_has_too_many_is_refused(
    firehose: Firehose, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert limits.MAX_STREAMS == 5000
    monkeypatch.setattr(registry.limits, "MAX_STREAMS", 1)
    firehose.call("CreateDeliveryStream", create_request(s3(), "first"))
    code, message = refused(firehose, "CreateDeliveryStream", create_request(s3(), "second"))
    assert (code, message) == ("LimitExceededException", "You have already consumed your firehose quota of 1 hoses.")


def test_a_stream_that_is_being_deleted_takes_nothing(
    firehose: Firehose, neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleting, may_end = threading.Event(), threading.Event()
    delete = registry.Stream.delete

    def slowly(stream: Any) -> None:
        deleting.set()
        may_end.wait(10)
        delete(stream)

    monkeypatch.setattr(registry.Stream, "delete", slowly)
    firehose.call("CreateDeliveryStream", create_request(s3()))
    thread = threading.Thread(target=firehose.call, args=("DeleteDeliveryStream", NAME))
    thread.start()
    assert deleting.wait(10)
    assert described(firehose)["DeliveryStreamStatus"] == "DELETING"
    assert refused(firehose, "PutRecord", PUT)[0] == "ResourceNotFoundException"
    assert refused(firehose, "CreateDeliveryStream", create_request(s3()))[0] == "ResourceInUseException"
    may_end.set()
    thread.join()
    assert refused(firehose, "DescribeDeliveryStream", NAME)[0] == "ResourceNotFoundException"
    assert firehose.call("CreateDeliveryStream", create_request(s3()))["DeliveryStreamARN"].endswith("/prices")


def test_a_deletion_that_a_crash_cut_short_is_finished(neighbours: Neighbours, tmp_path: Path) -> None:
    first = Firehose(neighbours.clients, tmp_path, Clock())
    first.call("CreateDeliveryStream", create_request(s3()))
    first.call("PutRecord", PUT)
    first.close()
    (tmp_path / "prices.stream").rename(tmp_path / "prices.stream.deleted")
    second = Firehose(neighbours.clients, tmp_path, Clock())
    assert second.call("ListDeliveryStreams", {})["DeliveryStreamNames"] == []
    second.call("CreateDeliveryStream", create_request(s3()))
    second.flush()
    second.close()
    assert neighbours.s3.objects == {}
