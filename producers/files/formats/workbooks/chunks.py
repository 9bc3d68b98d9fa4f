"""Rows of an Excel or OpenDocument sheet.

Most sheets are read whole by calamine, fast. One that would be too large in memory is streamed by openpyxl, slowly, and
so is one in a workbook with errors such as `#N/A`, which calamine does not distinguish from blank cells.
"""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import islice
from operator import attrgetter
from typing import IO, Any, Final
from xml.parsers import expat

import msgspec

from delivery.header import Format
from delivery.limits import MIB
from delivery.rows import Row
from producers.files.errors import DROP_AGAIN, FileError
from producers.files.formats.naming import Columns, HeaderError, columns_of, drift
from producers.files.formats.reading import Chunk, Position, RowError, batches
from producers.files.formats.streams.damage import is_damage
from producers.files.formats.streams.opening import Opened, Stream
from producers.files.formats.workbooks.cell_errors import ERRORS, has_errors, is_part
from producers.files.formats.workbooks.extent import blocks, is_too_wide, is_too_wide_in_ods
from producers.files.formats.written.notation import is_written, notations
from producers.loading import Item
from producers.partitioning import partition_of
from producers.rejects import Reject
from schemas.contract import Contract

_ROWS: Final = 2000
_CELLS: Final = 100
"""A row of more cells counts as several."""
_HELD_XML_BYTES: Final = 96 * MIB
"""XML of a sheet and of the workbook's texts that is read whole: it makes about three times as much in memory."""
_HELD_OLD_BYTES: Final = 32 * MIB
"""The same for formats without XML, which cannot be streamed."""
_HEADER_ROWS: Final = 20
"""Rows in which the header is looked for."""
_EXCEL_DIGITS: Final = 15
"""Digits of a number that Excel keeps and shows; the double in the file may have more, of no meaning."""
_AGAIN: Final = f"save it and {DROP_AGAIN}"
_VALID: Final = "an Excel or OpenDocument workbook without a password, a sheet of which has a header row"

Cells = Sequence[Any]
Sheets = Iterator[tuple[str, Iterator[Cells]]]
"""The sheets of a workbook by name, with the rows of each from its top."""


def chunks(file: Opened, contract: Contract, start: Position) -> Iterator[Chunk]:
    """Each row after the header, from `start` on; raises `FileError` when no sheet has the columns."""
    sheets = _sheets(file, file.options.excel.sheet)
    name, rows, header = _sheet(file, contract, sheets)
    making = _Rows(file, contract, header)
    number, count = making.first, 0
    for batch in batches(rows, _ROWS, _weight):
        after = Position(count + len(batch), number + len(batch))
        if after.at > start.at:
            yield Chunk(list(making.of(batch, number, name)), after, header.note)
        number, count = after.line, after.at
    if note := _unread(file, contract, sheets):
        yield Chunk((), Position(count, number), note)


def _weight(cells: Cells) -> int:
    return 1 + len(cells) // _CELLS


class _Header:
    """Where the header was found, the columns it names, and what the load says of it."""

    def __init__(self, row: int, width: int, columns: Columns, note: str) -> None:
        self.row = row
        self.width = width
        self.columns = columns
        self.note = note


def _sheet(file: Opened, contract: Contract, sheets: Sheets) -> tuple[str, Iterator[Cells], _Header]:
    """The first sheet that has the columns: its name, its rows after the header, and the header.

    Raises the error of the row that came nearest to a header.
    """
    tried: list[HeaderError] = []
    for name, rows in sheets:
        try:
            header = _header(file, name, rows, contract)
        except HeaderError as error:
            tried.append(error)
            continue
        return name, rows, header
    if tried:
        raise max(tried, key=attrgetter("nearness"))
    raise FileError(file.uri, f"the workbook has no sheet {file.options.excel.sheet!r}", _VALID)


def _unread(file: Opened, contract: Contract, sheets: Sheets) -> str:
    """What the load says of the `sheets` after the one that was read; nothing where they hold something else."""
    names: list[str] = []
    with suppress(Exception):  # whatever is wrong with a sheet that is not read costs no row
        for name, rows in sheets:
            with suppress(HeaderError):
                _header(file, name, rows, contract)
                if any(cell not in ("", None) for cells in rows for cell in cells):
                    names.append(name)
    if len(names) > 1:
        return f"the sheets {', '.join(names)} have the columns, too, and were not read"
    return f"the sheet {names[0]} has the columns, too, and was not read" if names else ""


def _header(file: Opened, sheet: str, found: Iterator[Cells], contract: Contract) -> _Header:
    rows = islice(found, file.options.excel.skip_rows, None)
    tried = [HeaderError(file.uri, f"sheet {sheet}: the sheet is empty", _VALID, -1)]
    for number, cells in enumerate(islice(rows, _HEADER_ROWS), start=file.options.excel.skip_rows + 1):
        names = ["" if cell is None else str(cell) for cell in cells]
        if not any(name.strip() for name in names):
            continue
        try:
            width = max(at for at, name in enumerate(names, start=1) if name.strip())
            columns = columns_of(file.uri, names[:width], contract, f"sheet {sheet}, row {number}: ")
            return _Header(number, width, columns, drift(names[:width], columns, contract))
        except HeaderError as error:
            tried.append(error)
    raise max(tried, key=attrgetter("nearness"))


