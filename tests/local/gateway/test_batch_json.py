"""MiniStack's stand-in for json: batches pass unread, everything else as ever."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.firehose.records import Record
from local.firehose.stages.transform import Caller, event
from local.gateway.ministack.batch_json import Batch, dumps, loads

EVENT = event(
    Caller("arn:aws:firehose:us-east-1:000000000000:deliverystream/s", "us-east-1"), "id", [Record(1, 5, b"\xff")]
)
ANSWER = {"records": [{"recordId": "1", "result": "Ok", "data": "/w==", "metadata": {"partitionKeys": {"k": "é"}}}]}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_an_event_reaches_the_function_as_it_was_sent() -> None:
    batch = loads(EVENT)
    assert isinstance(batch, Batch)
    envelope = json.loads(dumps({"event": batch, "ctx": {"depth": 1}}))
    assert envelope == {"event": json.loads(EVENT), "ctx": {"depth": 1}}
    assert json.loads(dumps(batch)) == json.loads(EVENT)
    assert "\n" not in dumps({"event": batch})


def test_an_answer_comes_back_as_the_function_gave_it() -> None:
    line = json.dumps({"status": "ok", "result": ANSWER})
    assert json.loads(loads(line)["result"]) == ANSWER


@pytest.mark.parametrize("text", [EVENT[:-1], EVENT.replace(b":", b" :\n", 1), b'{"invocationId":"x"'])
def test_what_is_not_quite_an_event_is_read_as_ever(text: bytes) -> None:
    try:
        expected: Any = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            loads(text)
    else:
        assert loads(text) == expected


def test_a_cut_answer_is_refused() -> None:
    with pytest.raises(json.JSONDecodeError):
        loads(json.dumps({"status": "ok", "result": ANSWER})[:-2])


@given(VALUES)
def test_everything_else_is_as_ever(value: Any) -> None:
    assert dumps(value) == json.dumps(value)
    assert dumps({"event": value}, ensure_ascii=False) == json.dumps({"event": value}, ensure_ascii=False)
    assert repr(loads(json.dumps(value))) == repr(json.loads(json.dumps(value)))
    assert repr(loads(json.dumps(value).encode())) == repr(json.loads(json.dumps(value)))
