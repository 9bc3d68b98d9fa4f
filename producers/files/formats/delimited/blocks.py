"""Regular text as blocks of rows.

Where every field is a column's text as it stands, the lines travel as they are: Arrow reads the partition's column
alone, and sees that each line has its fields. Otherwise Arrow takes the text apart, and its columns become rows anew.
"""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from delivery.header import Format
from delivery.rows import Block
from producers.files.formats.columnar import blocks, groups_of, lines_of
from producers.files.formats.delimited.layout import Layout
from producers.files.formats.delimited.regular import Regular
from producers.files.formats.naming import Columns
from producers.files.formats.numbers import Plain
from schemas.contract import Contract


def delimited_blocks(
    block: Regular, first: int, layout: Layout, contract: Contract, plain: Plain
) -> list[Block] | None:
    """The rows of a block that begins with line `first`; None when a line does not fit, or a row is not one line."""
    try:
        if _stands_as_it_is(block, layout, plain):
            return _lines(block, first, layout, contract)
        columns = plain_numbers(_read(block, layout, layout.columns), plain)
    except pa.ArrowInvalid:
        return None
    if columns is None or len(next(iter(columns.values()))) != _count_lines(block.text):
        return None
    return list(blocks(columns, contract, first))


def _stands_as_it_is(block: Regular, layout: Layout, plain: Plain) -> bool:
    """Whether each line is what becomes of it: all its fields are columns, and nothing in them means another thing."""
    return not (block.quoted or plain.columns or layout.options.nulls or len(layout.columns) < layout.width)


def _lines(block: Regular, first: int, layout: Layout, contract: Contract) -> list[Block] | None:
    """The lines as they are, a block or more for each partition; raises `pa.ArrowInvalid` when one does not fit."""
    names, partition = tuple(layout.columns.values()), contract.partition
    by = partition.by if partition and partition.by in names else names[0]
    column = _read(block, layout, {at: name for at, name in layout.columns.items() if name == by})[by]
    if len(column) != _count_lines(block.text):
        return None
    text = block.text if block.text.endswith(b"\n") else block.text + b"\n"
    form = Format(names, block.delimiter)
    groups = groups_of(column, partition if partition and partition.by == by else None)
    if len(groups) == 1:
        return [Block(groups[0][0], text, len(column), form, lines_of(range(len(column)), first))]
    each = text.splitlines(keepends=True)
    return [
        Block(value, b"".join([each[number] for number in numbers]), len(numbers), form, lines_of(numbers, first))
        for value, numbers in groups
    ]


def _count_lines(text: bytes) -> int:
    return text.count(b"\n") + (not text.endswith(b"\n"))


def _read(block: Regular, layout: Layout, columns: Columns) -> dict[str, pa.Array]:
    """The texts of `columns`; raises `pa.ArrowInvalid` when a line has too many or too few fields."""
    wanted = {f"f{position}": name for position, name in columns.items()}
    table = csv.read_csv(
        pa.BufferReader(block.text),
        csv.ReadOptions(
            use_threads=False,
            block_size=len(block.text) + 1,
            column_names=[f"f{number}" for number in range(layout.width)],
        ),
        csv.ParseOptions(
            delimiter=block.delimiter,
            quote_char=layout.options.csv.quote if block.quoted else False,
            double_quote=block.quoted,
            newlines_in_values=block.quoted,
        ),
        csv.ConvertOptions(
            include_columns=list(wanted),
            column_types=dict.fromkeys(wanted, pa.string()),
            null_values=["", *layout.options.nulls],
            strings_can_be_null=True,
            check_utf8=False,
        ),
    )
    return {name: table.column(field).combine_chunks() for field, name in wanted.items()}


def plain_numbers(columns: Mapping[str, pa.Array], plain: Plain) -> dict[str, pa.Array] | None:
    """`columns` with plain numbers; None when a text is no number."""
    return columns if not plain.columns else _plain(dict(columns), plain)  # type: ignore[return-value]


def _plain(columns: dict[str, pa.Array], plain: Plain) -> dict[str, pa.Array] | None:
    for name in plain.columns & columns.keys():
        text = columns[name]
        if pc.all(pc.match_substring_regex(text, plain.pattern)).as_py() is False:
            return None
        if plain.marks.thousands:
            text = pc.replace_substring(text, plain.marks.thousands, "")
        text = pc.replace_substring(text, plain.marks.decimal, ".")
        columns[name] = pc.replace_substring_regex(text, r"^\s*\+?|\s+$", "")
    return columns
