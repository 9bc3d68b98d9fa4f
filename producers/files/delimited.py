"""Rows of a CSV file: its header names the columns; a line that does not fit it goes to the quarantine."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from delivery.packing import Row
from producers.files.errors import FileError
from producers.files.opening import Opened
from producers.partitioning import partition_of
from producers.rejects import Reject
from schemas.contract import Contract

_DELIMITERS: Final = ",;\t|"
_Columns = dict[int, str]


def rows(file: Opened, contract: Contract) -> Iterator[Row | Reject]:
    """Each line as a row of text values under the contract's column names; an empty field is null.

    Raises `FileError` when the header lacks a column that every row needs.
    """
    text = io.TextIOWrapper(file.stream, "utf-8", errors="surrogateescape", newline="")
    lines = _Remembering(text)
    header_line = next(lines)
    delimiter = max(_DELIMITERS, key=header_line.count)
    header = next(csv.reader([header_line], delimiter=delimiter))
    columns = _columns(file.uri, header, contract)
    by = contract.partition.by if contract.partition else ""
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        first = lines.number + 1
        lines.taken.clear()
        try:
            fields = next(reader)
            if fields:
                row = _row(fields, len(header), columns)
                yield Row(partition_of(row.get(by), contract.partition), msgspec.json.encode(row))
        except StopIteration:
            return
        except UnicodeEncodeError:
            yield _reject(lines, first, "it is not UTF-8; save the file in UTF-8")
        except (_FieldCountError, csv.Error) as error:
            yield _reject(lines, first, str(error))


class _FieldCountError(ValueError):
    """A line with more or fewer fields than the header."""


class _Remembering:
    """Lines of a text, counted; `taken` are those since it was last cleared."""

    def __init__(self, text: Iterable[str]) -> None:
        self.number = 0
        self.taken: list[str] = []
        self._lines = iter(text)

    def __iter__(self) -> "_Remembering":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        self.taken.append(line)
        return line


def _row(fields: list[str], width: int, columns: _Columns) -> dict[str, str | None]:
    if len(fields) != width:
        raise _FieldCountError(
            f"it has {len(fields)} fields, the header has {width}; look for an odd quote or delimiter"
        )
    return {name: fields[position] or None for position, name in columns.items()}


def _columns(uri: str, header: list[str], contract: Contract) -> _Columns:
    """Position to column name; fields that no column accepts are left out."""
    names = {
        accepted.casefold(): column.name for column in contract.columns for accepted in reversed(column.accepted_names)
    }
    columns = {
        position: names[field.strip().casefold()]
        for position, field in enumerate(header)
        if field.strip().casefold() in names
    }
    needed = [column.name for column in contract.columns if contract.is_required(column)]
    if missing := [name for name in needed if name not in columns.values()]:
        found = ", ".join(header)[:200].encode(errors="backslashreplace").decode()
        raise FileError(
            uri, f"the header lacks {', '.join(missing)}; it is {found!r}", f"it must name {', '.join(needed)}"
        )
    if len(set(columns.values())) < len(columns):
        raise FileError(uri, f"the header names a column twice: {', '.join(header)}", "each column may come once")
    return columns


def _reject(lines: _Remembering, first: int, reason: str) -> Reject:
    where = f"line {first}" if lines.number == first else f"lines {first} to {lines.number}"
    source_row = "".join(lines.taken).rstrip("\r\n").encode(errors="surrogateescape").decode(errors="backslashreplace")
    return Reject("parse", f"{where}: {reason}", source_row)
