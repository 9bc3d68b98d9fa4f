"""A buffer of records to one file: the fast reader and the exact one must agree."""

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery import limits
from local.firehose.configuration.config import Conversion
from local.firehose.configuration.formats import Parquet
from local.firehose.conversion import convert as converting
from local.firehose.conversion.convert import convert
from local.firehose.records import Item
from local.serde import reading
from local.serde.columns import Columns
from local.serde.deserializer import deserializer_of
from local.serde.exact import RefusedError, record_reader, table_of
from local.serde.fast import DoubtError, fast_reader
from local.serde.hive_types import parse_type
from local.serde.options import HiveJson, OpenX
from tests.local.serde.json_texts import DESERIALIZERS, TABLES, fitting, records

KINDS = {"n": "bigint", "x": "double", "s": "string", "d": "date", "t": "timestamp"}
COLUMNS = Columns(tuple(KINDS), tuple(parse_type(kind) for kind in KINDS.values()))
SerDe = OpenX | HiveJson


def conversion(serde: SerDe = OpenX()) -> Conversion:  # noqa: B008 - frozen
    return Conversion("db", "t", "LATEST", {}, serde, Parquet())


def items(*payloads: bytes) -> list[Item]:
    return [Item(number, 0, data) for number, data in enumerate(payloads, 1)]


def quickly(payloads: list[bytes], columns: Columns = COLUMNS, serde: SerDe = OpenX()) -> pa.Table | None:  # noqa: B008
    reader = fast_reader(columns, deserializer_of(columns, serde), serde)
    try:
        return reader.read(payloads) if reader else None
    except DoubtError:
        return None


def exactly(payloads: list[bytes], columns: Columns, serde: SerDe) -> tuple[pa.Table, list[tuple[int, str, str]]]:
    """What each record gives by itself: all rows, and the numbers of those that are refused."""
    read = record_reader(deserializer_of(columns, serde))
    rows, refused = [], []
    for number, data in enumerate(payloads, 1):
        try:
            rows += read(data)
        except RefusedError as reason:
            refused.append((number, reason.code, reason.message))
    return table_of(rows, columns), refused


def same(one: pa.Table, other: pa.Table) -> bool:
    """NaN is NaN, and what is stored in nanoseconds may be so in microseconds."""
    return one.equals(other) or repr(one.to_pylist()) == repr(other.to_pylist())