def _sheets(file: Opened, wanted: str) -> Sheets:
    """The sheets of a workbook, `wanted` alone if it is given, with the rows of each from its top."""
    if _held_bytes(file.stream) > _HELD_XML_BYTES:
        yield from _streamed(file, wanted, "the workbook is too large to be held")
        return
    if has_errors(file.stream):
        yield from _streamed(file, wanted, "a cell of the workbook holds an error such as #N/A")
        return
    if _has_far_cells(file):
        yield from _streamed(file, wanted, "cells of the workbook are so far apart that it cannot be held")
        return
    import python_calamine as calamine

    try:
        workbook = calamine.load_workbook(file.stream)
        for name in workbook.sheet_names:
            if wanted in ("", name):
                yield name, workbook.get_sheet_by_name(name).iter_rows()
    except calamine.CalamineError as error:
        raise FileError(file.uri, f"the workbook cannot be read ({error})", _VALID) from error


def _streamed(file: Opened, wanted: str, why: str) -> Sheets:
    import openpyxl

    try:
        workbook = openpyxl.load_workbook(file.stream, read_only=True, data_only=True)
    except (AttributeError, LookupError, SyntaxError, TypeError, ValueError, OSError, zipfile.BadZipFile) as error:
        if isinstance(error, OSError) and not is_damage(error):
            raise
        found = f"{why}, and it cannot be streamed ({error})"
        raise FileError(file.uri, found, "save it as .xlsx or as CSV") from error
    for sheet in workbook.worksheets:
        if wanted in ("", sheet.title):
            sheet.reset_dimensions()  # some programs write wrong ones
            yield sheet.title, _rows_of(file, sheet)


def _rows_of(file: Opened, sheet: Any) -> Iterator[Cells]:
    """The rows of a sheet that is streamed; raises `FileError` where it breaks off."""
    count = 0
    try:
        for cells in sheet.iter_rows(values_only=True):
            yield cells
            count += 1
    except (SyntaxError, zlib.error, zipfile.BadZipFile, EOFError) as error:
        raise FileError(file.uri, f"sheet {sheet.title} breaks off after row {count} ({error})", _AGAIN) from error


def _has_far_cells(file: Opened) -> bool:
    """Whether a sheet cannot be held for the blank cells between its cells; raises `FileError` for broken XML of .ods,
    which calamine would read without end."""
    try:
        archive = zipfile.ZipFile(file.stream)
    except zipfile.BadZipFile:
        return False  # .xls, whose sheets have 256 columns
    finally:
        file.stream.seek(0)
    if "content.xml" in archive.namelist():
        with archive.open("content.xml") as content:
            _check_xml(file, content)
        with archive.open("content.xml") as content:
            found = is_too_wide_in_ods(blocks(content))
    else:
        parts = [name for name in archive.namelist() if is_part(name) and not name.endswith(".bin")]
        found = any(is_too_wide(partial(archive.open, name)) for name in parts)
    file.stream.seek(0)
    return found


def _check_xml(file: Opened, content: IO[bytes]) -> None:
    try:
        expat.ParserCreate().ParseFile(content)
    except expat.ExpatError as error:
        raise FileError(file.uri, f"the workbook cannot be read (content.xml: {error})", _VALID) from error


def _held_bytes(stream: Stream) -> int:
    """Roughly what a workbook would take to read whole, in bytes of XML."""
    try:
        sizes = [info.file_size for info in zipfile.ZipFile(stream).infolist() if is_part(info.filename)]
    except zipfile.BadZipFile:
        size = stream.seek(0, 2)
        sizes = [size * (_HELD_XML_BYTES // _HELD_OLD_BYTES)]
    stream.seek(0)
    return sum(sizes)


class _Rows:
    """Makes rows of the cells of one sheet."""

    def __init__(self, file: Opened, contract: Contract, header: _Header) -> None:
        self.first = header.row + 1
        self._header = header
        self._contract = contract
        self._notations = notations(contract, file.options)
        self._nulls = {"", None, *file.options.nulls}
        self._texts = {column.name for column in contract.columns if column.type == "string"}
        self._decimals = {column.name for column in contract.columns if column.type == "decimal"}
        self._by = contract.partition.by if contract.partition else ""

    def of(self, rows: Sequence[Cells], first: int, sheet: str) -> Iterator[Item]:
        for number, cells in enumerate(rows, start=first):
            if all(cell in ("", None) for cell in cells):
                continue
            try:
                row = self._row(cells)
            except RowError as error:
                text = msgspec.json.encode([_text(cell) for cell in cells]).decode()
                reason = f"sheet {sheet}, row {number}: {error}"
                yield Reject("parse", reason, text, number, error.column)
                continue
            partition = partition_of(row.get(self._by), self._contract.partition)
            yield Row(partition, msgspec.json.encode(list(row.values())), Format(tuple(row)), number)

    def _row(self, cells: Cells) -> dict[str, Any]:
        if any(cell not in ("", None) for cell in cells[self._header.width :]):
            raise RowError(f"it has more cells than the header, which has {self._header.width}")
        row = {name: self._value(name, cells[at] if at < len(cells) else None) for at, name in self._columns()}
        for name, notation in self._notations.items():
            if is_written(value := row.get(name), notation):
                row[name] = notation.plain(name, str(value))
        return row

    def _columns(self) -> Any:
        return self._header.columns.items()

    def _value(self, name: str, cell: Any) -> Any:
        if cell in self._nulls and not isinstance(cell, bool | int | float):
            return None
        if cell in ERRORS:
            raise RowError(f"{name} holds the error {cell}", name)
        value = _text(cell)
        if name in self._decimals and isinstance(value, float):
            return msgspec.Raw(f"{value:.{_EXCEL_DIGITS}g}".encode())
        if name in self._texts and not isinstance(value, str):
            return msgspec.json.encode(value).decode()
        return value


def _text(cell: Any) -> Any:
    """A cell as JSON has it: whole numbers without a fraction, dates and times in ISO form, midnights as dates."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    if isinstance(cell, datetime) and cell.time() != time():
        return cell.isoformat(" ")
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, timedelta) else cell
