"""For any contract and any document: the fast path and the patient one land the same bytes, and no row goes missing."""

import json
from datetime import date, datetime
from typing import Any

import msgspec
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from delivery.header import Header
from schemas.checks import AtLeast, NotNegative, OneOf, Positive
from schemas.contract import Column, Contract, Partition
from schemas.texts import landed_timestamp
from tests.schemas.strategies import contracts
from transforms.delimited import as_arrays
from transforms.fast import FastPath
from transforms.record import Reader
from transforms.unnest import Pairs, UnreadableError, source_rows

patient = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

LINEAGE = {"source": 'a "quoted" \\ source\n},"', "ingested_at": "2026-11-23 19:00:00.000"}
NASTY = st.text(st.sampled_from(['"', "\\", "}", ",", ":", "\n", " ", "é", "\U0001f600", "a"]), max_size=6)

DAYS = st.dates(date(1990, 1, 1), date(1991, 12, 31))
MOMENTS = st.builds(datetime.combine, st.dates(date(1990, 1, 2), date(1991, 12, 30)), st.times())
FORMS = ["%Y-%m-%dT%H:%M:%S+02:00", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M+02:00", "%Y-%m-%d"]
ANYTHING = st.sampled_from(
    [None, "", "null", "NULL", "nan", "Infinity", "1.5", "-3", 7, 1.25, True, "true", "2010-01-04", [1]]
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": NASTY | st.integers() | st.booleans() | st.sampled_from([5.0, 1e3]),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1) | st.integers(-9, 9).map(str),
    "bigint": st.integers(-(2**63), 2**63 - 1) | st.integers(-9, 9).map(str),
    "double": st.floats(allow_nan=False, allow_infinity=False) | st.decimals(-9, 9, places=4).map(str),
    "decimal": st.decimals(-99, 99, places=4).map(str) | st.floats(-9, 9, width=16) | st.integers(),
    "date": DAYS.map(str),
    "timestamp": MOMENTS.map(str) | st.builds(lambda moment, form: f"{moment:{form}}", MOMENTS, st.sampled_from(FORMS)),
}

PRICES = Contract(
    "prices",
    "Every rule, aliases, two levels.",
    columns=(
        Column("ticker", "string"),
        Column("date", "date"),
        Column("low", "double", source_names="1. low", required=True),
        Column("high", "double", source_names=("2. high", "high price"), required=True),
        Column("volume", "bigint", source_names=("6. volume", "5. volume")),
        Column("currency", "string"),
        Column("as_of", "timestamp"),
        Column("paid", "decimal", precision=5, scale=2),
        Column("fee", "decimal", precision=9, scale=4),
    ),
    key=("ticker", "date"),
    nest=("ticker", "date"),
    partition=Partition("date", "year"),
    checks=(
        Positive(("low", "high")),
        NotNegative(("volume",)),
        OneOf("currency", ("USD", "GBP")),
        AtLeast("high", ("low", "volume")),
        Positive(("paid",)),
        AtLeast("paid", ("fee", "volume")),
    ),
)
CLEAN = {
    "1. low": st.sampled_from(["0.5", 0.25]),
    "2. high": st.sampled_from(["9.0", 12]),
    "6. volume": st.sampled_from(["3", 0, None]),
    "currency": st.sampled_from(["USD", "GBP", None]),
    "as_of": VALUES["timestamp"] | st.none(),
    "paid": st.sampled_from(["9.5", 9.75, 123, "0123.10", None]),
    "fee": st.sampled_from(["0.125", -1, 5e-3, None]),
    "unknown": NASTY,
}
ODD = {**{name: value | ANYTHING for name, value in CLEAN.items()}, "5. volume": ANYTHING, "high price": ANYTHING}
ODD |= {"high": ANYTHING, "unknown": st.just({"open": "{"})}
ROW = st.fixed_dictionaries(CLEAN)
NEARLY_CLEAN_ROW = st.builds(
    lambda row, odd: {**row, **odd},
    ROW,
    st.just({}) | st.sampled_from(sorted(ODD)).flatmap(lambda name: st.fixed_dictionaries({name: ODD[name]})),
)
YEAR = st.dates(date(1990, 1, 1), date(1990, 12, 31)).map(str)


def both(contract: Contract, body: bytes, columns: tuple[str, ...] = ()) -> bool:
    """Whether the fast path reads `body`; if so, that what it lands is what the patient path lands."""
    landing = FastPath(contract).land(body, LINEAGE, columns)
    if landing is None:
        return False
    reading = Reader(contract).read_row_by_row(body, LINEAGE, Header(columns=columns))
    assert reading.rejects == ()
    assert reading.landings == (landing,)
    assert all(msgspec.json.decode(line)["source"] == LINEAGE["source"] for line in landing.lines.splitlines())
    return True


def documents(leaf: st.SearchStrategy[Any], days: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(NASTY, st.dictionaries(days, leaf, min_size=1, max_size=4), min_size=1, max_size=3)


@patient
@given(documents(ROW, YEAR))
def test_clean_documents_of_one_partition_take_the_fast_path(document: dict[str, Any]) -> None:
    assert both(PRICES, json.dumps(document).encode())


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(("id", "name"), VALUES["string"])), min_size=1))
def test_whole_numbers_in_columns_of_text_take_the_fast_path(rows: list[dict[str, Any]]) -> None:
    columns = (Column("id", "string"), Column("name", "string", source_names="n"), Column("kind", "string"))
    contract = Contract("things", "Things.", columns, ("id",), checks=(OneOf("kind", ("a",)),))
    assert both(contract, b"\n".join(map(msgspec.json.encode, rows)))
    assert both(contract, b"\n".join(msgspec.json.encode(list(row.values())) for row in rows), ("id", "n"))