@pytest.fixture
def tiny_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buffers of a few records are cut and narrowed down as large ones are."""
    monkeypatch.setattr(reading, "_SLICE_BYTES", 60)
    monkeypatch.setattr(reading, "_SMALL_BYTES", 1)


@given(TABLES, DESERIALIZERS, st.data())
def test_the_fast_reader_reads_what_the_exact_one_reads_or_nothing(columns: Columns, serde: SerDe, data: Any) -> None:
    payloads = data.draw(st.lists(records(columns), min_size=1, max_size=4))
    fast = quickly(payloads, columns, serde)
    if fast is not None:
        expected, refused = exactly(payloads, columns, serde)
        assert not refused
        assert same(fast, expected)


@pytest.mark.usefixtures("tiny_slices")
@given(TABLES, DESERIALIZERS, st.data())
def test_a_buffer_is_the_sum_of_its_records(columns: Columns, serde: SerDe, data: Any) -> None:
    payloads = data.draw(st.lists(records(columns), min_size=1, max_size=8))
    expected, refused = exactly(payloads, columns, serde)
    written: list[pa.Table] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(converting, "write_file", lambda table, _: written.append(table) or b"file")
        converted = convert(items(*payloads), columns, conversion(serde))
    assert [(item.sequence, reason.code, reason.message) for item, reason in converted.refused] == refused
    assert [item.sequence for item in converted.good + [item for item, _ in converted.refused]] == sorted(
        range(1, len(payloads) + 1), key=lambda number: (number in {bad for bad, *_ in refused}, number)
    )
    assert converted.rows == expected.num_rows
    assert bool(converted.body) == bool(converted.good) == bool(written)
    assert all(same(table, expected) for table in written)


@given(TABLES, st.data())
def test_any_table_can_be_written_and_read(columns: Columns, data: Any) -> None:
    payloads = data.draw(st.lists(records(columns), min_size=1, max_size=4))
    expected, _ = exactly(payloads, columns, OpenX())
    converted = convert(items(*payloads), columns, conversion())
    if converted.good:
        table = pq.read_table(io.BytesIO(converted.body), coerce_int96_timestamp_unit="us")
        assert (table.column_names, table.num_rows) == (list(columns.names), expected.num_rows)


@given(st.lists(fitting(COLUMNS), min_size=1, max_size=4))
def test_a_record_of_the_tables_own_types_loses_no_row(rows: list[list[tuple[str, str]]]) -> None:
    payloads = [("{" + ",".join(f'"{name}":{value}' for name, value in row) + "}").encode() for row in rows]
    _, refused = exactly(payloads, COLUMNS, OpenX())
    converted = convert(items(*payloads), COLUMNS, conversion())
    if not refused:
        assert (converted.rows, converted.refused) == (len(rows), [])


ROW = {"n": 1, "x": 1.5, "s": "IBM [US] {x} é", "d": "2024-01-02", "t": "2024-01-02 03:04:05.123"}


@pytest.mark.parametrize("serde", [OpenX(), HiveJson(), OpenX(case_insensitive=False)])
@pytest.mark.parametrize("more", [{}, {"other": {"a": [1]}}, {"other": None}, {"x": None}])
def test_plain_records_take_the_fast_way(serde: SerDe, more: dict[str, Any]) -> None:
    data = json.dumps(ROW | more).encode()
    table = quickly([data, data + b"\n" + data, data + data], serde=serde)
    assert table is not None
    assert table.num_rows == 5


MORE_KINDS = {
    "price": "decimal(10,2)",
    "code": "char(3)",
    "legs": "array<struct<day:date,sizes:array<bigint>>>",
    "at": "struct<t:timestamp,note:varchar(3)>",
    "seen": "timestamp",
}
MORE_ROW = {
    "price": 1.5,
    "code": "abc",
    "legs": [{"day": "2024-01-02", "sizes": [1, None]}, {}],
    "at": {"t": "2024-01-02 03:04:05", "note": "x"},
    "seen": "2024-01-02T03:04:05.5Z",
}


def test_rows_of_most_other_types_take_the_fast_way_too() -> None:
    columns = Columns(tuple(MORE_KINDS), tuple(parse_type(kind) for kind in MORE_KINDS.values()))
    payloads = [json.dumps(MORE_ROW).encode(), json.dumps(MORE_ROW | {"other": 1}).encode()]
    table = quickly(payloads, columns)
    assert table is not None
    assert same(table, exactly(payloads, columns, OpenX())[0])


@pytest.mark.parametrize("number", ["123456789.5", "-123456789.5", "100000000.0"])
def test_a_decimal_with_too_many_digits_before_the_point_is_refused(number: str) -> None:
    columns = Columns(("price",), (parse_type("decimal(10,2)"),))
    refused = convert(items(b'{"price": %s}' % number.encode()), columns, conversion()).refused
    assert [reason.message for _, reason in refused] == [
        f"Data does not match the schema. {number} does not fit decimal(10,2)"
    ]
    assert quickly([b'{"price": 99999999.99}'], columns) is not None


def test_one_bad_record_fails_alone() -> None:
    converted = convert(items(b'{"n":1}', b'{"n":"oops"}', b"", b'{"n":2}{"n":"3"}'), COLUMNS, conversion())
    table = pq.read_table(io.BytesIO(converted.body))
    assert table.column("n").to_pylist() == [1, 2, 3]
    assert [(item.sequence, reason.message) for item, reason in converted.refused] == [
        (2, 'Data does not match the schema. For input string: "oops"'),
        (3, "The record was empty or contained only whitespace."),
    ]


def test_a_multi_document_record_fails_whole() -> None:
    converted = convert(items(b'{"n":1}{"n":"oops"}{"n":3}'), COLUMNS, conversion())
    assert (converted.body, len(converted.refused)) == (b"", 1)


PACKED = b"\n".join(json.dumps(ROW | {"n": number}).encode() for number in range(2600))


@pytest.mark.parametrize(
    ("changed", "bad"),
    [((b'"n": 7,', b'"n": "7",'), 0), ((b'"n": 7,', b'"n": "x",'), 2), ((b'"n": 7,', b'"n":\n7,'), 0)],
)
def test_packed_records_of_250_kb(changed: tuple[bytes, bytes], bad: int) -> None:
    odd = PACKED.replace(*changed)
    assert len(PACKED) > 250 * limits.KIB
    payloads = [PACKED, odd, PACKED, b'{"n":{}', b',"n":1}', *4 * [PACKED], odd]
    converted = convert(items(*payloads), COLUMNS, conversion())
    wrong = [item.sequence for item, _ in converted.refused]
    assert wrong == ([2, 4, 5, 10] if bad else [4, 5])
    numbers = pq.read_table(io.BytesIO(converted.body)).column("n").to_pylist()
    assert numbers == (8 - bad) * list(range(2600))


def test_lines_that_only_look_like_documents_are_read_together() -> None:
    rows = 200 * [b'{"n":1,"s":"' + 100 * b"x" + b'"}']
    converted = convert(items(b"\n".join([*rows, b'{"n":{}', b',"n":2}'])), COLUMNS, conversion())
    assert (converted.rows, converted.refused) == (201, [])


@pytest.mark.parametrize(
    ("opening", "closing"), [("[[],", "]"), ('["]",', "]"), ('["]\\"]",', "]"), ('{"x":{},"y":', "}"), ("[", "]")]
)
def test_a_member_that_is_very_deep_does_no_harm(opening: str, closing: str) -> None:
    deep = '{"n":1,"other":' + 20_000 * opening + "1" + 20_000 * closing + "}"
    converted = convert(items(b'{"n":1}', deep.encode(), b'{"n":2}'), COLUMNS, conversion())
    assert [item.sequence for item, _ in converted.refused] == [2]


def test_times_far_away_and_near_share_a_file() -> None:
    far: list[dict[str, Any]] = [{"t": "9999-12-31 00:00:00", "s": "x" * 2_000_000}, {"t": "2024-01-02 00:00:00"}]
    converted = convert(items(*(json.dumps(row).encode() for row in far)), COLUMNS, conversion())
    assert (converted.rows, converted.refused) == (2, [])
    times = pq.read_table(io.BytesIO(converted.body), coerce_int96_timestamp_unit="us").column("t")
    assert [str(time) for time in times] == ["9999-12-31 00:00:00", "2024-01-02 00:00:00"]


def test_a_time_far_away_takes_nanoseconds_from_its_own_column_alone() -> None:
    far = {"t": "9999-12-31 00:00:00", "u": "2024-01-02 00:00:00.123456789", "s": "x" * 2_000_000}
    near = {"t": "2024-01-02 00:00:00", "u": "2024-01-02 00:00:00.987654321"}
    columns = Columns(("t", "u", "s"), tuple(map(parse_type, ("timestamp", "timestamp", "string"))))
    for rows in ([far, near], [near, far], [far | {"s": ""}, near]):
        converted = convert(items(*(json.dumps(row).encode() for row in rows)), columns, conversion())
        times = pq.read_table(io.BytesIO(converted.body), columns=["u"]).column("u").cast("int64").to_pylist()
        assert sorted(time % 1_000_000_000 for time in times) == [123_456_789, 987_654_321]
