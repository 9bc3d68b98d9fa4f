"""Moments that are numbers: in every format, under a path, and as the partition."""

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.contract import Column, Contract, Partition
from schemas.files import Files
from tests.producers.files.test_fidelity import workbook
from tests.producers.files.world import World

COLUMNS = (
    Column("id", "bigint"),
    Column("at", "timestamp", source_names="quote.at"),
    Column("day", "date"),
    Column("size", "double"),
)
AT, DAY = 1_772_438_400_123, 1_735_689_600_000
ROWS: list[dict[str, Any]] = [
    {"id": 1, "at": AT, "day": DAY, "size": 7},
    {"id": 2, "at": AT, "day": None, "size": 7.5},
    {"id": 3, "at": "2025-03-02 08:00", "day": "2025-01-01", "size": 0},
    {"id": 4, "at": AT, "day": AT, "size": 0},
    {"id": 5, "at": True, "day": DAY, "size": 0},
]
NUMBERS = ROWS[:2]


def parquet(rows: list[dict[str, Any]]) -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), written)
    return written.getvalue()


def texts(rows: list[dict[str, Any]]) -> str:
    return "\n".join(["id,at,day,size", *(",".join("" if v is None else str(v) for v in row.values()) for row in rows)])


def under_a_path(rows: list[dict[str, Any]]) -> str:
    moved = [{**row, "quote": {"at": row["at"]}} for row in rows]
    return json.dumps([{name: value for name, value in row.items() if name != "at"} for row in moved])


def contract(nest: tuple[str, ...] = ()) -> Contract:
    partition = Partition("at", "year")
    return Contract("ticks", "T.", COLUMNS, ("id",), nest=nest, partition=partition, source=Files(dates="epoch_ms"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", texts(NUMBERS)),
        ("t.ndjson", "\n".join(map(json.dumps, NUMBERS))),
        ("t.json", json.dumps(NUMBERS)),
        ("path.json", under_a_path(NUMBERS)),
        ("nested.json", json.dumps({str(row["id"]): {**row, "id": None} for row in NUMBERS})),
        ("t.parquet", parquet(NUMBERS)),
        ("t.xlsx", workbook([list(NUMBERS[0]), *(row.values() for row in NUMBERS)])),
    ],
)
def test_counts_are_moments_in_every_format(name: str, content: str | bytes) -> None:
    world = World({"ticks": contract(("id",) if name == "nested.json" else ())})
    (report,) = world.drop(f"drop/ticks/{name}", content)
    assert (report.outcome, world.quarantine) == ("landed", [])
    at = "quote.at" if name == "path.json" else "at"
    rows = world.rows("ticks")
    if name == "nested.json":
        rows = list(rows[0].values())
    assert [(row[at], row["day"]) for row in rows] == [
        ("2026-03-02 08:00:00.123000", "2025-01-01"), ("2026-03-02 08:00:00.123000", None),
    ]  # fmt: skip
    assert [float(row["size"]) for row in rows] == [7, 7.5]


@pytest.mark.parametrize("form", [under_a_path, lambda rows: "\n".join(map(json.dumps, rows))], ids=["array", "lines"])
def test_other_values_are_what_they_are(form: Any) -> None:
    world = World({"ticks": contract()})
    world.drop("drop/ticks/t.json", form(ROWS))
    assert sorted(row["id"] for row in world.rows("ticks")) == [1, 2, 3, 5]
    (told,) = world.quarantine
    assert told["reason"].endswith(f"day is '{AT}', which is not a midnight; the column holds dates")
