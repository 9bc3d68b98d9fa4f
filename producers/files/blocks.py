"""Clean text taken apart by Arrow: whole blocks of lines in, blocks of JSON arrays out.

Where every field is a column's text as it stands, and all lines belong to one partition, Arrow reads the partition's
column alone, and sees that each line has its fields; the text becomes JSON by replacing what stands between them.
"""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from delivery.packing import Block
from producers.files.columnar import blocks, common_partition
from producers.files.layout import Layout
from producers.files.naming import Columns
from producers.files.numbers import Plain
from producers.files.regular import Look
from producers.loading import Item
from schemas.contract import Contract


def delimited_blocks(
    block: bytes, first: int, look: Look, layout: Layout, contract: Contract, plain: Plain
) -> list[Item] | None:
    """The rows of a block that looks regular and begins with line `first`.

    None when a line does not fit, or when a row is not one line.
    """
    try:
        if found := _as_it_stands(block, first, look, layout, contract, plain):
            return [found]
        columns = plain_numbers(_read(block, look, layout, layout.columns), plain)
    except pa.ArrowInvalid:
        return None
    if columns is None or len(next(iter(columns.values()))) != _count_lines(block):
        return None
    return list(blocks(columns, contract, first, look.plain))


def _count_lines(block: bytes) -> int:
    return block.count(b"\n") + (not block.endswith(b"\n"))


def _as_it_stands(
    block: bytes, first: int, look: Look, layout: Layout, contract: Contract, plain: Plain
) -> Block | None:
    """The block as one of a partition; None when a text is not to stay what it is. Raises `pa.ArrowInvalid`."""
    names, partition = tuple(layout.columns.values()), contract.partition
    if len(names) < layout.width or not look.plain or plain.columns or layout.options.nulls:
        return None
    by = partition.by if partition and partition.by in names else names[0]
    column = _read(block, look, layout, {at: name for at, name in layout.columns.items() if name == by})[by]
    if len(column) != _count_lines(block):
        return None
    found = common_partition(column, partition) if partition and partition.by == by else None
    if partition and partition.by == by and found is None:
        return None
    lines = _arrays(block, look, layout, len(column))
    return Block(found, lines, len(column), names, range(first, first + len(column))) if lines else None


def _arrays(block: bytes, look: Look, layout: Layout, rows: int) -> bytes | None:
    """`rows` lines of plain text as JSON arrays, an empty field as null; None when only some fields are quoted."""
    quote = layout.options.csv.quote.encode()
    text = block.replace(b"\r", b"") if b"\r" in block else block
    delimiter = layout.dialect["delimiter"].encode()
    if not look.quoted:
        inner = text.removesuffix(b"\n").replace(delimiter, b'","').replace(b"\n", b'"]\n["')
        return (b'["%b"]\n' % inner).replace(b'""', b"null")
    if quote != b'"' or delimiter != b"," or block.count(quote) < 2 * layout.width * rows:
        return None
    return b"[%b]\n" % text.removesuffix(b"\n").replace(b"\n", b"]\n[")


def _read(block: bytes, look: Look, layout: Layout, columns: Columns) -> dict[str, pa.Array]:
    """The texts of `columns`; raises `pa.ArrowInvalid` when a line has too many or too few fields."""
    wanted = {f"f{position}": name for position, name in columns.items()}
    table = csv.read_csv(
        pa.BufferReader(block),
        csv.ReadOptions(
            use_threads=False,
            block_size=len(block) + 1,
            column_names=[f"f{number}" for number in range(layout.width)],
        ),
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
