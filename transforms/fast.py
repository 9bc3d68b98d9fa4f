"""Clean records at the speed of C: one typed decode, one pass that applies the rules between columns, one encode.

A record that holds anything unexpected (a bad row, rows of two partitions, a name that comes under an alias in some
rows only, a key that occurs twice) gets no answer here and is read row by row, as do objects of contracts that look
into objects inside rows. What lands is the same either way.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from typing import Any, Final

import msgspec

from delivery.limits import MIB
from schemas.contract import Contract
from schemas.glue import partition_range
from schemas.paths import is_path
from schemas.rows import TEXT_OR_WHOLE, Kinds, checked_type, constants, loose_type
from schemas.texts import timestamp_text
from transforms.layout import Layout, flat_layout, nested_layout, values_layout
from transforms.partition import Today, common_partition, partition_value, utc_today

MAX_LANDING_BYTES: Final = 64 * MIB
"""Rows that one record may grow to. A key of 100 KB above thousands of rows would be repeated in each of them."""
UNEXPECTED: Final = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)
"""What decoding raises on data that are not what the contract says."""
_HEAD_BYTES: Final = 2048
"""Where the names of a record's fields are looked up: enough for one row."""
_Make = Callable[[Contract, Any, Kinds], Layout | None]
_encode_lines: Final = msgspec.json.Encoder().encode_lines


@dataclass(frozen=True)
class Landing:
    """Rows ready to land: one JSON object a line, how many, and their partition (None: the table has none)."""

    lines: bytes
    rows: int
    partition: str | None


@dataclass
class _Seen:
    """What has gone by while rows were being encoded."""

    rows: int = 0
    partitions: set[str | None] = field(default_factory=set)


class FastPath:
    """The reader of a contract's clean records."""

    def __init__(self, contract: Contract, today: Today = utc_today) -> None:
        self._contract = contract
        self._today = today
        self._layouts: dict[tuple[Any, ...], list[Layout]] = {}
        loose = any(loose_type(contract, column) is TEXT_OR_WHOLE for column in contract.columns)
        self._kinds = (checked_type, loose_type) if loose else (checked_type,)
        self._has_paths = any(is_path(name) for column in contract.columns for name in column.accepted_names)
        types = [contract.column(name).type for name in contract.nest]
        self._timestamps = {number for number, type_ in enumerate(types) if type_ == "timestamp"}

    def land(self, body: bytes, lineage: Mapping[str, Any], columns: tuple[str, ...] = ()) -> Landing | None:
        """Every row of `body`, or None when that takes a closer look. `lineage` is what every row gets.

        `columns` names the values of rows that are arrays.
        """
        for layout in self._of_values(columns) if columns else self._of_objects(body[:_HEAD_BYTES]):
            try:
                return self._landing(layout, _decoded(layout, body), lineage)
            except UNEXPECTED:
                continue
        return None

    def _landing(self, layout: Layout, tree: Any, lineage: Mapping[str, Any]) -> Landing:
        """Raises ValueError unless all rows, at least one, belong to one partition that the table knows."""
        seen = _Seen()
        lines = _encode_lines(chain.from_iterable(self._built(layout, tree, lineage, seen)))
        if not seen.rows:
            raise ValueError("no row")
        (partition,) = seen.partitions
        if self._contract.partition:
            first, last = partition_range(self._contract, self._today())
            if not (partition and first <= partition <= last):
                raise ValueError("rows that the table would not find")
        return Landing(lines, seen.rows, partition)

    def _built(
        self, layout: Layout, tree: Any, lineage: Mapping[str, Any], seen: "_Seen"
    ) -> Iterator[list[msgspec.Struct]]:
        """The landing rows, map after map."""
        for path, leaves in _innermost(tree, layout.depth):
            outer = self._landed_keys(path)
            repeated = self._constants(outer, lineage)
            if memoryview(repeated).nbytes * len(leaves) > MAX_LANDING_BYTES:
                raise ValueError("rows that grow too long")
            rows = layout.build(leaves, outer, repeated)
            seen.rows += len(leaves)
            seen.partitions |= self._partitions(layout, leaves, outer, rows)
            if len(seen.partitions) > 1:
                raise ValueError("rows of several partitions")
            yield rows

    def _partitions(
        self, layout: Layout, leaves: Any, outer: tuple[Any, ...], rows: Iterable[msgspec.Struct]
    ) -> set[str | None]:
        partition = self._contract.partition
        if partition is None:
            return {None}
        if layout.by_day:
            return {common_partition(leaves, partition.unit)} if leaves else set()
        if layout.partition_field is None:
            return {partition_value(outer[self._contract.nest.index(partition.by)], partition.unit)}
        return {partition_value(value, partition.unit) for value in map(attrgetter(layout.partition_field), rows)}

    def _constants(self, outer: tuple[Any, ...], lineage: Mapping[str, Any]) -> msgspec.Raw:
        return constants({**dict(zip(self._contract.nest, outer, strict=False)), **lineage})

    def _landed_keys(self, path: tuple[Any, ...]) -> tuple[Any, ...]:
        """The keys above the last level as they land."""
        if not self._timestamps:
            return path
        return tuple(timestamp_text(key) if number in self._timestamps else key for number, key in enumerate(path))

    def _of_objects(self, head: bytes) -> Iterator[Layout]:
        """The layouts that a body may have which begins with `head`."""
        if self._has_paths:
            return
        names = self._names(head)
        by_column = dict(zip((column.name for column in self._contract.columns), names, strict=True))
        for kinds in self._kinds:
            if self._contract.nest:
                yield from self._layout(nested_layout, names, by_column, kinds)
            yield from self._layout(flat_layout, names, by_column, kinds)

    def _of_values(self, columns: tuple[str, ...]) -> Iterator[Layout]:
        for kinds in self._kinds:
            yield from self._layout(values_layout, columns, columns, kinds)

    def _layout(self, make: _Make, names: tuple[str, ...], by: Any, kinds: Kinds) -> list[Layout]:
        """What `make` gives for `names`, if anything, made once."""
        if (make, names, kinds) not in self._layouts:
            self._layouts[make, names, kinds] = [layout] if (layout := make(self._contract, by, kinds)) else []
        return self._layouts[make, names, kinds]

    def _names(self, head: bytes) -> tuple[str, ...]:
        """The name that each column goes by in a record that starts with `head`."""
        return tuple(
            next((name for name in column.accepted_names if b'"%b"' % name.encode() in head), column.accepted_names[0])
            for column in self._contract.columns
        )


def _decoded(layout: Layout, body: bytes) -> Any:
    """The rows of `body` under the keys above them."""
    tree = layout.decode(body)
    if layout.depth and body.count(b"{") != _objects(tree, layout.depth):
        raise ValueError("a key that occurs twice has left one row only")
    return tree


def _objects(tree: Any, depth: int) -> int:
    """JSON objects in a document, rows included."""
    return 1 + (len(tree) if depth == 1 else sum(_objects(below, depth - 1) for below in tree.values()))


def _innermost(tree: Any, depth: int, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The maps that hold the rows, each with the keys that lead to it, taken out of `tree` so that memory is reused."""
    if depth <= 1:
        yield path, tree
        return
    for key in list(tree):
        yield from _innermost(tree.pop(key), depth - 1, (*path, key))
