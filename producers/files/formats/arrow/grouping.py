"""Lines of text as blocks, each with the rows of one partition."""

from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from delivery.header import Format
from delivery.rows import Block
from producers.partitioning import partition_of
from schemas.contract import PARTITION_CHARS, Contract, Partition

_ISO: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]*Z?)?$"
"""Dates and times without an offset: their partition is how they begin."""
_FEW_RUNS: Final = 16
"""Partitions that follow each other so often are taken as they come; more are sorted."""


def grouping_column(names: Sequence[str], contract: Contract) -> str:
    """The one of the columns `names` whose values give the partitions; the first where none does."""
    by = contract.partition.by if contract.partition else ""
    return by if by in names else names[0]


def grouped(text: bytes, form: Format, column: pa.Array, contract: Contract, first: int) -> list[Block]:
    """The lines of `text`, a block or more for each partition, by the values of the grouping `column`.

    `first` is the line of the first row, each other row has the next. A newline is the only line end in `text`.
    """
    by = grouping_column(form.columns, contract)
    partition = contract.partition if contract.partition and contract.partition.by == by else None
    if partition is None or (value := _common(column, partition)):
        return [Block(value if partition else None, text, len(column), form, range(first, first + len(column)))]
    each = text.splitlines(keepends=True)
    return [
        Block(value, b"".join([each[number] for number in numbers]), len(numbers), form, _lines_of(numbers, first))
        for value, numbers in _groups(_partitions(column, partition))
    ]


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


def _groups(partitions: pa.Array) -> Iterator[tuple[str | None, Sequence[int]]]:
    """Each partition and the numbers of its rows, in order; one that comes in several places may come several times."""
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


def _lines_of(numbers: Sequence[int], first: int) -> Sequence[int]:
    """The lines of rows with these numbers, when `first` is the line of row 0 and each other row has the next."""
    if isinstance(numbers, range):
        return range(first + numbers.start, first + numbers.stop)
    return [first + number for number in numbers]


def _partitions(column: pa.Array, partition: Partition) -> pa.Array:
    """The partition of each row by the values of its partition column, as `partition_of` gives it."""
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        return pa.nulls(len(column), pa.string())
    text = column.cast(pa.string()) if not pa.types.is_dictionary(column.type) else column.dictionary_decode()
    if text.null_count == 0 and pc.all(pc.match_substring_regex(text, _ISO)).as_py():
        return pc.utf8_slice_codeunits(text, 0, PARTITION_CHARS[partition.unit])
    return pa.array([partition_of(value, partition) for value in text.to_pylist()], pa.string())
