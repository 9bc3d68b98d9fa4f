"""Rows that are JSON objects: sorted by partition, many at once where they are alike, one by one where they are not."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any, Final

import msgspec

from delivery.limits import KIB
from delivery.rows import Block, Leaf, Row
from producers.cutting import cut
from producers.files.formats.documents.texts import Texts
from producers.files.formats.reading import MAX_ROW_BYTES, TOO_LONG
from producers.files.formats.streams.text import has_long_lines
from producers.partitioning import partition_in, partition_of
from producers.rejects import Reject
from schemas.contract import PARTITION_CHARS, Contract, Partition
from schemas.files import Files
from schemas.paths import found_at, is_path

NO_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What is raised on text that is not JSON, is not UTF-8, or is nested too deeply."""
_fields: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_row: Final = msgspec.json.Decoder(dict[str, Any])
_encoder: Final = msgspec.json.Encoder()
_DAY: Final = itemgetter(slice(PARTITION_CHARS["day"]))
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
"""In a string; of half a surrogate pair with what comes after the backslash."""
_LOOKED_AT_BYTES: Final = 4 * KIB
"""Rows of a file are written alike: so much of a block shows whether there are spaces in it."""
_DAYS: Final = 2**15
"""Ninety years of days."""


class Objects:
    """Makes rows of a contract of JSON objects."""

    def __init__(self, contract: Contract, options: Files) -> None:
        self._contract = contract
        self._texts = Texts(contract, options)
        by = contract.column(contract.partition.by).accepted_names if contract.partition else ()
        keys = [contract.column(name).accepted_names for name in contract.key] if contract.nest else []
        attributes = {name: f"f{at}" for at, name in enumerate(dict.fromkeys([*by, *(n for key in keys for n in key)]))}
        self._by = [attributes[name] for name in by]
        self._by_path = any(map(is_path, by))
        self._of_day = _OfDay(contract.partition)
        self._keys = [[attributes[name] for name in key] for key in keys]
        looked_at = msgspec.defstruct(
            "Fields",
            [(at, Any, msgspec.field(name=name, default=msgspec.UNSET)) for name, at in attributes.items()],
            gc=False,
        )
        self._lines = msgspec.json.Decoder(looked_at)
        self._list = msgspec.json.Decoder(list[looked_at])  # type: ignore[valid-type]
        self._raws = msgspec.json.Decoder(list[msgspec.Raw])

    def of_lines(self, block: bytes, numbers: Sequence[int]) -> list[Block] | None:
        """The rows of a block of lines with these `numbers`; None when one of its lines has to be looked at."""
        if self._by_path or self._texts.may_occur(block):
            return None
        text = block if block.endswith(b"\n") else block + b"\n"
        try:
            text.decode()
            found = self._lines.decode_lines(text)
            if len(found) != len(numbers):
                text, numbers = _without_blank_lines(text, numbers)
            if not self._are_rows(found) or len(found) != len(numbers) or has_long_lines(text):
                return None
            # spaces cost as much as values do; with line ends elsewhere than between objects, it is not an array
            if b'": ' in text[:_LOOKED_AT_BYTES] or b"\r" in text or text.count(b"}\n{") != len(found) - 1:
                array = msgspec.json.format(b"[" + text[:-1].replace(b"\n", b",") + b"]", indent=-1)
                return self._grouped(found, self._lines_of(array), numbers)
        except NO_JSON:
            return None
        return self._grouped(found, text, numbers)

    def of_array(self, array: bytes, first: int) -> list[Block] | None:
        """The rows of an array, the number of whose first is `first`; None when one of them has to be looked at."""
        if self._by_path or self._texts.may_occur(array):
            return None
        try:
            array.decode()
            array = msgspec.json.format(array, indent=-1)
            found = self._list.decode(array)
        except NO_JSON:
            return None
        text = self._lines_of(array)
        if not self._are_rows(found) or has_long_lines(text):
            return None
        return self._grouped(found, text, range(first, first + len(found)))

    def one(self, data: bytes) -> Iterator[Row | Leaf | Reject]:
        """The rows of one object, which is a row itself unless the contract nests them.

        Raises one of `NO_JSON`.
        """
        data.decode()
        try:
            small = msgspec.json.format(data, indent=-1)
        except msgspec.DecodeError as error:
            raise _clearer(error, data) from error
        if len(small) > MAX_ROW_BYTES and not self._contract.nest:
            raise msgspec.DecodeError(TOO_LONG)
        found: Iterable[Row | Leaf | Reject]
        if self._contract.nest and not self._has_key(_fields.decode(small)):
            found = cut(small, self._contract)
        else:
            found = [Row(partition_in(_row.decode(small), self._contract), small)]
        yield from chain.from_iterable(map(self._texts.applied, found)) if self._texts.may_occur(small) else found

    def known(self, data: bytes) -> bool:
        """Whether the object has a column of the contract."""
        fields = _fields.decode(data)
        names = [name for column in self._contract.columns for name in column.accepted_names]
        return any(found_at(fields, name, inner_fields) is not None for name in names)

    def _are_rows(self, found: Sequence[Any]) -> bool:
        """Whether each has all keys; without nesting an object is a row whatever it has."""
        return not self._keys or all(map(self._is_row, found))

    def _is_row(self, fields: Any) -> bool:
        return all(any(getattr(fields, each) is not msgspec.UNSET for each in group) for group in self._keys)

    def _lines_of(self, array: bytes) -> bytes:
        """The elements of an array, one a line."""
        return _encoder.encode_lines(self._raws.decode(array))

    def _has_key(self, fields: dict[str, msgspec.Raw]) -> bool:
        contract = self._contract
        return all(any(name in fields for name in contract.column(key).accepted_names) for key in contract.key)

    def _grouped(self, found: Sequence[Any], lines: bytes, numbers: Sequence[int]) -> list[Block]:
        """`lines`, one for each of `found` and of `numbers`, as a block for each partition."""
        if not found:
            return []
        partitions = self._partitions(found)
        if len(partitions) == 1:
            return [Block(partitions[0], lines, len(found), lines=numbers)]
        groups: dict[str | None, tuple[list[bytes], list[int]]] = {}
        for partition, line, number in zip(partitions, lines.splitlines(keepends=True), numbers, strict=True):
            group = groups.setdefault(partition, ([], []))
            group[0].append(line)
            group[1].append(number)
        return [_block(partition, *group) for partition, group in groups.items()]

    def _partitions(self, found: Sequence[Any]) -> list[str | None]:
        """The partition of each row, or the one of them all. Where no date has an offset, one day is looked up once."""
        if not self._by:
            return [None]
        values = list(map(attrgetter(self._by[0]), found))
        try:
            dates = "\n".join(values)
        except TypeError:  # a number, a null, or another name
            return list(map(self._partition, found))
        if "+" in dates or dates.count("-") != 2 * len(values):
            return list(map(self._partition, found))
        first, last = (partition_of(value, self._contract.partition) for value in (min(values), max(values)))
        if first and first == last:
            return [first]
        return list(map(self._of_day.__getitem__, map(_DAY, values)))

    def _partition(self, fields: Any) -> str | None:
        for attribute in self._by:
            if (value := getattr(fields, attribute)) is not msgspec.UNSET:
                return partition_of(value, self._contract.partition)
        return None


