"""Where a large file can be cut so that each part begins with a row.

A line end is the end of a row unless it stands in quotes, and whether it does is known only to those who have read from
the beginning. So the places are found in one pass by the same rules by which the rows are read: blocks that look
regular are taken at a glance, any others record by record.
"""

from collections import deque
from collections.abc import Iterator

from producers.files.formats.delimited.chunks import located
from producers.files.formats.delimited.records import Records
from producers.files.formats.delimited.regular import regular
from producers.files.formats.documents.chunks import is_lines
from producers.files.formats.reading import Position
from producers.files.formats.streams.opening import Opened
from producers.files.formats.streams.text import Lines, skip
from schemas.contract import Contract


def is_splittable(file: Opened) -> bool:
    """Whether parts of a file can be read on their own: text in UTF-8, not packed, with its rows in lines."""
    return file.plain and (file.format in ("csv", "fixed_width") or (file.format == "json" and is_lines(file)))


def boundaries(file: Opened, contract: Contract, start: Position, part_bytes: int) -> Iterator[Position]:
    """Places between rows after `start`, `part_bytes` apart or a little more; none at the end of the file.

    Raises `FileError` as reading would do.
    """
    begun, place = start.at, start
    for position in _ends_of_blocks(file, contract, start):
        if place.at - begun >= part_bytes:  # something follows it
            yield place
            begun = place.at
        place = position


def _ends_of_blocks(file: Opened, contract: Contract, start: Position) -> Iterator[Position]:
    if file.format == "csv":
        from producers.files.formats.delimited import blocks  # Arrow is large: files that are not split do without

        layout, lines = located(file, contract, start, None)
        records = Records(lines, layout.dialect, layout.options.csv.comment)
        while True:
            number = lines.position.line
            if not (block := lines.block()):
                return
            text = regular(block, layout.options.csv, layout.dialect["delimiter"])
            if not (text and blocks.is_whole(text, lines.position.line - number, layout)):
                deque(records.of(block), maxlen=0)  # then the lines stand after the last record that begins in it
            yield lines.position
        return
    skip(file.stream, max(start.at - file.mark, 0))
    lines = Lines(file.stream, max(start, Position(file.mark)))
    while lines.block():
        yield lines.position
