"""Texts in JSON mean what the contract says, at any depth of nesting; what holds none of them is not looked at."""

import json

import msgspec
import pytest

from delivery.rows import Leaf, Row
from producers.files.formats.documents.texts import Texts
from producers.rejects import Reject
from schemas.contract import Column, Contract
from schemas.files import Files, Numbers

COLUMNS = (Column("id", "string"), Column("day", "date"), Column("amount", "double", source_names="1. amount"))
OPTIONS = Files(nulls=("N/A",), numbers=Numbers(decimal=",", thousands="."))
GOOD, PLAIN, BAD = b'{"1. amount":"1.234,5"}', b'{"1. amount":"1234.5"}', b'{"1. amount":"1.5"}'
REASON = "amount is '1.5'; a number is written like 1.234,56"


def texts(*nest: str, options: Files = OPTIONS) -> Texts:
    return Texts(Contract("t", "T.", COLUMNS, nest or ("id",), nest, source=options), options)


def test_a_row() -> None:
    assert list(texts().applied(Row("2024", GOOD, line=3))) == [Row("2024", PLAIN, line=3)]
    assert list(texts().applied(Row("2024", BAD))) == [Reject("parse", REASON, BAD.decode(), column="amount")]


def test_a_row_of_a_document() -> None:
    assert list(texts("id").applied(Leaf(None, ("A",), GOOD))) == [Leaf(None, ("A",), PLAIN)]
    (reject,) = texts("id").applied(Leaf(None, ("A",), BAD))
    assert reject == Reject("parse", REASON, '{"id":"A","1. amount":"1.5"}', column="amount")


def test_rows_of_a_document_that_travel_together() -> None:
    rows = {"2024-01-01": msgspec.Raw(GOOD), "2024-01-02": msgspec.Raw(BAD), "2024-01-03": 7}
    reject, leaf = texts("id", "day").applied(Leaf("2024", ("A",), msgspec.json.encode(rows), 3))
    assert reject == Reject("parse", REASON, '{"id":"A","day":"2024-01-02","1. amount":"1.5"}', column="amount")
    assert isinstance(leaf, Leaf)
    assert (json.loads(leaf.data), leaf.rows) == ({"2024-01-01": json.loads(PLAIN), "2024-01-03": 7}, 2)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"1. amount":1.5,"id":"1.5"}', False),
        (b'{"1. amount" : "1"}', True),
        (b'{"amount":"1"}', True),
        (b'{"id":"N/A"}', True),
        (b'{"id":"N/A."}', False),
        (b'{"id":"N\\/A"}', True),
    ],
)
def test_what_may_hold_such_texts_is_looked_at(data: bytes, expected: bool) -> None:
    assert texts().may_occur(data) is expected
    assert not texts(options=Files()).may_occur(data)
