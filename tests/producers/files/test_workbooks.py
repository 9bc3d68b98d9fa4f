"""Sheets that are too large to be held are streamed, with the same rows."""

import io

import pytest

from producers.files.errors import FileError
from producers.files.formats import chunks
from producers.files.formats.opening import open_file
from tests.producers.files.test_delimited import flat
from tests.producers.files.test_fidelity import CASES, Case
from tests.producers.files.world import World


@pytest.mark.parametrize("case", [case for case in CASES if case.name.endswith(".xlsx")], ids=lambda case: case.name)
def test_a_streamed_sheet_has_the_rows_of_one_that_is_held(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    held = World({"odd": case.contract})
    held.drop(f"drop/odd/{case.name}", case.content)
    monkeypatch.setattr("producers.files.formats.workbooks._HELD_XML_BYTES", 0)
    streamed = World({"odd": case.contract})
    streamed.drop(f"drop/odd/{case.name}", case.content)
    assert streamed.rows("odd") == held.rows("odd")
    assert [row["reason"] for row in streamed.quarantine] == [row["reason"] for row in held.quarantine]


def test_an_old_workbook_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.files.formats.workbooks._HELD_XML_BYTES", 100)
    monkeypatch.setattr("producers.files.formats.workbooks._HELD_OLD_BYTES", 30)
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    opened = open_file("t.xls", "t.xls", io.BufferedReader(io.BytesIO(content)))  # type: ignore[arg-type]
    with pytest.raises(FileError, match="too large to be held"):
        flat([item for chunk in chunks(opened, Case("t", b"", []).contract) for item in chunk.items])
