"""What is under a path of a JSON document comes in small pieces, as it stands there."""

import io
import json
from typing import Any

import pytest

from producers.files.formats.documents.paths import branches, elements

ROW: dict[str, Any] = {"open": "1.5", "tags": ["a", {"b": None}, []], "more": {"x": True, "y": {}}}


def test_a_long_branch_comes_in_pieces() -> None:
    days = {f"{number}": {"open": number} for number in range(2500)}
    pieces = list(branches(io.BytesIO(json.dumps({"meta": days, "data": {"EUR": days}}).encode()), "data", 2))
    assert [len(json.loads(piece)["EUR"]) for piece in pieces] == [1000, 1000, 500]
    assert {day: row for piece in pieces for day, row in json.loads(piece)["EUR"].items()} == days


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_values_are_what_they_were(depth: int) -> None:
    document: Any = ROW
    for key in ("c", "b", "a")[-depth:]:
        document = {key: document}
    (piece,) = branches(io.BytesIO(json.dumps({"data": document}).encode()), "data", depth)
    assert json.loads(piece) == document


def test_keys_that_occur_twice_do_so_again() -> None:
    text = '{"data":{"EUR":{"1":{"x":1},"1":{"x":2}},"EUR":{"2":{}}},"data":{"EUR":{"3":{}}}}'
    assert list(branches(io.BytesIO(text.encode()), "data", 2)) == [
        b'{"EUR":{"1":{"x":1},"1":{"x":2},"2":{},"3":{}}}',
    ]


def test_what_is_not_deep_enough_comes_with_its_keys() -> None:
    text = '{"data":{"note":"closed","EUR":{"1":[1]}}}'
    assert list(branches(io.BytesIO(text.encode()), "data", 2)) == [b'{"note":"closed"}', b'{"EUR":{"1":[1]}}']


def test_numbers_keep_their_digits() -> None:
    text = '{"data": {"a": {"1": {"x": 0.1000000000000000055}}}}'
    (piece,) = branches(io.BytesIO(text.encode()), "data", 2)
    assert b"0.1000000000000000055" in piece
    assert list(elements(io.BytesIO(b'{"data": {"items": [1.10, {"x": 2.50}]}}'), "data.items")) == [
        b"1.10",
        b'{"x":2.50}',
    ]