@patient
@given(documents(NEARLY_CLEAN_ROW, YEAR | DAYS.map(str) | NASTY))
def test_both_paths_agree_on_any_document(document: dict[str, Any]) -> None:
    both(PRICES, json.dumps(document).encode())


@patient
@given(
    st.lists(
        st.builds(lambda row, ticker, day: {**row, "ticker": ticker, "date": day}, NEARLY_CLEAN_ROW, NASTY, YEAR),
        min_size=1,
        max_size=4,
    )
)
def test_both_paths_agree_on_flat_rows(rows: list[dict[str, Any]]) -> None:
    both(PRICES, "\n".join(map(json.dumps, rows)).encode())


NAMES = ("ticker", "date", "1. low", "high price", "6. volume", "currency", "as_of", "unknown")
NEEDED = st.permutations(NAMES[:4]).map(tuple)


@patient
@given(st.lists(st.tuples(NASTY, YEAR, *map(CLEAN.__getitem__, ("1. low", "2. high"))), min_size=1), NEEDED)
def test_clean_rows_that_are_arrays_take_the_fast_path(rows: list[Any], columns: tuple[str, ...]) -> None:
    named = [dict(zip(NAMES, row, strict=False)) for row in rows]
    assert both(PRICES, b"\n".join(msgspec.json.encode([row[name] for name in columns]) for row in named), columns)


@patient
@given(
    st.lists(
        st.builds(lambda row, ticker, day: {**row, "ticker": ticker, "date": day}, NEARLY_CLEAN_ROW, NASTY, YEAR),
        min_size=1,
        max_size=4,
    ),
    st.lists(st.sampled_from(NAMES), unique=True, min_size=1).map(tuple) | NEEDED,
)
def test_rows_that_are_arrays_land_as_the_objects_they_stand_for(
    rows: list[dict[str, Any]], columns: tuple[str, ...]
) -> None:
    objects = [{name: row.get(name) for name in columns} for row in rows]
    arrays = b"\n".join(msgspec.json.encode(list(row.values())) for row in objects)
    both(PRICES, arrays, columns)
    expected = Reader(PRICES).read_row_by_row(b"\n".join(map(msgspec.json.encode, objects)), LINEAGE)
    assert Reader(PRICES).read(arrays, LINEAGE, Header(columns=columns)) == expected


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n;")), min_size=1), min_size=1))
def test_text_between_delimiters_stands_for_arrays(rows: list[list[str]]) -> None:
    body = "".join(";".join(row) + "\n" for row in rows).encode()
    assume(body != b"\n")
    arrays = [[field or None for field in row] for row in rows]
    assert [msgspec.json.decode(line) for line in as_arrays(body, ";").splitlines()] == arrays


@st.composite
def contracts_with_a_document(draw: st.DrawFn) -> tuple[Contract, bytes, int]:
    """Any contract, a body that keeps it or nearly does, and its number of rows."""
    contract = draw(contracts())
    rows = draw(st.lists(st.fixed_dictionaries({c.name: VALUES[c.type] for c in contract.columns}), max_size=5))
    if not contract.nest:
        return contract, "\n".join(map(json.dumps, rows)).encode(), len(rows)
    tree: dict[str, Any] = {}
    for row in rows:
        node = tree
        for name in contract.nest[:-1]:
            node = node.setdefault(_key(row[name]), {})
        node[_key(row[contract.nest[-1]])] = {name: row[name] for name in row if name not in contract.nest}
    return contract, json.dumps(tree).encode(), _leaves(tree, len(contract.nest))


def _key(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _leaves(tree: Any, depth: int) -> int:
    return 1 if depth == 0 else sum(_leaves(below, depth - 1) for below in tree.values())


@patient
@given(contracts_with_a_document())
def test_rows_out_are_leaves_in_for_any_contract(drawn: tuple[Contract, bytes, int]) -> None:
    contract, body, leaves = drawn
    both(contract, body)
    try:
        reading = Reader(contract).read(body, LINEAGE)
    except UnreadableError:
        assert leaves == 0
        return
    assert sum(landing.rows for landing in reading.landings) + len(reading.rejects) == leaves
    assert sum(len(landing.lines.splitlines()) for landing in reading.landings) + len(reading.rejects) == leaves


@patient
@given(st.integers(1, 4).flatmap(lambda depth: st.tuples(st.just(depth), _tree(depth))))
def test_unnesting_and_nesting_gives_the_document_back(drawn: tuple[int, dict[str, Any]]) -> None:
    depth, document = drawn
    nest = tuple(f"k{level}" for level in range(depth))
    contract = Contract("things", "Things.", tuple(Column(name, "string") for name in nest), key=nest, nest=nest)
    again: dict[str, Any] = {}
    for row in source_rows(json.dumps(document).encode(), contract):
        node = again
        for key in list(row.keys.values())[:-1]:
            node = node.setdefault(key, {})
        assert isinstance(row.fields, Pairs)
        node[row.keys[nest[-1]]] = {name: msgspec.json.decode(msgspec.json.encode(value)) for name, value in row.fields}
    assert again == document


def _tree(depth: int) -> st.SearchStrategy[dict[str, Any]]:
    if depth == 0:
        return st.dictionaries(NASTY, st.integers() | NASTY | st.none(), max_size=3)
    return st.dictionaries(NASTY, _tree(depth - 1), min_size=1, max_size=3)


@patient
@given(st.datetimes())
def test_a_landed_timestamp_reads_back(moment: datetime) -> None:
    assert datetime.fromisoformat(landed_timestamp(moment)) == moment.replace(
        microsecond=moment.microsecond // 1000 * 1000
    )
