"""Clean text taken apart by Arrow: whole blocks of lines in, blocks of JSON lines out."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from producers.files.columnar import blocks
from producers.files.layout import Layout
from producers.files.numbers import Plain
from producers.files.regular import Look
from producers.loading import Item
from schemas.contract import Contract


def delimited_blocks(block: bytes, look: Look, layout: Layout, contract: Contract, plain: Plain) -> list[Item] | None:
    """The rows of a block that looks regular; None when a line does not fit."""
    names = [f"f{number}" for number in range(layout.width)]
    wanted = {f"f{position}": name for position, name in layout.columns.items()}
    try:
        table = csv.read_csv(
            pa.BufferReader(block),
            csv.ReadOptions(use_threads=False, block_size=len(block) + 1, column_names=names),
            csv.ParseOptions(
                delimiter=layout.dialect["delimiter"],
                quote_char=layout.options.csv.quote if look.quoted else False,
                double_quote=look.quoted,
                newlines_in_values=look.quoted,
            ),
            csv.ConvertOptions(
                include_columns=list(wanted),
                column_types=dict.fromkeys(wanted, pa.string()),
                null_values=["", *layout.options.nulls],
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    found = {name: table.column(field).combine_chunks() for field, name in wanted.items()}
    columns = plain_numbers(found, plain)
    return None if columns is None else list(blocks(columns, contract, look.plain))


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
