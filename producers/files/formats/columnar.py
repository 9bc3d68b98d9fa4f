"""Rows made from whole columns at once: a batch of Arrow columns becomes blocks of JSON arrays, one a line.

What one row costs in Python, a column of thousands costs here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from delivery.header import UNIT_SEPARATOR, Format
from delivery.rows import Block
from producers.partitioning import LENGTHS, partition_of
from schemas.contract import Column, Contract, Partition

_ISO: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]*Z?)?$"
"""Dates and times without an offset: their partition is how they begin."""
_ESCAPED: Final = r'["\\\x00-\x1f]'
"""What JSON does not let stand in a string as it is."""
_FEW_RUNS: Final = 16
"""Partitions that follow each other so often are taken as they come; more are sorted."""


def groups_of(column: pa.Array, partition: Partition | None) -> list[tuple[str | None, Sequence[int]]]:
    """Each partition and the numbers of its rows, in order, by the values of the partition column; one that comes in
    several places may come several times. Without a `partition`, all rows are one group."""
    if partition is None:
        return [(None, range(len(column)))]
    if common := _common(column, partition):
        return [(common, range(len(column)))]
    return list(_grouped(_partitions(column, partition)))


def _common(column: pa.Array, partition: Partition) -> str | None:
    """The one partition of all rows; None when that is not clear."""
    if column.null_count or not _may_be_time(column.type):
        return None
    try:
        ends = pc.min_max(column.cast(pa.timestamp("us")))  # of texts, only ISO without an offset
        first, last = (partition_of(str(ends[name].as_py()), partition) for name in ("min", "max"))
    except (ValueError, OverflowError):
        return None
    return first if first == last else None


def _may_be_time(kind: pa.DataType) -> bool:
    return any(is_one(kind) for is_one in (pa.types.is_string, pa.types.is_timestamp, pa.types.is_date))


def _grouped(partitions: pa.Array) -> Iterator[tuple[str | None, Sequence[int]]]:
    runs = pc.run_end_encode(partitions)
    if len(runs.values) <= _FEW_RUNS:
        start = 0
        for partition, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
            yield partition, range(start, end)
            start = end
        return
    order = pc.sort_indices(partitions)
    start = 0
    for entry in pc.value_counts(partitions.take(order)):  # in order of occurrence, which is the sorted one
        count = entry["counts"].as_py()
        yield entry["values"].as_py(), order.slice(start, count).to_pylist()
        start += count


def blocks(columns: Mapping[str, pa.Array], contract: Contract, first: int) -> Iterator[Block]:
    """The rows of `columns` (by column name, all of one length), a block or more for each partition.

    They are text between delimiters, or JSON arrays where that cannot hold them; dates and times are in ISO form.
    `first` is the line of the first row, each other row has the next.
    """
    delimiter, rows = UNIT_SEPARATOR, _delimited(columns, contract)
    if rows is None:
        delimiter, rows = "", _arrays(columns.values())
    names, partition = tuple(columns), contract.partition
    by = partition.by if partition and partition.by in columns else names[0]
    for value, numbers in groups_of(columns[by], partition if partition and partition.by == by else None):
        found = rows[numbers.start : numbers.stop] if isinstance(numbers, range) else rows.take(pa.array(numbers))
        yield Block(value, _bytes(found), len(numbers), Format(names, delimiter), lines_of(numbers, first))


def lines_of(numbers: Sequence[int], first: int) -> Sequence[int]:
    """The lines of rows with these numbers, when `first` is the line of row 0 and each other row has the next."""
    if isinstance(numbers, range):
        return range(first + numbers.start, first + numbers.stop)
    return [first + number for number in numbers]


def _bytes(rows: pa.Array) -> bytes:
    offsets = memoryview(rows.buffers()[1]).cast("i")
    return bytes(memoryview(rows.buffers()[2])[offsets[rows.offset] : offsets[rows.offset + len(rows)]])


def _delimited(columns: Mapping[str, pa.Array], contract: Contract) -> pa.Array | None:
    """Lines of text between unit separators; None where the text of a value could be taken for another value."""
    texts = [_text(column, contract.column(name)) for name, column in columns.items()]
    if any(text is None for text in texts):
        return None
    *others, last = texts
    ends = pc.binary_join_element_wise(last, "", "\n", null_handling="replace", null_replacement="")
    rows = pc.binary_join_element_wise(*others, ends, UNIT_SEPARATOR, null_handling="replace", null_replacement="")
    found = _bytes(rows)
    as_many = found.count(UNIT_SEPARATOR.encode()) == len(others) * len(rows) and found.count(b"\n") == len(rows)
    return rows if as_many else None


def _text(values: pa.Array, column: Column) -> pa.Array | None:
    """The values as text; None for nested ones, for numbers where text is due, and for text that looks like a null."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _text(values.dictionary_decode(), column)
    if _has_no_text(kind):
        return None
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    if column.type == "string" and not is_text:
        return None
    text = values.cast(pa.string())
    return None if is_text and pc.min(pc.binary_length(text)).as_py() == 0 else text


def _has_no_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_nested(kind) or pa.types.is_binary(kind))


def _arrays(columns: Iterable[pa.Array]) -> pa.Array:
    """One array of JSON arrays, each with its newline."""
    pieces: list[Any] = []
    before = "["
    for column in columns:
        value, quoted = _json(column)
        if quoted and value.null_count:
            value, quoted = pc.binary_join_element_wise('"', value, '"', ""), False
        pieces += [f'{before}"' if quoted else before, value]
        before = '",' if quoted else ","
    end = '"]\n' if before == '",' else "]\n"
    return pc.binary_join_element_wise(*pieces, end, "", null_handling="replace", null_replacement="null")


def _json(column: pa.Array) -> tuple[pa.Array, bool]:
    """The values as text, and whether they still lack their quotes."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _json(column.dictionary_decode())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        text = column.cast(pa.string())
        if not pc.any(pc.match_substring_regex(text, _ESCAPED)).as_py():
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
    if _has_no_text(column.type):
        return pa.nulls(len(column), pa.string())
    text = column.cast(pa.string()) if not pa.types.is_dictionary(column.type) else column.dictionary_decode()
    if text.null_count == 0 and pc.all(pc.match_substring_regex(text, _ISO)).as_py():
        return pc.utf8_slice_codeunits(text, 0, LENGTHS[partition.unit])
    return pa.array([partition_of(value, partition) for value in text.to_pylist()], pa.string())
