"""Rows made from whole columns at once: a batch of Arrow columns becomes blocks of JSON arrays, one a line.

What one row costs in Python, a column of thousands costs here.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from delivery.header import UNIT_SEPARATOR, Format
from delivery.rows import Block
from producers.files.formats.arrow.double_text import double_text
from producers.files.formats.arrow.grouping import grouped, grouping_column
from schemas.contract import Column, Contract

_ESCAPED: Final = r'["\\\x00-\x1f]'
"""What JSON does not let stand in a string as it is."""
_CONTROL: Final = r"[\x00-\x1f]"
"""What a backslash before it is not enough for."""


def blocks(columns: Mapping[str, pa.Array], contract: Contract, first: int) -> list[Block]:
    """The rows of `columns` (by column name, all of one length), a block or more for each partition.

    They are text between delimiters, or JSON arrays where that cannot hold them; dates and times are in ISO form.
    `first` is the line of the first row, each other row has the next.
    """
    delimiter, text = UNIT_SEPARATOR, _delimited(columns, contract)
    if text is None:
        delimiter, text = "", arrays(columns.values())
    form = Format(tuple(columns), delimiter)
    return grouped(text, form, columns[grouping_column(form.columns, contract)], contract, first)


def _delimited(columns: Mapping[str, pa.Array], contract: Contract) -> bytes | None:
    """Lines of text between unit separators; None where the text of a value could be taken for another value."""
    if len(columns) == 1:  # there would be lines of nothing at all
        return None
    texts = [_text(column, contract.column(name)) for name, column in columns.items()]
    if any(text is None for text in texts):
        return None
    rows = pa.RecordBatch.from_arrays(texts, list(columns))
    form = csv.WriteOptions(include_header=False, batch_size=len(rows), delimiter=UNIT_SEPARATOR, quoting_style="none")
    written = pa.BufferOutputStream()
    try:
        csv.write_csv(rows, written, form)
    except pa.ArrowInvalid:  # a unit separator, a line end or a quote in a value
        return None
    return bytes(written.getvalue())


def _text(values: pa.Array, column: Column) -> pa.Array | None:
    """The values as text; None for nested ones, for a fraction where text is due, for text that looks like a null."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        text = _text(values.dictionary, column)
        return None if text is None else text.take(values.indices)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        return None
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    if column.type == "string" and not (is_text or pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        return None
    if is_text:
        text = values if pa.types.is_string(kind) else values.cast(pa.string())
        return None if pc.min(pc.binary_length(text)).as_py() == 0 else text
    if pa.types.is_float64(kind):
        return double_text(values)
    return _shortened(values).cast(pa.string())


def _shortened(values: pa.Array) -> pa.Array:
    """The same values in the type whose text is the shortest."""
    if pa.types.is_timestamp(values.type):
        for unit in ("s", "ms"):
            with suppress(pa.ArrowInvalid):  # they have parts of it
                return values.cast(pa.timestamp(unit, values.type.tz))
    return values


def arrays(columns: Iterable[pa.Array]) -> bytes:
    """JSON arrays, one a line."""
    pieces: list[Any] = []
    before = "["
    for column in columns:
        value, quoted = _json(column)
        if quoted and value.null_count:
            value, quoted = pc.binary_join_element_wise('"', value, '"', ""), False
        pieces += [f'{before}"' if quoted else before, value]
        before = '",' if quoted else ","
    end = '"]\n' if before == '",' else "]\n"
    rows = pc.binary_join_element_wise(*pieces, end, "", null_handling="replace", null_replacement="null")
    return bytes(rows.buffers()[2])


def _json(column: pa.Array) -> tuple[pa.Array, bool]:
    """The values as text, and whether they still lack their quotes."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _json(column.dictionary_decode())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        text = column.cast(pa.string())
        if not pc.any(pc.match_substring_regex(text, _ESCAPED)).as_py():
            return text, True
        if pc.any(pc.match_substring_regex(text, _CONTROL)).as_py():
            return _encoded(text), False
        return pc.replace_substring(pc.replace_substring(text, "\\", "\\\\"), '"', '\\"'), True
    if pa.types.is_floating(kind):
        return _finite(column), False
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_decimal(kind):
        return column.cast(pa.string()), False
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        return column.cast(pa.string()), True
    return _encoded(column), False


def _finite(column: pa.Array) -> pa.Array:
    """Floating-point numbers as text; NaN and the infinities as strings, which no contract takes for a number."""
    text = column.cast(pa.string())
    finite = pc.is_finite(column)
    if pc.all(finite).as_py() is not False:
        return text
    return pc.if_else(finite, text, pc.binary_join_element_wise('"', text, '"', ""))


def _encoded(column: pa.Array) -> pa.Array:
    """Whatever it is as JSON, one by one."""
    return pa.array(
        [None if value is None else msgspec.json.encode(value).decode() for value in column.to_pylist()], pa.string()
    )
