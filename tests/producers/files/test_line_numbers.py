"""A row that the transform refuses is reported with its line, whatever the file is and however rows are cut."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from producers.files.job import Sizes
from tests.producers.files.test_run import ROW
from tests.producers.files.world import World
from tests.producers.receiving import PREFIX
from tests.transforms.firehose_fakes import FakeFirehose, event, transform

COUNT = 6_000
"""Rows: enough for whole blocks to be read at once."""
BAD = (3, 2_999, 5_500)
Rows = Sequence[dict[str, Any]]


def _csv(rows: Rows) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(ROW))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _csv_with_blank_lines(rows: Rows) -> bytes:
    return _csv(rows).replace(b"\n", b"\n\n")


def _csv_with_long_records(rows: Rows) -> bytes:
    return _csv([{**row, "account": "GB\n1"} for row in rows])


def _ndjson(rows: Rows) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


def _array(rows: Rows) -> bytes:
    return json.dumps(rows).encode()


def _parquet(rows: Rows) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([{**row, "quantity": float(row["quantity"])} for row in rows]), file)
    return file.getvalue()


def _excel(rows: Rows) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for values in [list(ROW), *(list(row.values()) for row in rows)]:
        book.active.append(values)  # type: ignore[union-attr]
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("years", [1, 7], ids=["one partition", "partitions in turn"])
@pytest.mark.parametrize(
    ("write", "name", "line_of"),
    [
        (_csv, "t.csv", lambda at: at + 2),
        (_csv_with_blank_lines, "t.csv", lambda at: 2 * at + 3),
        (_csv_with_long_records, "t.csv", lambda at: 2 * at + 2),
        (_ndjson, "t.json", lambda at: at + 1),
        (_array, "t.json", lambda at: at + 1),
        (_parquet, "t.parquet", lambda at: at + 1),
        (_excel, "t.xlsx", lambda at: at + 2),
    ],
)
def test_a_row_that_breaks_the_contract_is_told_by_its_line(write: Any, name: str, line_of: Any, years: int) -> None:
    rows = [{**ROW, "trade_id": f"T{at}", "traded_at": f"{2000 + at % years}-01-04 15:04:21"} for at in range(COUNT)]
    for at in BAD:
        rows[at]["quantity"] = -1
    world = World(sizes=Sizes(large=200_000, part=150_000))
    world.drop(f"drop/trades/{name}", write(rows))
    firehose = FakeFirehose()
    for record in world.firehose.taken[f"{PREFIX}trades"]:
        transform("trades", firehose)(event(record))
    assert sorted(row["line"] for row in firehose.quarantined()) == [line_of(at) for at in BAD]
