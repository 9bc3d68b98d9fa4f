"""A buffer of records to Parquet: the fast reader and the exact one must not be told apart."""

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from local.firehose.catalog import Columns
from local.firehose.config import Conversion
from local.firehose.convert import convert
from local.firehose.convert_exact import RefusedError, record_reader, table_of
from local.firehose.convert_fast import fast_reader
from local.firehose.deserializer import deserializer_of
from local.firehose.formats import OpenX, Parquet
from local.firehose.hive_types import parse_type
from local.firehose.records import Item

KINDS = {
    "flag": "boolean",
    "tiny": "tinyint",
    "n": "bigint",
    "x": "double",
    "f": "float",
    "s": "string",
    "d": "date",
    "t": "timestamp",
}
COLUMNS = Columns(tuple(KINDS), tuple(parse_type(kind) for kind in KINDS.values()))
CONVERSION = Conversion("db", "t", "LATEST", {}, OpenX(), Parquet())


def items(*payloads: bytes) -> list[Item]:
    return [Item(number, 0, data) for number, data in enumerate(payloads, 1)]


def quickly(payloads: list[bytes]) -> pa.Table | None:
    reader = fast_reader(COLUMNS, deserializer_of(COLUMNS, OpenX()), OpenX())
    assert reader is not None
    return reader.read(payloads)


def exactly(payloads: list[bytes]) -> pa.Table | None:
    read = record_reader(deserializer_of(COLUMNS, OpenX()))
    try:
        return table_of([row for data in payloads for row in read(data)], COLUMNS)
    except RefusedError:
        return None


WORDS = st.sampled_from(
    r"""
    "2024-01-02" | "2024-02-30" | "0000-01-01" | "2024-01-02 03:04:05" | "2024-01-02 03:04:05.25" | 1e3 | -0 | -0.0 |
    "2024-01-02T03:04:05Z" | "2024-01-02T03:04:05+01:00" | "9999-01-01 00:00:00" | "2024-01-02 24:00:00" | 1.50 |
    1e400 | -Infinity | NaN | 9223372036854775808 | 300 | "12" | "true" | "" | "\ud800" | "\u0000" | "a\/b" | "}" |
    "{" | [] | [{"a":null}] | {"a":1,"A":2} | null | 01 | 'x' | 26.7999992371
    """.strip()
    .replace("|\n    ", "| ")
    .split(" | ")
)
TEXTS = st.text(max_size=5).map(lambda text: json.dumps(text, ensure_ascii=False))
VALUES = st.one_of(WORDS, TEXTS, st.integers(-(2**65), 2**65).map(str), st.floats().map(json.dumps))
NAMES = st.sampled_from([*KINDS, "N", "other", "\\u006e", "é"])
FITTING = st.fixed_dictionaries(
    {},
    optional={
        "flag": st.sampled_from(["true", "false", "null"]),
        "tiny": st.integers(-128, 127).map(str),
        "n": st.integers(-(2**63), 2**63 - 1).map(str),
        "x": st.floats(allow_nan=False, allow_infinity=False).map(json.dumps),
        "f": st.floats(allow_nan=False, allow_infinity=False).map(json.dumps),
        "s": TEXTS,
        "d": st.dates().map(lambda d: f'"{d}"'),
        "t": st.datetimes().map(lambda t: f'"{t}"'),
        "more": VALUES,
    },
)
ANY = st.lists(st.tuples(NAMES, VALUES), max_size=4)
DOCUMENTS = st.one_of(FITTING.map(lambda members: list(members.items())), ANY).map(
    lambda members: "{" + ",".join(f'"{name}":{value}' for name, value in members) + "}"
)
RECORDS = st.one_of(
    st.lists(DOCUMENTS, min_size=1, max_size=3).map("".join),
    st.lists(DOCUMENTS, min_size=1, max_size=3).map("\n".join),
    st.sampled_from(
        ["", " ", "null", "[]", "{", "}", '{"n":{}', ',"n":1}', '{"n":', "1}", '{"s":"', '{"n":1}null{"n":2}']
    ),
)


@given(st.lists(RECORDS, min_size=1, max_size=4))
def test_the_fast_reader_reads_what_the_exact_one_reads_or_nothing(texts: list[str]) -> None:
    payloads = [text.encode("utf-8", "surrogatepass") for text in texts]
    fast = quickly(payloads)
    if fast is not None:
        expected = exactly(payloads)
        assert expected is not None
        assert fast.equals(expected) or repr(fast.to_pylist()) == repr(expected.to_pylist())


@given(st.lists(FITTING, min_size=1, max_size=4))
def test_a_record_of_the_tables_own_types_loses_no_row(rows: list[dict[str, str]]) -> None:
    payloads = [("{" + ",".join(f'"{name}":{value}' for name, value in row.items()) + "}").encode() for row in rows]
    expected = exactly(payloads)
    converted = convert(items(*payloads), COLUMNS, CONVERSION)
    if expected is not None:
        assert (converted.rows, converted.refused) == (len(rows), [])


def test_plain_records_take_the_fast_way() -> None:
    row = {
        "n": 1,
        "x": 1.5,
        "s": "IBM [US] {x}",
        "d": "2024-01-02",
        "t": "2024-01-02 03:04:05.123",
        "other": {"a": [1]},
    }
    data = json.dumps(row).encode()
    table = quickly([data, data + b"\n" + data, data + data])
    assert table is not None
    assert table.num_rows == 5


def test_one_bad_record_fails_alone() -> None:
    converted = convert(items(b'{"n":1}', b'{"n":"oops"}', b"", b'{"n":2}{"n":"3"}'), COLUMNS, CONVERSION)
    table = pq.read_table(io.BytesIO(converted.body))
    assert table.column("n").to_pylist() == [1, 2, 3]
    assert [(item.sequence, reason.message) for item, reason in converted.refused] == [
        (2, 'Data does not match the schema. For input string: "oops"'),
        (3, "The record was empty or contained only whitespace."),
    ]


def test_a_multi_document_record_fails_whole() -> None:
    converted = convert(items(b'{"n":1}{"n":"oops"}{"n":3}'), COLUMNS, CONVERSION)
    assert (converted.body, len(converted.refused)) == (b"", 1)


def test_the_file_is_as_firehose_writes_it() -> None:
    converted = convert(items(b'{"t":"2024-01-02 03:04:05.5","S":"x"}'), COLUMNS, CONVERSION)
    file = pq.ParquetFile(io.BytesIO(converted.body))
    physical = {file.schema.column(i).name: file.schema.column(i).physical_type for i in range(len(KINDS))}
    assert list(physical) == list(KINDS)
    assert physical["t"] == "INT96"
    assert {file.metadata.row_group(0).column(i).compression for i in range(len(KINDS))} == {"SNAPPY"}
    [row] = file.read().to_pylist()
    assert (str(row["t"]), row["s"]) == ("2024-01-02 03:04:05.500000", "x")


def test_times_far_away_and_near_share_a_file() -> None:
    far: list[dict[str, Any]] = [{"t": "9999-12-31 00:00:00", "s": "x" * 2_000_000}, {"t": "2024-01-02 00:00:00"}]
    converted = convert(items(*(json.dumps(row).encode() for row in far)), COLUMNS, CONVERSION)
    assert (converted.rows, converted.refused) == (2, [])
    times = pq.read_table(io.BytesIO(converted.body), coerce_int96_timestamp_unit="us").column("t")
    assert [str(time) for time in times] == ["9999-12-31 00:00:00", "2024-01-02 00:00:00"]
