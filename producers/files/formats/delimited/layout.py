"""How the lines of a CSV or TSV file are read: what its header, or the contract, says of delimiter and columns."""

import csv
import re
from dataclasses import dataclass
from typing import Any, Final

from delivery.limits import MAX_RECORD_BYTES
from producers.files.errors import FileError
from producers.files.formats.naming import Columns, columns_of, drift, known_columns
from producers.files.formats.reading import MAX_LINE_BYTES, Position
from producers.files.formats.streams.opening import Opened
from producers.files.formats.streams.text import Lines
from schemas.contract import Contract
from schemas.files import Csv, Files

_DELIMITERS: Final = ",;\t|"
_HINT: Final = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
"""The first line in which a file gives Excel its delimiter."""


@dataclass(frozen=True)
class Layout:
    """How the lines of one file are to be read: `first` is the position of its first row, `note` what the load says of
    its header."""

    dialect: dict[str, Any]
    width: int
    columns: Columns
    first: Position
    options: Files
    note: str


def layout_of(file: Opened, contract: Contract) -> Layout:
    """What the lines above the first row say; the file's stream stands at the first row afterwards."""
    options = file.options.csv
    lines = Lines(file.stream, Position(file.mark))
    if options.header:
        for _ in range(options.skip_lines):
            lines.line()
        return _layout_without_header(file, contract, lines)
    for _ in range(options.skip_lines):
        lines.line()
    line, delimiter = _text(lines), options.delimiter
    if hint := _HINT.fullmatch(line):
        delimiter, line = hint[1], _text(lines)
    while line and (not line.strip() or (options.comment and line.startswith(options.comment))):
        line = _text(lines)
    if not line:
        raise FileError(file.uri, "the file holds no header", f"it must name {', '.join(contract.key)}")
    header, dialect = _header(_to_its_end(line, file, lines, options.quote), delimiter, options, contract)
    columns = columns_of(file.uri, header, contract)
    note = drift(header, columns, contract)
    return Layout(dialect, len(header), columns, lines.position, file.options, note)


def _to_its_end(line: str, file: Opened, lines: Lines, quote: str) -> str:
    """The header that begins with `line`: a name in quotes may have line ends in it. Raises `FileError`."""
    found, is_open = [line], _is_odd(line, quote)
    while is_open and (more := _text(lines)) and lines.position.at < MAX_RECORD_BYTES:
        found.append(more)
        is_open ^= _is_odd(more, quote)
    if is_open or lines.is_too_long:
        raise FileError(file.uri, "the header does not end", "look for a quote in it that is never closed")
    return "".join(found)


def _is_odd(line: str, quote: str) -> bool:
    return bool(quote) and line.count(quote) % 2 == 1


def _layout_without_header(file: Opened, contract: Contract, lines: Lines) -> Layout:
    """The layout of a file that begins with its rows; the first one shows the delimiter."""
    options = file.options.csv
    peek: Any = file.stream
    line = peek.peek(1).partition(b"\n")[0].decode(errors="replace")
    delimiter = options.delimiter or max(_DELIMITERS, key=line.count)
    header = options.header
    columns = columns_of(file.uri, header, contract)
    note = drift(header, columns, contract)
    return Layout(_dialect(delimiter, options), len(header), columns, lines.position, file.options, note)


def _header(line: str, delimiter: str, options: Csv, contract: Contract) -> tuple[list[str], dict[str, Any]]:
    """The names of the fields, and how they are separated: the delimiter by which most columns are found."""
    read = {each: _fields(line, _dialect(each, options)) for each in delimiter or _DELIMITERS}
    best = max(read, key=lambda each: (len(known_columns(read[each], contract)), line.count(each)))
    return read[best], _dialect(best, options)


def _fields(line: str, dialect: dict[str, Any]) -> list[str]:
    try:
        return next(csv.reader(line.splitlines(keepends=True), **dialect), [])
    except csv.Error:
        return []


def _dialect(delimiter: str, options: Csv) -> dict[str, Any]:
    csv.field_size_limit(2 * MAX_LINE_BYTES)  # more than is read of a line; its default is less than a record holds
    return {
        "delimiter": delimiter,
        "quotechar": options.quote or None,
        "quoting": csv.QUOTE_MINIMAL if options.quote else csv.QUOTE_NONE,
        "escapechar": options.escape or None,
    }


def _text(lines: Lines) -> str:
    return lines.line().decode(errors="surrogateescape")
