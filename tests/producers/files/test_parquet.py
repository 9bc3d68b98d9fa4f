"""Texts of a Parquet file that come again and again are read as dictionaries: the rows are the same."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from delivery.rows import Block
from producers.files.formats import chunks, parquet
from producers.files.formats.opening import open_file
from producers.files.formats.reading import START
from schemas.contract import Column, Contract
from tests.producers.receiving import objects

CONTRACT = Contract("few", "Few.", (Column("key", "string"), Column("side", "string"), Column("x", "double")), ("key",))
ROWS = 20_000


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
    written = io.BytesIO()
    pq.write_table(table, written, row_group_size=ROWS // 2)
    written.seek(0)
    opened = open_file("f.parquet", "f.parquet", io.BufferedReader(written))  # type: ignore[arg-type]
    items = [item for chunk in chunks(opened, CONTRACT, START) for item in chunk.items]
    rows = [row for item in items if isinstance(item, Block) for row in objects(item.data, item.format)]
    assert [row["key"] for row in rows] == keys
    assert [row.get("side") for row in rows] == sides


def test_unlike_texts_are_read_as_texts() -> None:
    written = io.BytesIO()
    columns = {
        "key": [f"K{number}" for number in range(ROWS)],
        "side": ["BUY", "SELL"] * (ROWS // 2),
        "x": [1.5] * ROWS,
    }
    pq.write_table(pa.table(columns), written)
    assert parquet._repetitive(pq.ParquetFile(written).metadata) == ["side"]
