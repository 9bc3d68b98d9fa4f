"""Rows of a CSV or TSV file: its header names the columns; a line that does not fit it goes to the quarantine.

Regular text, which is most of it, is taken a block at a time by Arrow; anything else goes to Python's `csv`, whose
reading is the one that counts.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from delivery.header import Format
from delivery.limits import KIB
from delivery.rows import Block
from producers.files.formats.delimited.layout import Layout, layout_of
from producers.files.formats.delimited.records import Records
from producers.files.formats.delimited.regular import regular
from producers.files.formats.reading import MAX_ROW_BYTES, TOO_LONG, Chunk, Position, RowError
from producers.files.formats.streams.opening import Opened
from producers.files.formats.streams.text import Lines, skip
from producers.files.formats.written.notation import make_plain, notations
from producers.loading import Item
from producers.partitioning import partition_of
from schemas.contract import Contract

_WORTH_ARROW_BYTES: Final = 64 * KIB
"""Loading Arrow takes longer than reading so much without it."""


def chunks(file: Opened, contract: Contract, start: Position, end: int | None = None) -> Iterator[Chunk]:
    """Each line as a row of text values under the contract's column names; an empty field is null.

    From `start` on (or the first row), up to the byte `end`. Raises `FileError` when the header lacks a column that
    every row needs.
    """
    layout, lines = located(file, contract, start, end)
    rows = _Rows(layout, contract)
    records = Records(lines, layout.dialect, layout.options.csv.comment)
    while True:
        number = lines.position.line
        if not (block := lines.block()):
            return
        found = rows.at_once(block, range(number, lines.position.line)) if len(block) >= _WORTH_ARROW_BYTES else None
        items = rows.one_by_one(records, block) if found is None else found
        yield Chunk(items, lines.position, layout.note)


def located(file: Opened, contract: Contract, start: Position, end: int | None) -> tuple[Layout, Lines]:
    """The layout of a file, and its lines from `start` on."""
    layout = layout_of(file, contract)
    if start.at <= layout.first.at:
        return layout, Lines(file.stream, layout.first, end)
    skip(file.stream, start.at - layout.first.at)
    return layout, Lines(file.stream, start, end)


class _Rows:
    """Makes rows of the records of one file."""

    def __init__(self, layout: Layout, contract: Contract) -> None:
        self._layout = layout
        self._contract = contract
        self._notations = notations(contract, layout.options)
        self._nulls = {"", *layout.options.nulls}
        self._by = contract.partition.by if contract.partition else ""

    def at_once(self, block: bytes, numbers: range) -> list[Block] | None:
        """The rows of a regular block, whose lines have these `numbers`; None unless it is regular and all fit."""
        if not (text := regular(block, self._layout.options.csv, self._layout.dialect["delimiter"])):
            return None
        from producers.files.formats.delimited.blocks import delimited_blocks  # Arrow is large: small files do without

        return delimited_blocks(text, numbers, self._layout, self._contract, self._notations)

    def one_by_one(self, records: Records, block: bytes) -> list[Item]:
        groups: dict[str | None, tuple[list[bytes], list[int]]] = {}
        rejects: list[Item] = []
        for record in records.of(block):
            try:
                row = self._row(record.fields)
                line = msgspec.json.encode(list(row.values()))
                if len(line) > MAX_ROW_BYTES:
                    raise RowError(TOO_LONG)
                partition = partition_of(row.get(self._by), self._contract.partition)
                rows, numbers = groups.setdefault(partition, ([], []))
                rows.append(line)
                numbers.append(record.line)
            except UnicodeEncodeError:
                reason = "it is not UTF-8; save the file in UTF-8, or name its encoding in the contract"
                rejects.append(record.reject(reason))
            except RowError as error:
                rejects.append(record.reject(str(error), error.column))
        arrays = Format(tuple(self._layout.columns.values()))
        blocks = [
            Block(partition, b"\n".join(rows) + b"\n", len(rows), arrays, numbers)
            for partition, (rows, numbers) in groups.items()
        ]
        return [*blocks, *rejects]

    def _row(self, fields: list[str] | RowError) -> dict[str, str | None]:
        if isinstance(fields, RowError):
            raise fields
        width, columns = self._layout.width, self._layout.columns
        if len(fields) != width:
            raise RowError(
                f"it has {len(fields)} fields, the header has {width}; look for an odd quote or delimiter",
                next((name for at, name in columns.items() if at >= len(fields)), None),
            )
        row = {name: None if (value := fields[at]) in self._nulls else value for at, name in columns.items()}
        if self._notations:
            make_plain(row, self._notations)
        return row
