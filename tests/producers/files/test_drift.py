"""What a load says of a file that lacks a column of its contract."""

import io
import json
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.contract import Column, Contract
from schemas.files import Csv, Excel, Files, FixedField, FixedWidth
from tests.producers.files.test_fidelity import workbook
from tests.producers.files.world import World

COLUMNS = (
    Column("id", "string"),
    Column("price", "double", source_names=("Prix", "quote.price")),
    Column("fee", "double"),
)
RENAMED = "no column price, which is NULL in all rows; not read: Prix unitaire"


def fills(**options: Any) -> Contract:
    return Contract("fills", "Fills.", COLUMNS, ("id",), source=Files(**options))


def note(content: bytes | str, name: str, contract: Contract | None = None) -> str | None:
    """What `loads` says of a file, as its report does."""
    world = World({"fills": contract or fills()})
    (report,) = world.drop(f"drop/fills/{name}", content)
    assert report.outcome == "landed"
    (load,) = world.loads
    assert report.reason == (load["note"] or "")
    said: str | None = load["note"]
    return said


def parquet(columns: dict[str, list[Any]]) -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.table(columns), written)
    return written.getvalue()


FIXED = FixedWidth((FixedField("id", 1), FixedField("Prix unitaire", 2), FixedField("fee", 2)))
LEFT_OUT = FixedWidth((FixedField("id", 1), FixedField("filler", 2), FixedField("price", 2), FixedField("fee", 2)))


@pytest.mark.parametrize(
    ("content", "name", "contract"),
    [
        ("id;Prix unitaire;fee\na;1;2\n", "f.csv", fills()),
        ("a;1;2\n", "f.csv", fills(csv=Csv(header=("id", "Prix unitaire", "fee")))),
        ("a 1 2\n", "f.txt", fills(fixed_width=FIXED)),
        (workbook([["id", "Prix unitaire", "fee", None], ["a", 1, 2]]), "f.xlsx", fills()),
        (parquet({"id": ["a"], "Prix unitaire": [1.0], "fee": [2.0]}), "f.parquet", fills()),
    ],
    ids=["CSV", "CSV without a header", "fixed width", "Excel", "Parquet"],
)
def test_a_column_that_was_renamed_is_said(content: bytes | str, name: str, contract: Contract) -> None:
    assert note(content, name, contract) == RENAMED


def test_every_missing_column_is_named() -> None:
    assert note("id\na\n", "f.csv") == "no columns price, fee, which are NULL in all rows"


@pytest.mark.parametrize(
    ("content", "name", "contract"),
    [
        ("id,PRIX,fee,desk\na,1,2,x\n", "f.csv", fills()),
        ("a 1 1 2\n", "f.txt", fills(fixed_width=LEFT_OUT)),
        (workbook([["id", "Prix", "desk", "fee"], ["a", 1, "x", 2]]), "f.xlsx", fills()),
        (parquet({"id": ["a"], "price": [1.0], "fee": [2.0], "desk": ["x"]}), "f.parquet", fills()),
    ],
    ids=["CSV", "fixed width", "Excel", "Parquet"],
)
def test_nothing_is_said_of_fields_that_nobody_misses(content: bytes | str, name: str, contract: Contract) -> None:
    assert note(content, name, contract) is None


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [{"id": "a", "px": 1, "fee": 2}, {"id": "b", "px": 1}],
            "price, which is NULL in the first 2 rows; not read: px",
        ),
        ([{"id": "a", "quote": {"px": 1}, "fee": 2}], "price, which is NULL in the first row; not read: quote.px"),
        ([{"id": "a", "quote": {"price": 1}, "fee": 2, "px": 3}], None),
        ([{"id": "a"}], None),
        ([{"id": "a", "px": 1e300, "price": None}, {"id": "b", "fee": 2}], None),
    ],
)
@pytest.mark.parametrize("form", ["lines", "array"])
def test_in_json_the_first_rows_are_looked_at(rows: list[Any], said: str | None, form: str) -> None:
    content = json.dumps(rows) if form == "array" else "\n".join(map(json.dumps, rows))
    assert note(content, "f.json") == (said and f"no column {said}")


def test_in_a_document_the_keys_are_columns() -> None:
    contract = Contract("fills", "Fills.", COLUMNS, ("id",), nest=("id",), source=Files())
    content = json.dumps({"a": {"px": 1, "fee": 2}, "b": {"px": 1, "fee": 2}})
    assert note(content, "f.json", contract) == "no column price, which is NULL in the first 2 rows; not read: px"


def test_a_file_that_breaks_off_says_so_first() -> None:
    world = World({"fills": fills()})
    world.drop("drop/fills/f.json", '[{"id": "a", "px": 1, "fee": 2}, {"id": "b"')
    (load,) = world.loads
    assert "the array breaks off after element 1" in load["note"].partition("; no column price, which is NULL")[0]
    assert load["note"].endswith("; not read: px")


def sheets(**rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    del book["Sheet"]
    for name, cells in rows.items():
        sheet = book.create_sheet(name)
        for row in cells:
            sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


HEADER = ["id", "price", "fee"]
FULL: list[list[Any]] = [HEADER, ["a", 1, 2]]


@pytest.mark.parametrize("held", [True, False], ids=["held", "streamed"])
@pytest.mark.parametrize(
    ("content", "contract", "said"),
    [
        (sheets(Jan=FULL, Feb=FULL), fills(), "the sheet Feb has the columns, too, and was not read"),
        (
            sheets(About=[["Fills"]], Jan=FULL, Feb=FULL, Sums=[["sum", 3]], Mar=[["March"], *FULL]),
            fills(),
            "the sheets Feb, Mar have the columns, too, and were not read",
        ),
        (sheets(Jan=FULL, Feb=[HEADER], Empty=[]), fills(), None),
        (sheets(Jan=FULL, Feb=FULL), fills(excel=Excel(sheet="Feb")), None),
    ],
)
def test_sheets_that_could_be_read_too_are_named(
    content: bytes, contract: Contract, said: str | None, held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not held:
        monkeypatch.setattr("producers.files.formats.workbooks.chunks._HELD_XML_BYTES", 0)
    assert note(content, "f.xlsx", contract) == said
