"""Cells of a workbook that hold an error, such as `#N/A`, which calamine gives as blank ones."""

import re
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, Final

from producers.files.formats.streams.opening import Stream
from producers.files.formats.workbooks.extent import blocks

ERRORS: Final = frozenset({
    "#N/A", "#DIV/0!", "#REF!", "#NAME?", "#VALUE!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!",
    "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#GETTING_DATA",
})  # fmt: skip
"""What Excel and LibreOffice show in such a cell, and exports write."""
_IN_XLSX: Final = re.compile(rb"""t=["']e["']""")
_IN_ODS: Final = re.compile(rb"""value-type=["']error["']""")
_CODE: Final = rb"[\x00\x07\x0f\x17\x1d\x24\x2a\x2b]"
_IN_XLS: Final = re.compile(
    rb"\x05\x02\x08\x00.{6}" + _CODE + rb"\x01|\x06\x00.{2}.{6}\x02\x00" + _CODE + rb"\x00{3}\xff\xff", re.DOTALL
)
"""The records BoolErr and Formula, the latter with an error for its value. https://learn.microsoft.com/openspecs/"""
_XLSB_RECORDS: Final = frozenset({3, 11})
"""BrtCellError and BrtFmlaError."""


def has_errors(stream: Stream) -> bool:
    """Whether some cell of the workbook holds an error; the stream stands at its start afterwards."""
    try:
        archive = zipfile.ZipFile(stream)
    except zipfile.BadZipFile:
        stream.seek(0)
        found = _found(_IN_XLS, stream)
    else:
        found = _in_archive(archive)
    stream.seek(0)
    return found


def is_part(name: str) -> bool:
    """Whether a part of a workbook may hold cells: only relationships say which does, so none is known by its name."""
    return not name.startswith("xl/media/")


def _in_archive(archive: zipfile.ZipFile) -> bool:
    for name in archive.namelist():
        if is_part(name) and (looks := _looks(name)) is not None:
            with archive.open(name) as part:
                if looks(part):
                    return True
    return False


def _looks(name: str) -> Callable[[IO[bytes]], bool] | None:
    """How errors are found in a part of a workbook; None in one that holds no cells."""
    if name == "content.xml":
        return lambda part: _found(_IN_ODS, part)
    if name.startswith("xl/worksheets/") and name.endswith(".bin"):
        return lambda part: not _XLSB_RECORDS.isdisjoint(_records(part.read()))
    if name.endswith(("sharedStrings.xml", ".bin")):
        return None
    return lambda part: _found(_IN_XLSX, part)


def _found(pattern: re.Pattern[bytes], part: IO[bytes] | Stream) -> bool:
    return any(pattern.search(block) for block in blocks(part))


def _records(data: bytes) -> Iterator[int]:
    """The types of the records of a binary sheet: each is a type and a size, seven bits a byte, and so many bytes."""
    at = 0
    while at + 1 < len(data):
        kind, at = _number(data, at)
        size, at = _number(data, at)
        yield kind
        at += size


def _number(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while at < len(data):
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            break
    return number, at
