"""Rows of the database as JSON lines under the contract's column names."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select

from delivery.packing import Row
from producers.partitioning import partition_of
from schemas.contract import ColumnType, Contract, Partition

ROWS_AT_A_TIME: Final = 5_000
"""Fetched and held in memory at once, with a server-side cursor where the database has one."""
_encoder: Final = msgspec.json.Encoder(decimal_format="number", enc_hook=str)
Values = Sequence[Any]


def fetched(connection: Connection, query: Select[Any]) -> Iterator[Values]:
    """The rows of `query` as they come, `ROWS_AT_A_TIME` in memory."""
    options = {"stream_results": True, "yield_per": ROWS_AT_A_TIME}
    with connection.execute(query, execution_options=options) as result:
        for part in result.partitions(ROWS_AT_A_TIME):
            yield from part


class Encoder:
    """Makes rows of what the driver gives for the contract's columns `names`.

    Dates become ISO text, decimals exact numbers, NULL null. A NaN stays visible, so that the transform can refuse it:
    JSON would make it null.
    """

    def __init__(self, contract: Contract, names: Sequence[str]) -> None:
        fields = [(f"c{number}", Any, msgspec.field(name=name)) for number, name in enumerate(names)]
        self._line = msgspec.defstruct("Line", fields, gc=False)
        self._repairs = [
            (number, _REPAIRS.get(contract.column(name).type, _finite)) for number, name in enumerate(names)
        ]
        by = contract.partition.by if contract.partition else ""
        self._by = names.index(by) if by in names else None
        self._partition = contract.partition

    def row(self, values: Values) -> Row:
        """The row; its partition is None where there is none or it is not clear."""
        repaired = list(values)
        for number, repair in self._repairs:
            repaired[number] = repair(repaired[number])
        partition = None if self._by is None else _partition(values[self._by], self._partition)
        return Row(partition, _encoder.encode(self._line(*repaired)))


def picked(names: Sequence[str], wanted: Sequence[str]) -> Callable[[Values], tuple[Any, ...]]:
    """A function that takes the values of the columns `wanted` out of those of `names`."""
    positions = [names.index(name) for name in wanted]
    if len(positions) == 1:
        return lambda values: (values[positions[0]],)
    return itemgetter(*positions)


def named(names: Iterable[str], values: Iterable[object]) -> str:
    """`updated_at=2026-11-24 01:00:00, id=7`."""
    return ", ".join(f"{name}={value}" for name, value in zip(names, values, strict=True))


def _partition(value: object, partition: Partition | None) -> str | None:
    if isinstance(value, datetime) and (value.tzinfo is None or not value.utcoffset()):
        value = value.date()
    return _partition_of_day(value, partition) if isinstance(value, date) else partition_of(_text(value), partition)


@lru_cache(maxsize=4096)
def _partition_of_day(value: object, partition: Partition | None) -> str | None:
    return partition_of(_text(value), partition)


def _text(value: Any) -> Any:
    """A value as JSON would write it, without quotes: ISO for dates; None for NULL."""
    if value is None or type(value) is str:
        return value
    finite = _finite(value)
    return finite if isinstance(finite, str) else _encoder.encode(value).decode().strip('"')


def _finite(value: Any) -> Any:
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        return str(value)
    return value


def _same(value: Any) -> Any:
    return value


_REPAIRS: Final[dict[ColumnType, Callable[[Any], Any]]] = {"string": _text}
