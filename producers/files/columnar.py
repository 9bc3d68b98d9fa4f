"""Rows made from whole columns at once: a batch of Arrow columns becomes blocks of JSON arrays, one a line.

What one row costs in Python, a column of thousands costs here.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from delivery.packing import Block
from producers.partitioning import partition_of
from schemas.contract import Contract, Partition, Unit

_ISO: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]*Z?)?$"
"""Dates and times without an offset: their partition is how they begin."""
_ESCAPED: Final = r'["\\\x00-\x1f]'
"""What JSON does not let stand in a string as it is."""
_LENGTHS: Final[Mapping[Unit, int]] = {"year": 4, "month": 7, "day": 10}


def common_partition(column: pa.Array, partition: Partition) -> str | None:
    """The one partition of all rows by the texts of their partition column; None when that is not clear."""
    try:
        ends = pc.min_max(column.cast(pa.timestamp("us")))  # ISO without an offset
    except pa.ArrowInvalid:
        return None
    first, last = (partition_of(str(ends[name].as_py()), partition) for name in ("min", "max"))
    return first if first == last and not column.null_count else None


def blocks(columns: Mapping[str, pa.Array], contract: Contract, first: int, plain: bool = False) -> Iterator[Block]:
    """The rows of `columns` (by column name, all of one length), a block for each partition.

    Text becomes JSON strings, numbers JSON numbers, dates and times text in ISO form, a null stays null. `first` is the
    line of the first row, each other row has the next. `plain` says that no text has anything in it that JSON would
    have to escape.
    """
    names, rows = tuple(columns), _rows(columns.values(), plain)
    lines = range(first, first + len(rows))
    partition = contract.partition
    if partition is None or partition.by not in columns:
        yield Block(None, _bytes(rows, 0, len(rows)), len(rows), names, lines)
        return
    partitions = _partitions(columns[partition.by], partition)
    values = pc.unique(partitions)
    if len(values) == 1:
        yield Block(values[0].as_py(), _bytes(rows, 0, len(rows)), len(rows), names, lines)
        return
    order = pc.sort_indices(partitions)
    rows, counted = rows.take(order), pc.value_counts(partitions.take(order))
    start = 0
    for entry in counted:  # in order of occurrence, which is the sorted one
        count = entry["counts"].as_py()
        numbers = [first + at for at in order.slice(start, count).to_pylist()]
        yield Block(entry["values"].as_py(), _bytes(rows, start, count), count, names, numbers)
        start += count


def _bytes(rows: pa.Array, start: int, count: int) -> bytes:
    offsets = memoryview(rows.buffers()[1]).cast("i")
    at = rows.offset + start
    return bytes(memoryview(rows.buffers()[2])[offsets[at] : offsets[at + count]])


def _rows(columns: Iterable[pa.Array], plain: bool) -> pa.Array:
    """One array of JSON arrays, each with its newline."""
    pieces: list[Any] = []
    before = "["
    for column in columns:
        value, quoted = _json(column, plain)
        if quoted and value.null_count:
            value, quoted = pc.binary_join_element_wise('"', value, '"', ""), False
        pieces += [f'{before}"' if quoted else before, value]
        before = '",' if quoted else ","
    end = '"]\n' if before == '",' else "]\n"
    return pc.binary_join_element_wise(*pieces, end, "", null_handling="replace", null_replacement="null")


def _json(column: pa.Array, plain: bool) -> tuple[pa.Array, bool]:
    """The values as text, and whether they still lack their quotes."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _json(column.dictionary_decode(), plain)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        text = column.cast(pa.string())
        if plain or not pc.any(pc.match_substring_regex(text, _ESCAPED)).as_py():
            return text, True
        return _encoded(text), False
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


def _partitions(column: pa.Array, partition: Partition) -> pa.Array:
    """The partition of each row by the values of its partition column, as `partition_of` tells it."""
    text = column.cast(pa.string()) if not pa.types.is_dictionary(column.type) else column.dictionary_decode()
    if text.null_count == 0 and pc.all(pc.match_substring_regex(text, _ISO)).as_py():
        return pc.utf8_slice_codeunits(text, 0, _LENGTHS[partition.unit])
    return pa.array([partition_of(value, partition) for value in text.to_pylist()], pa.string())
