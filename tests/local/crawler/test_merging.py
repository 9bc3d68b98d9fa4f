"""One schema for many files, whatever their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.crawler.merging import merged
from local.crawler.schema import Csv, Kind, MixedError, Schema
from local.crawler.types import UNKNOWN, wider_binary, wider_text

KINDS: st.SearchStrategy[Kind] = st.recursive(
    st.sampled_from([UNKNOWN, "bigint", "double", "string", "boolean"]),
    lambda inner: st.tuples(inner) | st.dictionaries(st.sampled_from("abc"), inner, min_size=1, max_size=3),
    max_leaves=5,
)


@given(KINDS, KINDS, KINDS)
def test_widening_goes_one_way_and_does_not_mind_the_order(a: Kind, b: Kind, c: Kind) -> None:
    assert wider_text(a, a) == a
    assert wider_text(a, b) == wider_text(b, a)
    assert wider_text(wider_text(a, b), c) == wider_text(a, wider_text(b, c))
    assert wider_text(wider_text(a, b), b) == wider_text(a, b)


@pytest.mark.parametrize(
    ("one", "other", "wider"),
    [("int", "bigint", "bigint"), ("tinyint", "int", "int"), ("float", "double", "double"), ("bigint", "double", None),
     ("string", "bigint", None), ("decimal(3,2)", "decimal(5,2)", None), ("date", "date", "date")],
)  # fmt: skip
def test_parquet_is_widened_only_where_athena_reads_both(one: str, other: str, wider: str | None) -> None:
    assert wider_binary(one, other) == wider_binary(other, one) == wider


def delimited(columns: dict[str, Kind], **more: object) -> Schema:
    layout = {"delimiter": ",", "is_quoted": False, "has_header": True, **more}
    return Schema("csv", columns, csv=Csv(**layout))  # type: ignore[arg-type]


def test_text_may_get_columns_at_its_end_and_wider_types() -> None:
    old, new = delimited({"a": "bigint", "b": UNKNOWN}), delimited({"a": "double", "b": "bigint", "c": "string"})
    assert merged({"1": old, "2": new}) == merged({"2": old, "1": new})
    assert merged({"1": old, "2": new}).columns == {"a": "double", "b": "bigint", "c": "string"}


def test_numbers_with_gaps_are_strings_where_any_file_is_quoted() -> None:
    gaps = frozenset({"a"})
    plain, quoted = delimited({"a": "bigint"}, gaps=gaps), delimited({"a": "bigint"}, is_quoted=True)
    assert merged({"1": plain}).columns == {"a": "bigint"}
    assert merged({"1": plain, "2": quoted}).columns == {"a": "string"}


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (delimited({"a": "bigint"}), Schema("json", {"a": "bigint"}), "x is csv and y is json"),
        (delimited({"a": "string", "b": "string"}), delimited({"b": "string", "a": "string"}), "are read by position"),
        (delimited({"a": "string"}), delimited({"a": "string"}, delimiter=";"), "y has the delimiter ';' and a header"),
        (delimited({"a": "string"}), delimited({"a": "string"}, has_header=False), "no header"),
        (Schema("json", {"a": "bigint"}), Schema("json", {"b": "bigint"}), "y has no column in common"),
        (Schema("parquet", {"a": "bigint"}), Schema("parquet", {"a": "string"}),
         "the column a is bigint in x and string in y; a Parquet column cannot be read as both"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(one: Schema, other: Schema, said: str) -> None:
    with pytest.raises(MixedError) as raised:
        merged({"x": one, "y": other})
    assert said in str(raised.value)
