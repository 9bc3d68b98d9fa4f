"""Tags: which are taken, and how they are listed."""

from typing import Any

import pytest

from local.firehose.service import Firehose
from local.protocol import AwsError
from tests.local.firehose.streams import create_request, s3

NAME = {"DeliveryStreamName": "prices"}


@pytest.fixture
def stream(firehose: Firehose) -> Firehose:
    firehose.call("CreateDeliveryStream", create_request(s3()))
    return firehose


def tags(first: int, last: int) -> list[dict[str, str]]:
    return [{"Key": f"k{number:02d}", "Value": "v"} for number in range(first, last)]


def test_a_stream_has_50_tags_at_most(stream: Firehose) -> None:
    stream.call("TagDeliveryStream", NAME | {"Tags": tags(0, 50)})
    stream.call("TagDeliveryStream", NAME | {"Tags": [{"Key": "k07", "Value": "new"}]})
    with pytest.raises(AwsError, match=r"LimitExceededException: .* more than 50 tags"):
        stream.call("TagDeliveryStream", NAME | {"Tags": tags(50, 51)})
    listed = stream.call("ListTagsForDeliveryStream", NAME)
    assert (len(listed["Tags"]), listed["HasMoreTags"]) == (50, False)
    assert listed["Tags"][7] == {"Key": "k07", "Value": "new"}


def test_tags_are_listed_by_page(stream: Firehose) -> None:
    stream.call("TagDeliveryStream", NAME | {"Tags": tags(0, 3)})
    page = stream.call("ListTagsForDeliveryStream", NAME | {"Limit": 2})
    assert ([tag["Key"] for tag in page["Tags"]], page["HasMoreTags"]) == (["k00", "k01"], True)
    rest = stream.call("ListTagsForDeliveryStream", NAME | {"ExclusiveStartTagKey": "k01"})
    assert ([tag["Key"] for tag in rest["Tags"]], rest["HasMoreTags"]) == (["k02"], False)


@pytest.mark.parametrize("key", ["team", "Ümläut 名 5", "a_.:/=+-@%", "\u3000"])
def test_a_key_of_letters_digits_blanks_and_signs_is_taken(stream: Firehose, key: str) -> None:
    stream.call("TagDeliveryStream", NAME | {"Tags": [{"Key": key, "Value": key}]})
    assert stream.call("ListTagsForDeliveryStream", NAME)["Tags"] == [{"Key": key, "Value": key}]


@pytest.mark.parametrize("tag", [{"Key": "aws:x"}, {"Key": "a#"}, {"Key": "a\tb"}, {"Key": "a", "Value": "*"}])
def test_another_key_or_value_is_refused(stream: Firehose, tag: dict[str, Any]) -> None:
    with pytest.raises(AwsError, match=r"ValidationException: .*tags\.1\.member\.(key|value)' failed to satisfy"):
        stream.call("TagDeliveryStream", NAME | {"Tags": [tag]})
