"""What is pure in writing: text of values, paths of partitions, and which types fit."""

import json
from urllib.parse import unquote

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.athena.catalogue.glue import Column, Table
from local.athena.statements.partitions import path
from local.athena.trino.types import UNKNOWN, becomes
from local.athena.types import trino_type
from local.athena.writing.coercion import insertable
from local.athena.writing.textual import delimited, json_lines

TABLE = Table("db", "t", [], [Column("a", "string"), Column("b", "string")], "s3://lake/t", {}, "")
NUMBERS = ("tinyint", "smallint", "int", "bigint", "decimal(20,0)", "float", "double")
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(texts, texts)
def test_a_partition_s_path_says_its_values(first: str, second: str) -> None:
    *parts, last = path(TABLE, [first, second]).split("/")
    assert last == ""
    assert [unquote(part.partition("=")[2]) for part in parts] == [first, second]


@given(st.dictionaries(st.sampled_from("abc"), st.none() | st.integers(-(2**53), 2**53) | texts, min_size=1))
def test_json_lines_are_json(row: dict[str, object]) -> None:
    batch = pa.RecordBatch.from_pylist([row])
    assert json.loads(json_lines(batch)) == {name: value for name, value in row.items() if value is not None}


@given(st.lists(st.text(st.sampled_from("ab,\\\n\x01"), max_size=6), min_size=2, max_size=4))
def test_escaped_text_has_as_many_cells_as_columns(cells: list[str]) -> None:
    batch = pa.RecordBatch.from_pylist([{str(index): cell for index, cell in enumerate(cells)}])
    line = delimited(batch, {"field.delim": ",", "escape.delim": "\\"}).decode()
    found, cell, letters = [], "", iter(line[:-1])
    for letter in letters:
        if letter == ",":
            found.append(cell)
            cell = ""
        else:
            cell += next(letters) if letter == "\\" else letter
    assert [*found, cell] == cells


def test_nested_values_have_hive_s_separators() -> None:
    batch = pa.RecordBatch.from_pylist(
        [{"m": [("k", [1, 2])], "s": {"x": None, "y": True}, "e": []}],
        pa.schema(
            {
                "m": pa.map_(pa.string(), pa.list_(pa.int32())),
                "s": pa.struct({"x": pa.int32(), "y": pa.bool_()}),
                "e": pa.list_(pa.int32()),
            }
        ),
    )
    assert delimited(batch, {}) == b"k\x031\x042\x01\\N\x02true\x01\n"


@pytest.mark.parametrize("query", NUMBERS)
@pytest.mark.parametrize("table", NUMBERS)
def test_a_number_that_fits_loses_no_digit_before_the_point(table: str, query: str) -> None:
    """Held against the engine: what becomes the type without a CAST is cast without an error at the type's ends."""
    if not becomes(trino_type(query), trino_type(table)):
        return
    ends = {"tinyint": 127, "smallint": 2**15 - 1, "int": 2**31 - 1, "bigint": 2**63 - 1, "decimal(20,0)": 10**20 - 1}
    value = ends.get(query, 1.5)
    with duckdb.connect() as engine:
        engine.execute(f"SELECT CAST(CAST({value} AS {query}) AS {table})")


@pytest.mark.parametrize(
    ("table", "query", "fits"),
    [
        ("string", "varchar(3)", True),
        ("varchar(3)", "string", True),
        ("string", "int", False),
        ("int", "string", False),
        ("int", "bigint", True),
        ("float", "double", True),
        ("decimal(5,2)", "decimal(5,3)", True),
        ("decimal(12,2)", "int", True),
        ("decimal(11,2)", "int", True),
        ("timestamp", "date", True),
        ("date", "timestamp", True),
        ("array<bigint>", "array<int>", True),
        ("array<int>", "array<string>", False),
        ("map<string,double>", "map<string,int>", True),
        ("struct<a:bigint,b:string>", "struct<x:int,y:varchar(2)>", True),
        ("array<varchar(3)>", "array<varchar(2)>", True),
        ("array<varchar(3)>", "array<varchar(4)>", False),
        ("array<string>", "array<char(4)>", True),
        ("varchar(3)", "char(4)", True),
        ("date", "string", False),
        ("boolean", "int", False),
        ("struct<a:int>", "struct<a:int,b:int>", False),
        ("boolean", "unknown", True),
    ],
)
def test_which_types_fit(table: str, query: str, fits: bool) -> None:
    assert insertable(trino_type(table), UNKNOWN if query == "unknown" else trino_type(query)) is fits
