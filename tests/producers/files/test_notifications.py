"""Keys come out as they are in the bucket, whichever event announces them."""

import json
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.files.notifications import Dropped, NoticeError, Part, noticed, part_message

EVENTS = Path(__file__).parents[2] / "events"
BUCKET = "standpipe-test-drop"
SEQUENCER = "0055AED6DCD90281E5"


def event(name: str) -> str:
    return (EVENTS / f"{name}.json").read_text()


def test_a_notification_s_keys_are_decoded_once_and_markers_and_deletions_are_left_out() -> None:
    assert noticed(event("s3_notification_odd_keys")) == [
        Dropped(BUCKET, "drop/trades/year=2024/a b+c ü.csv", "3sL4kqtJlcpXroDTDmJ", SEQUENCER),
        Dropped(BUCKET, "drop/trades/100%25.csv", "", SEQUENCER),
    ]


def test_eventbridge_keys_are_taken_as_they_are() -> None:
    found = noticed(event("s3_eventbridge_odd_key"))
    assert found == [
        Dropped(BUCKET, "drop/trades/year=2024/a b+c%3D ü.csv", "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e", SEQUENCER)
    ]
    assert noticed(event("s3_eventbridge_unversioned")) == [Dropped(BUCKET, "drop/trades/2024.csv", "", SEQUENCER)]


@pytest.mark.parametrize("name", ["s3_test_event", "s3_eventbridge_deleted"])
def test_what_announces_no_new_object_is_ignored(name: str) -> None:
    assert noticed(event(name)) == []


@given(st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda key: not key.endswith("/")))
def test_any_key_survives_both_kinds_of_event(key: str) -> None:
    notification = json.loads(event("s3_notification_odd_keys"))
    notification["Records"] = notification["Records"][:1]
    notification["Records"][0]["s3"]["object"]["key"] = quote_plus(key, safe="/")
    bridged = json.loads(event("s3_eventbridge_unversioned"))
    bridged["detail"]["object"]["key"] = key
    for body in (notification, bridged):
        (found,) = noticed(json.dumps(body))
        assert isinstance(found, Dropped)
        assert found.key == key


def test_a_part_that_is_handed_on_comes_back_as_it_is() -> None:
    part = Part(BUCKET, "drop/trades/ü.csv", "v1", "0cc1", 5_000_000_000, 77, None, plan=True)
    assert noticed(part_message(part)) == part


@pytest.mark.parametrize("body", ["not an event", "[]", "{}", '{"Records": [{"eventName": "ObjectCreated:Put"}]}'])
def test_another_message_is_named(body: str) -> None:
    with pytest.raises(NoticeError, match="must be an S3 notification or an EventBridge event"):
        noticed(body)
