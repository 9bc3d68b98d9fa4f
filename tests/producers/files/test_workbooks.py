"""Sheets that are too large to be held are streamed, with the same rows."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl.chart import BarChart

from delivery.limits import MIB
from producers.files.errors import FileError
from producers.files.formats import chunks
from producers.files.formats.reading import batches
from producers.files.formats.streams.opening import open_file
from producers.files.formats.workbooks import extent
from producers.files.formats.workbooks.cell_errors import has_errors
from producers.files.formats.workbooks.chunks import _held_bytes, _weight
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


ROWS = [["id", "on"], ["1", "2024-01-31"], ["2", "2024-02-28"]]


def changed(content: bytes, change: Callable[[str, bytes], tuple[str, bytes]]) -> bytes:
    """A workbook with other parts."""
    whole = zipfile.ZipFile(io.BytesIO(content))
    return zipped(dict(change(name, whole.read(name)) for name in whole.namelist()))


def with_row(row: bytes) -> bytes:
    def change(name: str, data: bytes) -> tuple[str, bytes]:
        return name, data.replace(b"</sheetData>", row + b"</sheetData>")

    return changed(workbook(ROWS), change)


@pytest.mark.parametrize(
    "row",
    [
        b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>oops</t></is></c></row>',
        b'<row r="1048576"><c r="C1048576"><v>5</v></c></row><row r="4"><c r="AZ4"><v>5</v></c></row>',
        b"<row r='9'><c s='1' r = 'xfd1048576'><v>5</v></c></row>",
        b"<row>" + b"<c/>" * 9000 + b"<c><v>1</v></c></row>" + b"<row/>" * 2000 + b'<row><c t="n"><v>1</v></c></row>',
    ],
    ids=["far corner", "far row and far column", "written oddly", "without references"],
)
def test_a_cell_far_away_costs_its_row_alone(row: bytes) -> None:
    world = World({"odd": Case("t", b"", []).contract})
    (report,) = world.drop("drop/odd/t.xlsx", with_row(row))
    assert report.outcome == "landed"
    assert [each["id"] for each in world.rows("odd") if each["on"]] == ["1", "2"]
    assert "it has more cells than the header" in world.quarantine[0]["reason"]
    assert world.loads[0]["rows_in"] == len(world.rows("odd")) + len(world.quarantine)


@pytest.mark.parametrize(
    ("width", "rows", "is_wide"),
    [(52, 120_000, False), (52, 121_000, True), (16_384, 384, False), (16_384, 385, True), (6, 1_048_576, False)],
)
def test_the_box_around_cells_is_measured(width: int, rows: int, is_wide: bool) -> None:
    name = extent._name(width)
    assert extent._number(name.encode()) == width
    text = f'<row r="1"><c r="A1"/><c r="{name}1"/></row><row r="{rows}"><c r="A{rows}"/></row>'.encode()
    assert extent.is_too_wide(lambda: io.BytesIO(text)) is is_wide


def ods(table: str) -> bytes:
    names = ("office", "table", "text")
    declared = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names)
    content = f"""<office:document-content {declared}><office:body><office:spreadsheet><table:table table:name="S">
        {"".join(map(ods_row, ROWS))}{table}</office:spreadsheet></office:body></office:document-content>"""
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    return zipped({"mimetype": kind, "META-INF/manifest.xml": b"<manifest/>", "content.xml": content.encode()})


def ods_row(cells: list[str], more: str = "") -> str:
    values = [
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in cells
    ]
    return f"<table:table-row>{more}{''.join(values)}</table:table-row>"


BLANK_ROWS = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
BLANK_CELLS = '<table:table-cell table:number-columns-repeated="50"/>'


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("</table:table>", ""),
        (f"{ods_row([], BLANK_CELLS)}{BLANK_ROWS}</table:table>", ""),
        (f"{BLANK_ROWS}{ods_row(['oops'], BLANK_CELLS)}</table:table>", "cells of the workbook are so far apart"),
        ("</table:tabl>", "the workbook cannot be read (content.xml: mismatched tag"),
        ("", "the workbook cannot be read (content.xml: mismatched tag"),
    ],
    ids=["plain", "blank to its end", "a cell far away", "misspelt end", "no end"],
)
def test_an_ods_file_that_calamine_cannot_end_is_refused(table: str, told: str) -> None:
    world = World({"odd": Case("t", b"", []).contract})
    (report,) = world.drop("drop/odd/t.ods", ods(table))
    assert (report.outcome, told in report.reason) == ("refused" if told else "landed", True)
    assert len(world.rows("odd")) == (0 if told else 2)


def test_a_sheet_is_known_by_what_refers_to_it_not_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def rename(name: str, data: bytes) -> tuple[str, bytes]:
        data = data.replace(b"sheet1.xml", b"sheet1.dat")
        return name.replace("sheet1.xml", "sheet1.dat"), data.replace(b"2024-02-28", b"#N/A")

    def with_error(name: str, data: bytes) -> tuple[str, bytes]:
        return name, data.replace(b't="inlineStr"><is><t>#N/A</t></is>', b't="e"><v>#N/A</v>')

    content = changed(changed(workbook(ROWS), rename), with_error)
    world = World({"odd": Case("t", b"", []).contract})
    world.drop("drop/odd/t.xlsx", content)
    assert [row["id"] for row in world.rows("odd")] == ["1"]
    assert "holds the error #N/A" in world.quarantine[0]["reason"]
    assert _held_bytes(io.BytesIO(content)) > len(zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.dat"))


def test_wide_rows_are_taken_a_few_at_a_time() -> None:
    held = [len(batch) for batch in batches([["x"] * 16_384] * 100, 2000, _weight)]
    assert max(held) < 15
    assert sum(held) == 100


@pytest.mark.parametrize("name", ["t.xlsx", "t.ods"])
def test_a_workbook_without_its_end_is_called_so(name: str) -> None:
    world = World({"odd": Case("t", b"", []).contract})
    (report,) = world.drop(f"drop/odd/{name}", workbook(ROWS)[:-30])
    assert "the workbook is damaged, or its end is missing (File is not a zip file); save it again" in report.reason


@pytest.mark.parametrize("names", [["../../../etc/passwd"], ["folder/", "folder/.t.csv"]])
def test_an_archive_of_hidden_files_names_them(names: list[str]) -> None:
    world = World({"odd": Case("t", b"", []).contract})
    (report,) = world.drop("drop/odd/t.zip", zipped(dict.fromkeys(names, b"id,on")))
    assert f"the archive holds only folders and hidden files: {', '.join(names)}; pack one file" in report.reason


@pytest.mark.parametrize("error", [AssertionError("no"), MemoryError()])
def test_a_library_that_gives_up_costs_the_file(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_up(*_: Any) -> Any:
        raise error

    monkeypatch.setattr("producers.files.formats.workbooks.chunks._sheet", gives_up)
    world = World({"odd": Case("t", b"", []).contract})
    (report,) = world.drop("drop/odd/t.xlsx", workbook(ROWS))
    assert report.outcome == "refused"
    assert f"it cannot be read ({type(error).__name__}" in report.reason
