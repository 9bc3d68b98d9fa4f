"""Regular text as blocks of rows.

Where every field is a column's text as it stands, the lines travel as they are: Arrow reads the partition's column
alone, and sees that each line has its fields. Otherwise Arrow takes the text apart, and its columns become rows again.
"""

from collections.abc import Mapping

import pyarrow as pa
from pyarrow import csv

from delivery.header import Format
from delivery.rows import Block
from producers.files.formats.arrow.columnar import blocks
from producers.files.formats.arrow.grouping import grouped, grouping_column
from producers.files.formats.arrow.written_text import plain_texts
from producers.files.formats.delimited.layout import Layout
from producers.files.formats.naming import Columns
from producers.files.formats.written.notation import Notation
from schemas.contract import Contract

Notations = Mapping[str, Notation]
"""By column."""


def delimited_blocks(
    text: bytes, numbers: range, layout: Layout, contract: Contract, notations: Notations
) -> list[Block] | None:
    """The rows of regular text, whose lines have these `numbers`; None when a row does not fit, or is not one line."""
    names = tuple(layout.columns.values())
    if _stands_as_it_is(text, layout, notations):
        by = grouping_column(names, contract)
        found = _read({at: name for at, name in layout.columns.items() if name == by}, text, len(numbers), layout)
        form = Format(names, layout.dialect["delimiter"])
        return grouped(text, form, found[by], contract, numbers.start) if found else None
    columns = _read(layout.columns, text, len(numbers), layout)
    if columns and notations:
        columns = _plain(columns, notations)
    return blocks(columns, contract, numbers.start) if columns else None


def is_whole(text: bytes, lines: int, layout: Layout) -> bool:
    """Whether regular text of so many `lines` ends where a row ends; False when only reading it row by row can tell."""
    return not _has_quotes(text, layout) or _read({}, text, lines, layout) is not None


def _stands_as_it_is(text: bytes, layout: Layout, notations: Notations) -> bool:
    """Whether each line is what becomes of it: all its fields are columns, and nothing in them means another thing."""
    is_all = len(layout.columns) == layout.width
    return is_all and not (_has_quotes(text, layout) or notations or layout.options.nulls)


def _has_quotes(text: bytes, layout: Layout) -> bool:
    quote = layout.options.csv.quote
    return bool(quote) and quote.encode() in text


def _read(columns: Columns, text: bytes, lines: int, layout: Layout) -> dict[str, pa.Array] | None:
    """The values of `columns` in regular text; None when a line has too many or too few fields, or is not one row.

    Arrow reads quotes, delimiters and line ends as Python's `csv` does, but for blank lines, which it leaves
    out, and for a quote that is still open at the end. If there are as many rows as lines, and the last one has ended,
    there is neither, nor is there a line end in a value.
    """
    quoted, last = _has_quotes(text, layout), layout.width - 1
    try:
        table = csv.read_csv(
            pa.BufferReader(text),
            csv.ReadOptions(
                use_threads=False,
                block_size=len(text) + 1,
                column_names=[f"f{number}" for number in range(layout.width)],
            ),
            csv.ParseOptions(
                delimiter=layout.dialect["delimiter"],
                quote_char=layout.options.csv.quote if quoted else False,
                double_quote=quoted,
                newlines_in_values=quoted,
            ),
            csv.ConvertOptions(
                include_columns=[f"f{position}" for position in ({*columns, last} if quoted else columns)],
                column_types={f"f{position}": pa.string() for position in range(layout.width)},
                null_values=["", *layout.options.nulls],
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != lines or (quoted and (table.column(f"f{last}")[-1].as_py() or "").endswith("\n")):
        return None
    return {name: table.column(f"f{position}").chunk(0) for position, name in columns.items()}  # one block, one chunk


def _plain(columns: dict[str, pa.Array], notations: Notations) -> dict[str, pa.Array] | None:
    """`columns` with plain values; None when one is not what it should be."""
    for name in notations.keys() & columns.keys():
        columns[name], wrong = plain_texts(name, columns[name], notations[name])
        if wrong:
            return None
    return columns
