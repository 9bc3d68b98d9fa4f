"""Rows of text in columns of fixed width, which the contract gives."""

from collections.abc import Iterator
from itertools import accumulate

import msgspec

from delivery.header import Format
from delivery.rows import Row
from producers.files.formats.naming import columns_of, drift
from producers.files.formats.reading import TOO_LONG_LINE, Chunk, Position, RowError
from producers.files.formats.streams.opening import Opened
from producers.files.formats.streams.text import Lines, skip
from producers.files.formats.written.notation import make_plain, notations
from producers.partitioning import partition_of
from producers.rejects import Reject
from schemas.contract import Contract
from schemas.files import FixedWidth


def chunks(file: Opened, contract: Contract, start: Position, end: int | None = None) -> Iterator[Chunk]:
    """Each line as a row of text values, spaces around them taken off; an empty value is null."""
    layout = file.options.fixed_width or FixedWidth(())
    lines = Lines(file.stream, Position(file.mark))
    for _ in range(layout.skip_lines):
        lines.line()
    if start.at > lines.position.at:
        skip(file.stream, start.at - lines.position.at)
        lines = Lines(file.stream, start, end)
    else:
        lines = Lines(file.stream, lines.position, end)
    rows = _Rows(file, contract, layout)
    while True:
        number = lines.position.line
        if not (block := lines.block()):
            return
        items = [_reject(block, number, TOO_LONG_LINE)] if lines.is_too_long else list(rows.of(block, number))
        yield Chunk(items, lines.position, rows.note)


class _Rows:
    """Makes rows of the lines of one file."""

    def __init__(self, file: Opened, contract: Contract, layout: FixedWidth) -> None:
        self._contract = contract
        self._notations = notations(contract, file.options)
        self._nulls = {"", *file.options.nulls}
        ends = list(accumulate(field.width for field in layout.fields))
        header = [field.name for field in layout.fields]
        names = columns_of(file.uri, header, contract)
        self.note = drift(header, names, contract)
        self._places = [(name, ends[at] - layout.fields[at].width, ends[at]) for at, name in names.items()]
        self._width = ends[-1]
        self._by = contract.partition.by if contract.partition else ""

    def of(self, block: bytes, first: int) -> Iterator[Row | Reject]:
        for number, line in enumerate(block.split(b"\n"), start=first):
            if not line.strip():
                continue
            try:
                row = self._row(line.rstrip(b"\r").decode())
                partition = partition_of(row.get(self._by), self._contract.partition)
                yield Row(partition, msgspec.json.encode(list(row.values())), Format(tuple(row)), number)
            except UnicodeDecodeError:
                yield _reject(line, number, "it is not UTF-8; name its encoding in the contract")
            except RowError as error:
                yield _reject(line, number, str(error), error.column)

    def _row(self, line: str) -> dict[str, str | None]:
        if len(line) > self._width and line[self._width :].strip():
            raise RowError(f"it has {len(line)} characters, the fields have {self._width}; check their widths")
        row = {
            name: None if (value := line[start:end].strip()) in self._nulls else value
            for name, start, end in self._places
        }
        make_plain(row, self._notations)
        return row


def _reject(line: bytes, number: int, reason: str, column: str | None = None) -> Reject:
    text = line.rstrip(b"\r").decode(errors="backslashreplace")
    return Reject("parse", f"line {number}: {reason}", text, number, column)
