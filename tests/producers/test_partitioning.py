"""Rows are sorted by the text of their date; documents are cut without losing a leaf."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.packing import Leaf
from producers.partitioning import cut, partition_in, partition_of
from producers.rejects import Reject
from schemas.contract import Partition, Unit
from schemas.load import load_contracts

FX = load_contracts()["fx_daily"]
DATES = st.dates().map(str) | st.sampled_from(["", "soon", "1. Information"])
ROW = st.dictionaries(st.sampled_from(["1. open", "4. close"]), st.text(max_size=3))
CURRENCIES = st.text(max_size=3)


@pytest.mark.parametrize(
    ("value", "year", "month", "day"),
    [
        ("2010-01-04", "2010", "2010-01", "2010-01-04"),
        ("2010-01-04 15:30:00", "2010", "2010-01", "2010-01-04"),
        ("2010-01-04T15:30:00.5Z", "2010", "2010-01", "2010-01-04"),
        ("2009-12-31T23:30:00-05:00", "2010", "2010-01", "2010-01-01"),
        ("2010-01-01T00:30:00+0100", "2009", "2009-12", "2009-12-31"),
        ("2010-01-01Tnonsense+01:00", None, None, None),
        ("04.01.2010", None, None, None),
        ("", None, None, None),
        (None, None, None, None),
        (20100104, None, None, None),
    ],
)
def test_the_partition_is_read_off_iso_text(value: object, year: str, month: str, day: str) -> None:
    units: list[Unit] = ["year", "month", "day"]
    assert [partition_of(value, Partition("date", unit)) for unit in units] == [year, month, day]
    assert partition_of(value, None) is None


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_an_offset_never_puts_a_row_on_another_day(moment: datetime, minutes: int) -> None:
    moment = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    expected = moment.astimezone(UTC).strftime("%Y-%m-%d").zfill(10)
    assert partition_of(moment.isoformat(), Partition("date", "day")) == expected


def test_the_partition_column_may_come_under_its_other_names() -> None:
    contract = load_contracts()["trades"]
    assert partition_in({"traded_at": "2010-01-04"}, contract) == "2010"
    assert partition_in({"other": "2010-01-04"}, contract) is None


def at_most_three(keys: st.SearchStrategy[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(keys, values, max_size=3)


@given(at_most_three(CURRENCIES, at_most_three(CURRENCIES, at_most_three(DATES, ROW))))
def test_every_leaf_comes_out_once_and_unchanged(document: dict[str, Any]) -> None:
    found = list(cut(msgspec.json.encode(document), FX))
    assert all(isinstance(leaf, Leaf) for leaf in found)
    leaves = {leaf.path: leaf for leaf in found if isinstance(leaf, Leaf)}
    expected = {
        (base, quote, date): row
        for base, quotes in document.items()
        for quote, dates in quotes.items()
        for date, row in dates.items()
    }
    assert {path: msgspec.json.decode(leaf.data) for path, leaf in leaves.items()} == expected
    assert all(
        leaf.partition == (path[2][:4] if path[2][:1].isdigit() and "-" in path[2] else None)
        for path, leaf in leaves.items()
    )


@given(
    st.recursive(st.none() | st.integers() | st.text(), lambda below: st.dictionaries(CURRENCIES, below), max_leaves=20)
)
def test_any_json_object_comes_apart_into_leaves_and_rejects(document: Any) -> None:
    if not isinstance(document, dict):
        return
    found = list(cut(msgspec.json.encode(document), FX))

    def count(node: Any, depth: int) -> int:
        if depth == 3 or not isinstance(node, dict):
            return 1
        return sum(count(below, depth + 1) for below in node.values())

    assert len(found) == count(document, 0)
    assert all(isinstance(item, Leaf | Reject) for item in found)
