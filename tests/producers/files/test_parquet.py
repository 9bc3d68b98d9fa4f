"""What the columns of a Parquet file become, whatever type they have there."""

import io
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from delivery.rows import Block
from producers.files.errors import FileError
from producers.files.formats import chunks
from producers.files.formats.parquet import chunks as parquet
from producers.files.formats.reading import START
from producers.files.formats.streams.opening import open_file
from schemas.contract import Column, Contract
from tests.producers.receiving import objects

CONTRACT = Contract("few", "Few.", (Column("key", "string"), Column("side", "string"), Column("x", "double")), ("key",))
ROWS = 20_000


def rows_of(table: pa.Table, contract: Contract, **more: Any) -> list[dict[str, Any]]:
    written = io.BytesIO()
    pq.write_table(table, written, **more)
    written.seek(0)
    opened = open_file("f.parquet", "f.parquet", io.BufferedReader(written))  # type: ignore[arg-type]
    items = [item for chunk in chunks(opened, contract, START) for item in chunk.items]
    return [row for item in items if isinstance(item, Block) for row in objects(item.data, item.format)]


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string()), pa.list_(pa.string())]
)
def test_few_texts_are_what_they_were(kind: pa.DataType) -> None:
    sides: list[Any] = [None if number % 5 == 0 else ("BUY", "SELL")[number % 2] for number in range(ROWS)]
    sides[ROWS // 2 :] = [None if pa.types.is_nested(kind) else f"S{number % 100}" for number in range(ROWS // 2)]
    if pa.types.is_nested(kind):
        sides = [side and [side] for side in sides]
    keys = [f"K{number}" for number in range(ROWS)]
    table = pa.table({"key": keys, "side": pa.array(sides, kind), "x": pa.array([1.5] * ROWS)})
    rows = rows_of(table, CONTRACT, row_group_size=ROWS // 2)
    assert [row["key"] for row in rows] == keys
    assert [row.get("side") for row in rows] == sides


def test_a_damaged_footer_is_an_error_at_most() -> None:
    written = io.BytesIO()
    pq.write_table(pa.table({"key": ["a", "b"], "side": ["BUY", "BUY"], "x": [1.5, 2.5]}), written, compression="none")
    content = written.getvalue()
    footer = int.from_bytes(content[-8:-4], "little") + 8
    told = set()
    for at in range(len(content) - footer, len(content)):
        changed = content[:at] + b"\x0a" + content[at + 1 :]
        try:
            opened = open_file("f.parquet", "f.parquet", io.BufferedReader(io.BytesIO(changed)))  # type: ignore[arg-type]
            told.add(sum(len(chunk.items) for chunk in chunks(opened, CONTRACT, START)))
        except FileError as error:
            told.add(error.reason[:12])
    assert 1 in told
    assert len(told) > 1


@pytest.mark.parametrize(
    "sides",
    [["x" * 9000] * 3000, ["x"] * 1000 + ["x" * 9000] * 2000, [f"{number:9000}" for number in range(3000)]],
    ids=["one", "few", "unlike"],
)
def test_long_texts_are_read_few_at_a_time(sides: list[str]) -> None:
    written = io.BytesIO()
    columns = {"key": [f"K{number}" for number in range(3000)], "side": sides, "x": [1.5] * 3000}
    pq.write_table(pa.table(columns), written)
    written.seek(0)
    opened = open_file("f.parquet", "f.parquet", io.BufferedReader(written))  # type: ignore[arg-type]
    found = [[item for item in chunk.items if isinstance(item, Block)] for chunk in chunks(opened, CONTRACT, START)]
    assert sum(block.rows for chunk in found for block in chunk) == 3000
    assert max(len(block.data) for chunk in found for block in chunk) < 16_000_000


def test_unlike_texts_are_read_as_texts() -> None:
    written = io.BytesIO()
    columns = {
        "key": [f"K{number}" for number in range(ROWS)],
        "side": ["BUY", "SELL"] * (ROWS // 2),
        "x": [1.5] * ROWS,
    }
    pq.write_table(pa.table(columns), written)
    assert parquet._repetitive(pq.ParquetFile(written).metadata, 0, list(columns)) == ["side"]


@pytest.mark.parametrize(
    "kind", [pa.binary(), pa.large_binary(), pa.binary(2), pa.dictionary(pa.int8(), pa.binary())], ids=str
)
def test_bytes_are_text(kind: pa.DataType) -> None:
    values = pa.array([b"K1", b"K2"], pa.binary(2) if pa.types.is_fixed_size_binary(kind) else pa.binary()).cast(kind)
    assert [row["key"] for row in rows_of(pa.table({"key": values}), CONTRACT)] == ["K1", "K2"]


@pytest.mark.parametrize(
    ("kind", "texts"),
    [(pa.int64(), ["7", None, "0"]), (pa.uint8(), ["7", None, "0"]), (pa.bool_(), ["true", None, "false"])],
    ids=str,
)
def test_whole_numbers_and_booleans_are_text_in_a_column_of_text(kind: pa.DataType, texts: list[str]) -> None:
    values = pa.array([7, None, 0]) if kind != pa.bool_() else pa.array([True, None, False])
    found = rows_of(pa.table({"key": ["a", "b", "c"], "side": values.cast(kind)}), CONTRACT)
    assert [row.get("side") for row in found] == texts


@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York", "+05:30"])
def test_midnights_where_they_were_taken_are_dates(zone: str | None) -> None:
    contract = Contract("days", "Days.", (Column("key", "string"), Column("day", "date")), ("key",))
    local = pa.array([datetime(2024, 1, 2), None, datetime(2024, 7, 2), datetime(2024, 7, 2, 1)], pa.timestamp("ms"))  # noqa: DTZ001
    moments = pc.assume_timezone(local, zone) if zone else local
    rows = rows_of(pa.table({"key": ["a", "b", "c", "d"], "day": moments}), contract)
    assert [row.get("day") for row in rows[:3]] == ["2024-01-02", None, "2024-07-02"]
    assert rows[3]["day"].startswith("2024-07-02 01:00:00")


@pytest.mark.parametrize(
    ("zone", "unit", "at", "utc"),
    [
        ("America/New_York", "us", -2_800_000_000_000_000, "1881-04-09 14:13:20"),
        ("Asia/Tokyo", "s", -2_600_000_000, "1887-08-11 09:46:40"),
        ("Asia/Tokyo", "ns", 2**63 - 1, "2262-04-11 23:47:16.854775807"),
        ("+05:30", "ms", 1500, "1970-01-01 00:00:01.500"),
        ("UTC", "us", 0, "1970-01-01 00:00:00"),
    ],
)
def test_moments_in_a_time_zone_are_in_utc(zone: str, unit: str, at: int, utc: str) -> None:
    contract = Contract("few", "Few.", (Column("key", "string"), Column("moment", "timestamp")), ("key",))
    table = pa.table({"key": ["a", "b"], "moment": pa.array([at, None], pa.timestamp(unit, zone))})
    assert [row["moment"] for row in rows_of(table, contract)] == [utc, None]


def test_the_last_nanosecond_is_no_date_of_another_century() -> None:
    contract = Contract("few", "Few.", (Column("key", "string"), Column("day", "date")), ("key",))
    tokyo = pa.timestamp("ns", "Asia/Tokyo")
    midnight = -9 * 3600 * 10**9
    table = pa.table({"key": ["a", "b", "c"], "day": pa.array([midnight, midnight + 1, 2**63 - 1], tokyo)})
    first, *others = (row["day"] for row in rows_of(table, contract))
    assert first == "1970-01-01"
    assert all(":" in other for other in others)
