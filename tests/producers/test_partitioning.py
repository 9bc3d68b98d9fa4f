"""Rows are sorted by the text of their date; documents are cut without losing a leaf."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.rows import Leaf
from producers.cutting import cut
from producers.partitioning import partition_in, partition_of
from producers.rejects import Reject
from schemas.contract import Partition, Unit
from schemas.files import Files
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
    leaves = {}
    for leaf in cut(msgspec.json.encode(document), FX):
        assert isinstance(leaf, Leaf)
        rows = msgspec.json.decode(leaf.data)
        assert len(rows) == leaf.rows
        for day, row in rows.items():
            path = (*leaf.path, day)
            assert path not in leaves
            leaves[path] = row
            assert leaf.partition == (day[:4] if day[:1].isdigit() and "-" in day else None)
    assert leaves == {
        (base, quote, date): row
        for base, quotes in document.items()
        for quote, dates in quotes.items()
        for date, row in dates.items()
    }


def test_a_key_that_occurs_twice_gives_its_rows_twice_and_long_branches_are_cut() -> None:
    day = '"2010-01-04": {"1. open": "1"}'
    found = list(cut(f'{{"USD": {{"GBP": {{{day}, {day}}}}}, "USD": {{"GBP": {{{day}}}}}}}'.encode(), FX))
    assert [(leaf.path, leaf.rows) for leaf in found if isinstance(leaf, Leaf)] == [(("USD", "GBP"), 1)] * 3
    days = {f"2010-01-04 {number}": {"1. open": "x" * 100} for number in range(5000)}
    found = list(cut(msgspec.json.encode({"USD": {"GBP": days}}), FX))
    assert sum(leaf.rows for leaf in found if isinstance(leaf, Leaf)) == 5000
    assert all(len(leaf.data) < 70_000 for leaf in found if isinstance(leaf, Leaf))


def test_a_dataset_nested_by_one_column_has_a_leaf_for_each_row() -> None:
    contract = msgspec.structs.replace(FX, nest=("date",), key=("date",), source=Files())
    (leaf,) = cut(b'{"2010-01-04":{"1. open":"1"}}', contract)
    assert leaf == Leaf("2010", ("2010-01-04",), b'{"1. open":"1"}')


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

    assert sum(item.rows if isinstance(item, Leaf) else 1 for item in found) == count(document, 0)
    assert all(isinstance(item, Leaf | Reject) for item in found)
