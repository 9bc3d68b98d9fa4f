"""Columns of a Parquet file as its contract has them, and the rows that cannot be so."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from producers.files.formats.arrow.columnar import arrays, blocks
from producers.files.formats.arrow.written_text import plain_texts
from producers.files.formats.written.notation import notations
from producers.loading import Item
from producers.rejects import Reject
from schemas.contract import Column, Contract
from schemas.files import Files

_BYTES: Final = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)
_TEXTS: Final = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)


class Fault(NamedTuple):
    """Why a row cannot be read, and the column that is to blame."""

    reason: str
    column: str


Faults = dict[int, Fault]
"""By the row's number in its columns."""


class Contracted:
    """Makes rows of a contract of columns that go by its names."""

    def __init__(self, contract: Contract, options: Files) -> None:
        self._contract = contract
        self._notations = notations(contract, options)
        self._nulls = list(options.nulls)

    def rows(self, columns: Mapping[str, pa.Array], first: int) -> list[Item]:
        """The rows of `columns`, all of one length; `first` is the number of the first."""
        faults: Faults = {}
        made = {name: self._column(self._contract.column(name), found, faults) for name, found in columns.items()}
        if not faults:
            return [*blocks(made, self._contract, first)]
        items: list[Item] = []
        begin = 0
        for end in (*sorted(faults), len(next(iter(columns.values())))):
            if end > begin:
                between = {name: found.slice(begin, end - begin) for name, found in made.items()}
                items += blocks(between, self._contract, first + begin)
            begin = end + 1
        return items + _rejects(columns, faults, first)

    def _column(self, column: Column, found: pa.Array, faults: Faults) -> pa.Array:
        if pa.types.is_timestamp(found.type):
            return _moments(column, found)
        if pa.types.is_dictionary(found.type) and _is_one(found.type.value_type, _BYTES):
            found = found.dictionary_decode()
        if _is_one(found.type, _BYTES):
            found = _decoded(column.name, found, faults)
        notation = self._notations.get(column.name)
        reads_numbers = notation is not None and notation.reads_numbers
        if not (notation or self._nulls):
            return found
        if pa.types.is_dictionary(found.type):
            found = found.dictionary_decode()
        if not (_is_one(found.type, _TEXTS) or (reads_numbers and pa.types.is_integer(found.type))):
            return found
        found = found.cast(pa.string())
        if self._nulls:
            found = pc.if_else(pc.is_in(found, pa.array(self._nulls, pa.string())), pa.scalar(None, pa.string()), found)
        if not notation:
            return found
        plain, wrong = plain_texts(column.name, found, notation)
        for at, error in wrong.items():
            faults.setdefault(at, Fault(str(error), column.name))
        return plain


def _is_one(kind: pa.DataType, kinds: tuple[Any, ...]) -> bool:
    return any(is_one(kind) for is_one in kinds)


def _moments(column: Column, found: pa.Array) -> pa.Array:
    """Timestamps as their column needs them; in UTC, since an offset in text has no seconds."""
    if column.type == "date":
        return _midnights_as_dates(found)
    return found.cast(pa.timestamp(found.type.unit)) if column.type == "timestamp" else found


def _midnights_as_dates(moments: pa.Array) -> pa.Array:
    """Midnights, where they were taken, as dates: many programs know no dates alone. Other moments stay, as text."""
    zone = moments.type.tz
    # nanoseconds end in 2262: the last hours of them have no local time
    coarse = moments.cast(pa.timestamp("us", zone), safe=False) if moments.type.unit == "ns" else moments
    local = pc.local_timestamp(coarse) if zone else coarse
    days = local.cast(pa.date32(), safe=False)
    is_midnight = pc.and_(pc.equal(days.cast(local.type), local), pc.equal(coarse.cast(moments.type), moments))
    if pc.all(is_midnight).as_py() is not False:
        return days
    return pc.if_else(is_midnight, days.cast(pa.string()), moments.cast(pa.string()))


def _decoded(name: str, values: pa.Array, faults: Faults) -> pa.Array:
    """Bytes that some programs write for text, as text in UTF-8; null where they are not."""
    try:
        return values.cast(pa.string())
    except pa.ArrowInvalid:
        texts: list[str | None] = []
        for at, value in enumerate(values.to_pylist()):
            try:
                texts.append(None if value is None else value.decode())
            except UnicodeDecodeError:
                texts.append(None)
                faults.setdefault(at, Fault(f"{name} is {value[:20]!r}, which is not text in UTF-8", name))
        return pa.array(texts, pa.string())


def _rejects(columns: Mapping[str, pa.Array], faults: Faults, first: int) -> list[Item]:
    """The rows with faults as they came."""
    order = sorted(faults)
    lines = arrays([found.take(pa.array(order)) for found in columns.values()]).decode().removesuffix("\n").split("\n")
    return [
        Reject("parse", f"row {first + at}: {faults[at].reason}", line, first + at, faults[at].column)
        for at, line in zip(order, lines, strict=True)
    ]
