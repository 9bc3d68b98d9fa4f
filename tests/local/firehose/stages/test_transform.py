"""An answer is read the same whether all of it is well or each record has to be judged by itself."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from local.firehose.records import Record
from local.firehose.stages import transform
from local.firehose.stages.transform import Caller, event, read_answer

RECORDS = [Record(number, 7, f"data {number}".encode()) for number in (1, 2, 3)]
_ODD: st.SearchStrategy[Any] = st.sampled_from([None, 5, "", "Dropped", "ProcessingFailed", "x", [], {}, "é"])
_METADATA: st.SearchStrategy[Any] = st.sampled_from(
    [None, [], {}, {"partitionKeys": {}}, {"partitionKeys": None}, {"partitionKeys": {"k": 5}}, {"other": 1}]
)


def _well(number: int) -> dict[str, Any]:
    return {
        "recordId": RECORDS[number].record_id,
        "result": "Ok",
        "data": "YQ==",
        "metadata": {"partitionKeys": {"year": "2020", "é": "\n"}},
    }


@st.composite
def _answers(draw: st.DrawFn) -> bytes:
    """Nearly what a function that is well answers."""
    entries: list[Any] = [_well(number) for number in draw(st.sampled_from([(0, 1, 2), (0, 1), (1, 0, 2), (0, 1, 1)]))]
    for _ in range(draw(st.integers(0, 2))):
        entry = draw(st.sampled_from(entries))
        name = draw(st.sampled_from(["recordId", "result", "data", "metadata", "more"]))
        if draw(st.booleans()):
            entry.pop(name, None)
        else:
            entry[name] = draw(_METADATA if name == "metadata" else _ODD)
    extra = draw(st.sampled_from([[], [5], [{"recordId": "unknown"}]]))
    payload = json.dumps({"records": entries + extra}, ensure_ascii=draw(st.booleans())).encode()
    return payload[: len(payload) - draw(st.sampled_from([0, 0, 0, 1]))]


@given(_answers())
def test_the_short_way_reads_as_the_long_one(payload: bytes) -> None:
    assert read_answer(payload, RECORDS) == transform._judged(payload, RECORDS)


def test_an_answer_that_is_well_takes_the_short_way() -> None:
    payload = json.dumps({"records": [_well(0), _well(1), _well(2)]}).encode()
    items = transform._all_ok(payload, RECORDS)
    assert items is not None
    assert [(item.sequence, item.data, item.keys["year"]) for item in items] == [(n, b"a", "2020") for n in (1, 2, 3)]


def test_the_event_is_firehoses() -> None:
    sent = json.loads(event(Caller("arn", "us-east-1"), "id", RECORDS[:1]))
    assert sent == {
        "invocationId": "id",
        "deliveryStreamArn": "arn",
        "region": "us-east-1",
        "records": [
            {"recordId": RECORDS[0].record_id, "approximateArrivalTimestamp": 7, "data": "ZGF0YSAx"},
        ],
    }
