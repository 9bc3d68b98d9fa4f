"""What Firehose refuses for good is stored, byte for byte, and comes out again."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from delivery.parking import Parking, parked_records, parked_stream
from delivery.putting import Acknowledged, FirehoseSink, UndeliveredError
from delivery.retrying import MAX_ATTEMPTS
from tests.delivery.fake_firehose import FakeFirehose

REFUSED = [{0, 1}] * MAX_ATTEMPTS


class FakeBucket:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(self, **request: Any) -> None:
        assert request["Bucket"] == "lake"
        self.objects[request["Key"]] = request["Body"]


@given(st.lists(st.binary(min_size=1), min_size=1))
def test_records_come_out_as_they_went_in(records: list[bytes]) -> None:
    bucket = FakeBucket()
    park = Parking(bucket, "lake")
    park("standpipe-dev-trades", records)
    park("standpipe-dev-trades", records)
    ((key, body),) = bucket.objects.items()
    assert list(parked_records(body)) == records
    assert parked_stream(key) == "standpipe-dev-trades"


def test_refused_records_are_parked_and_the_others_go_on() -> None:
    bucket, firehose = FakeBucket(), FakeFirehose([{1, 3}, *REFUSED])
    sink = FirehoseSink(firehose, "s", lambda seconds: None, park=Parking(bucket, "lake"))
    done = sink.put([b"a", b"b", b"c", b"d", *[b"e"] * 600])
    assert done == Acknowledged(602, 602, 602 * 5120, parked=2)
    assert firehose.taken["s"] == [b"a", b"c", *[b"e"] * 600]
    (body,) = bucket.objects.values()
    assert list(parked_records(body)) == [b"b", b"d"]


def test_when_parking_fails_too_nothing_is_said_to_be_delivered() -> None:
    class NoBucket:
        def put_object(self, **request: Any) -> None:
            raise ClientError({"Error": {"Code": "NoSuchBucket", "Message": "Gone."}}, "PutObject")

    sink = FirehoseSink(FakeFirehose(REFUSED), "s", lambda seconds: None, park=Parking(NoBucket(), "lake"))
    with pytest.raises(UndeliveredError, match=r"Slow down.*parking failed, too.*Gone") as failure:
        sink.put([b"a", b"b"])
    assert failure.value.unsent == [b"a", b"b"]
