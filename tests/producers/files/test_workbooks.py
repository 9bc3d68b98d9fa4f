"""Sheets that are too large to be held are streamed, with the same rows."""

import io
import zipfile
from typing import Any

import pytest
from openpyxl.chart import BarChart

from delivery.limits import MIB
from producers.files.errors import FileError
from producers.files.formats import chunks
from producers.files.formats.streams.opening import open_file
from producers.files.formats.workbooks.cell_errors import has_errors
from tests.producers.files.test_delimited import flat
from tests.producers.files.test_fidelity import CASES, Case, workbook, zipped
from tests.producers.files.world import World


@pytest.mark.parametrize("case", [case for case in CASES if case.name.endswith(".xlsx")], ids=lambda case: case.name)
def test_a_streamed_sheet_has_the_rows_of_one_that_is_held(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    held = World({"odd": case.contract})
    held.drop(f"drop/odd/{case.name}", case.content)
    monkeypatch.setattr("producers.files.formats.workbooks.chunks._HELD_XML_BYTES", 0)
    streamed = World({"odd": case.contract})
    streamed.drop(f"drop/odd/{case.name}", case.content)
    assert streamed.rows("odd") == held.rows("odd")
    assert [row["reason"] for row in streamed.quarantine] == [row["reason"] for row in held.quarantine]


def test_a_streamed_sheet_that_breaks_off_lands_what_is_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.files.formats.workbooks.chunks._HELD_XML_BYTES", 0)
    monkeypatch.setattr("producers.files.formats.workbooks.chunks._ROWS", 100)
    content = workbook([["id", "on"], *([str(number), "2024-01-31"] for number in range(1000))])
    whole, written = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(written, "w") as cut:
        for name in whole.namelist():
            cut.writestr(name, whole.read(name)[: -5000 if name.endswith("sheet1.xml") else None])
    world = World({"odd": Case("t", b"", []).contract})
    (report,) = world.drop("drop/odd/t.xlsx", written.getvalue())
    assert report.outcome == "refused"
    assert "sheet Sheet breaks off after row" in report.reason
    assert 800 < len(world.rows("odd")) < 1000
    assert world.loads[0]["rows_in"] == len(world.rows("odd")) + 1


@pytest.mark.parametrize(("chart", "outcome"), [(BarChart(), "landed"), (None, "refused")])
def test_a_streamed_workbook_may_have_a_sheet_of_a_chart(
    chart: BarChart | None, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producers.files.formats.workbooks.chunks._HELD_XML_BYTES", 0)

    def chart_first(book: Any) -> None:
        sheet = book.create_chartsheet(index=0)
        if chart:
            sheet.add_chart(chart)

    world = World({"odd": Case("t", b"", []).contract})
    (report,) = world.drop("drop/odd/t.xlsx", workbook([["id", "on"], ["1", "2024-01-31"]], "Sheet", chart_first))
    assert report.outcome == outcome
    assert len(world.loads) == 1


def test_an_old_workbook_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.files.formats.workbooks.chunks._HELD_XML_BYTES", 100)
    monkeypatch.setattr("producers.files.formats.workbooks.chunks._HELD_OLD_BYTES", 30)
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    opened = open_file("t.xls", "t.xls", io.BufferedReader(io.BytesIO(content)))  # type: ignore[arg-type]
    with pytest.raises(FileError, match="too large to be held"):
        flat([item for chunk in chunks(opened, Case("t", b"", []).contract) for item in chunk.items])


CELL = b"\x02\x00\x05\x00\x0f\x00"
"""Row, column and style of a cell in .xls."""
NUMBER_IN_XLSB, ERROR_IN_XLSB = b"\x05\x10" + b"\x03\x09" * 8, b"\x03\x09" + bytes(8) + b"\x2a"
LONG_RECORD = b"\x93\x01\x80\x01" + b"\x03" * 128


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xd0\xcf\x11\xe0" + bytes(600) + b"\x05\x02\x08\x00" + CELL + b"\x2a\x01", True),
        (b"\xd0\xcf\x11\xe0" + bytes(600) + b"\x05\x02\x08\x00" + CELL + b"\x01\x00", False),
        (b"\xd0\xcf\x11\xe0\x06\x00\x20\x00" + CELL + b"\x02\x00\x07\x00\x00\x00\xff\xff", True),
        (b"\xd0\xcf\x11\xe0\x06\x00\x20\x00" + CELL + b"\x01\x00\x01\x00\x00\x00\xff\xff", False),
        (zipped({"xl/worksheets/sheet1.bin": NUMBER_IN_XLSB + LONG_RECORD + ERROR_IN_XLSB}), True),
        (zipped({"xl/worksheets/sheet1.bin": NUMBER_IN_XLSB + LONG_RECORD}), False),
        (zipped({"xl/worksheets/sheet1.xml": b" " * (MIB - 12) + b'<c r="A2" t="e"><v>#N/A</v></c>'}), True),
        (
            zipped({"xl/worksheets/sheet1.xml": b'<c r="A2" t="n"><v>1</v></c>', "xl/sharedStrings.xml": b' t="e"'}),
            False,
        ),
    ],
)
def test_errors_are_found_in_every_kind_of_workbook(content: bytes, expected: bool) -> None:
    stream = io.BufferedReader(io.BytesIO(content))  # type: ignore[arg-type]
    assert has_errors(stream) is expected
    assert stream.tell() == 0
