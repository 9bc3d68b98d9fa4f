"""Rows that are JSON objects: sorted by partition, many at once where they are alike, one by one where they are not."""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec

from delivery.rows import Block, Leaf, Row
from producers.files.formats.reading import MAX_ROW_BYTES, TOO_LONG
from producers.loading import Item
from producers.partitioning import LENGTHS, cut, partition_in, partition_of
from producers.rejects import Reject
from schemas.contract import Contract

_fields: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_row: Final = msgspec.json.Decoder(dict[str, Any])
_encoder: Final = msgspec.json.Encoder()
Rows = list[Any]
"""Rows in JSON: all of them bytes, or all msgspec's `Raw`."""


class Objects:
    """Makes rows of a contract of JSON objects."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        by = contract.column(contract.partition.by).accepted_names if contract.partition else ()
        keys = [contract.column(name).accepted_names for name in contract.key] if contract.nest else []
        attributes = {name: f"f{at}" for at, name in enumerate(dict.fromkeys([*by, *(n for key in keys for n in key)]))}
        self._by = [attributes[name] for name in by]
        self._keys = [[attributes[name] for name in key] for key in keys]
        looked_at = msgspec.defstruct(
            "Fields",
            [(at, Any, msgspec.field(name=name, default=msgspec.UNSET)) for name, at in attributes.items()],
            gc=False,
        )
        self._lines = msgspec.json.Decoder(looked_at)
        self._list = msgspec.json.Decoder(list[looked_at])  # type: ignore[valid-type]
        self._raws = msgspec.json.Decoder(list[msgspec.Raw])

    def of_lines(self, block: bytes, first: int) -> list[Item] | None:
        """The rows of a block of lines that begins with line `first`; None when one of its lines is not a row."""
        try:
            block.decode()
            found = self._lines.decode_lines(block)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        if self._keys and not all(map(self._is_row, found)):
            return None
        lines = block.removesuffix(b"\n").split(b"\n")
        numbers: Sequence[int] = range(first, first + len(lines))
        if len(lines) != len(found):
            numbers = [number for number, line in zip(numbers, lines, strict=True) if line.strip()]
            lines = [line for line in lines if line.strip()]
        if len(lines) != len(found) or max(map(len, lines), default=0) > MAX_ROW_BYTES:
            return None
        if b'": ' in block or b"\r" in block:  # spaces cost as much as values do
            small = msgspec.json.format(b"[" + b",".join(lines) + b"]", indent=-1)
            return self._grouped(found, self._raws.decode(small), numbers)
        return self._grouped(found, lines, numbers)

    def of_array(self, array: bytes, first: int) -> list[Item] | None:
        """The rows of an array in one line, the number of whose first is `first`; None when an element is not a row."""
        try:
            array.decode()
            found = self._list.decode(array)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        if self._keys and not all(map(self._is_row, found)):
            return None
        rows: Rows = self._raws.decode(array)
        if max((memoryview(row).nbytes for row in rows), default=0) > MAX_ROW_BYTES:
            return None
        return self._grouped(found, rows, range(first, first + len(rows)))

    def elements(self, array: bytes) -> list[bytes]:
        """The elements of an array as they stand there."""
        return list(map(bytes, self._raws.decode(array)))

    def one(self, data: bytes) -> Iterator[Row | Leaf | Reject]:
        """The rows of one object, which is a row itself unless the contract nests them.

        Raises `msgspec.DecodeError` or `UnicodeDecodeError`.
        """
        data.decode()
        small = msgspec.json.format(data, indent=-1)
        if len(small) > MAX_ROW_BYTES and not self._contract.nest:
            raise msgspec.DecodeError(TOO_LONG)
        if self._contract.nest and not self._has_key(_fields.decode(small)):
            yield from cut(small, self._contract)
        else:
            yield Row(partition_in(_row.decode(small), self._contract), small)

    def known(self, data: bytes) -> bool:
        """Whether the object has a column of the contract."""
        fields = _fields.decode(data)
        return any(name in fields for column in self._contract.columns for name in column.accepted_names)

    def _is_row(self, fields: Any) -> bool:
        return all(any(getattr(fields, each) is not msgspec.UNSET for each in group) for group in self._keys)

    def _has_key(self, fields: dict[str, msgspec.Raw]) -> bool:
        contract = self._contract
        return all(any(name in fields for name in contract.column(key).accepted_names) for key in contract.key)

    def _grouped(self, found: Sequence[Any], rows: Rows, numbers: Sequence[int]) -> list[Item]:
        """`rows`, one for each of `found` and of `numbers`, as a block for each partition."""
        if not found:
            return []
        partitions = self._partitions(found)
        if len(set(partitions)) == 1:
            return [_block(partitions[0], rows, numbers)]
        groups: dict[str | None, tuple[Rows, list[int]]] = {}
        for partition, row, number in zip(partitions, rows, numbers, strict=True):
            group = groups.setdefault(partition, ([], []))
            group[0].append(row)
            group[1].append(number)
        return [_block(partition, *group) for partition, group in groups.items()]

    def _partitions(self, found: Sequence[Any]) -> list[str | None]:
        """The partition of each row; one day's is looked up once where no date has an offset."""
        if not self._by:
            return [None] * len(found)
        values = list(map(attrgetter(self._by[0]), found))
        try:
            dates = "\n".join(values)
        except TypeError:  # a number, a null, or another name
            return list(map(self._partition, found))
        if "+" in dates or dates.count("-") != 2 * len(values):
            return list(map(self._partition, found))
        days = [value[: LENGTHS["day"]] for value in values]
        known = {day: partition_of(day, self._contract.partition) for day in set(days)}
        return list(map(known.__getitem__, days))

    def _partition(self, fields: Any) -> str | None:
        for attribute in self._by:
            if (value := getattr(fields, attribute)) is not msgspec.UNSET:
                return partition_of(value, self._contract.partition)
        return None


def _block(partition: str | None, rows: Rows, numbers: Sequence[int]) -> Block:
    data = _encoder.encode_lines(rows) if isinstance(rows[0], msgspec.Raw) else b"\n".join(rows) + b"\n"
    if numbers[-1] - numbers[0] == len(numbers) - 1:
        numbers = range(numbers[0], numbers[-1] + 1)
    return Block(partition, data, len(rows), lines=numbers)