class _OfDay(dict[str, str | None]):
    """The partition of each day that was asked for."""

    def __init__(self, partition: Partition | None) -> None:
        self._partition = partition

    def __missing__(self, day: str) -> str | None:
        if len(self) == _DAYS:
            self.clear()
        self[day] = partition_of(day, self._partition)
        return self[day]


def inner_fields(value: bytes | msgspec.Raw | None) -> dict[str, msgspec.Raw] | None:
    """The fields of a value that is an object, as they are written, for `schemas.paths`."""
    return _fields.decode(value) if value is not None and bytes(value).startswith(b"{") else None


def _without_blank_lines(text: bytes, numbers: Sequence[int]) -> tuple[bytes, Sequence[int]]:
    """The other lines of `text`, whose lines have these `numbers`."""
    lines = [each for each in zip(text[:-1].split(b"\n"), numbers, strict=True) if each[0].strip()]
    return b"".join(line + b"\n" for line, _ in lines), [number for _, number in lines]


def _clearer(error: msgspec.DecodeError, data: bytes) -> msgspec.DecodeError:
    """The library takes half of a surrogate pair for text that was truncated."""
    half = next((found[1].decode() for found in _ESCAPE.finditer(data) if found[1]), "")
    return msgspec.DecodeError(rf"\{half} is half of a surrogate pair, which is not text") if half else error


def _block(partition: str | None, lines: list[bytes], numbers: list[int]) -> Block:
    if numbers[-1] - numbers[0] == len(numbers) - 1:
        return Block(partition, b"".join(lines), len(lines), lines=range(numbers[0], numbers[-1] + 1))
    return Block(partition, b"".join(lines), len(lines), lines=numbers)
