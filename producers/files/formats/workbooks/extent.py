"""Sheets whose cells are far apart: calamine holds the whole box around them, blank cells too.

A sheet of which every cell is filled is held by `HELD_CELLS`, whatever fits the bytes of XML that are read whole.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import IO, Final

from delivery.limits import MIB
from producers.files.formats.streams.opening import Stream

HELD_CELLS: Final = 6 * MIB
"""At 32 bytes each."""
_OVERLAP: Final = 64
_REFERENCE: Final = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["']""")
_ODS: Final = re.compile(
    rb"""<table:table[\s>]|<table:table-row|<table:(?:covered-)?table-cell|(rows|columns)-repeated\s*=\s*["'](\d+)|"""
    rb"""value-type"""
)


def blocks(part: IO[bytes] | Stream) -> Iterator[bytes]:
    """The text of a part of a workbook, each block with the end of the one before."""
    last = b""
    while block := part.read(MIB):
        yield last + block
        last = block[-_OVERLAP:]


def is_too_wide(part: Callable[[], IO[bytes]]) -> bool:
    """Whether the box around the cells of a sheet in .xlsx is too large to be held."""
    width, rows = 1, 0
    with part() as opened:
        for block in blocks(opened):
            rows += block.count(b"<row")
            if _is_usual(block) and not _after_column(width).search(block):
                continue
            width = max([width, *map(_number, {column for column, _ in _REFERENCE.findall(block)}), _implied(block)])
    height = HELD_CELLS // width
    if rows > height:
        return True
    with part() as opened:
        return any(_is_after_row(height, block) for block in blocks(opened))


def is_too_wide_in_ods(text: Iterable[bytes]) -> bool:
    """The same for the content of an .ods file, where repeated cells and rows stand once."""
    table = _Table()
    for number, block in enumerate(text):
        for found in _ODS.finditer(block):
            if number and found.end() <= _OVERLAP:
                continue  # it was in the block before
            table.see(found[0], found[1], int(found[2] or 1))
            if table.rows_with_values * table.width > HELD_CELLS:
                return True
    return False


class _Table:
    """Counts the rows and columns of the tables of an .ods file as far as they hold values."""

    def __init__(self) -> None:
        self.rows_with_values = self.width = 0
        self._rows = self._columns = 0
        self._has_value = False

    def see(self, token: bytes, repeated: bytes | None, times: int) -> None:
        if repeated == b"rows":
            self._rows += times - 1
        elif repeated:
            self._columns += times - 1
        elif token == b"value-type":
            self._has_value = True
        elif token == b"<table:table-row":
            self._rows, self._columns, self._has_value = self._rows + 1, 0, False
        elif token.endswith(b"cell"):
            self._columns, self._has_value = self._columns + 1, False
        else:
            self.rows_with_values = self.width = self._rows = 0
        if self._has_value:
            self.rows_with_values, self.width = self._rows, max(self.width, self._columns)


def _is_usual(block: bytes) -> bool:
    """Whether every cell says first where it is."""
    return block.count(b'<c r="') >= block.count(b"<c") + block.count(b":c")


def _implied(block: bytes) -> int:
    """The cells of the longest row in `block`, which need not say where they are."""
    return max(row.count(b"<c") + row.count(b":c") for row in block.split(b"<row"))


def _is_after_row(height: int, block: bytes) -> bool:
    if _is_usual(block):
        return bool(_after_row(height).search(block))
    return any(int(row) > height for _, row in _REFERENCE.findall(block))


@cache
def _after_column(width: int) -> re.Pattern[bytes]:
    """Finds a cell in a column after number `width`."""
    return re.compile(rb' r="(?:%s)\d' % _greater(_name(width), "A", "Z"), re.IGNORECASE)


@cache
def _after_row(height: int) -> re.Pattern[bytes]:
    """Finds a cell in a row after number `height`."""
    return re.compile(rb' r="[A-Za-z]+(?:%s)"' % _greater(str(height), "0", "9"))


def _greater(text: str, first: str, last: str) -> bytes:
    """A pattern of what comes after `text` among numbers, or names of columns: longer ones, and those of its length."""
    longer = f"[{first}-{last}]{{{len(text) + 1},}}"
    same = [
        f"{text[:at]}[{chr(ord(each) + 1)}-{last}][{first}-{last}]{{{len(text) - at - 1}}}"
        for at, each in enumerate(text)
        if each != last
    ]
    return "|".join([longer, *same]).encode()


def _number(column: bytes) -> int:
    number = 0
    for letter in column.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _name(number: int) -> str:
    name = ""
    while number:
        number, letter = divmod(number - 1, 26)
        name = chr(ord("A") + letter) + name
    return name
