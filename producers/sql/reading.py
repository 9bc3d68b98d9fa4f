"""Rows of the database as arrays of values, in the order of the contract's column names they are asked for by."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from itertools import chain, repeat
from operator import itemgetter
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select

from delivery.header import Format
from delivery.rows import Row
from producers.partitioning import partition_of
from producers.sql.drift import Kind
from schemas.contract import Contract, Partition

ROWS_AT_A_TIME: Final = 5_000
"""Fetched and held in memory at once, with a server-side cursor where the database has one."""
_encoder: Final = msgspec.json.Encoder(decimal_format="number", enc_hook=str)
Values = Sequence[Any]


def parts(connection: Connection, query: Select[Any]) -> Iterator[Sequence[Values]]:
    """The rows of `query` as the driver gives them, `ROWS_AT_A_TIME`. Raises the driver's errors."""
    with connection.execute(query, execution_options={"stream_results": True}) as result:
        if (first := result.fetchone()) is None:
            return
        yield [tuple(first)]  # SQLAlchemy has fetched it already; its rows take half as long again as the driver's
        while part := result.cursor.fetchmany(ROWS_AT_A_TIME):
            yield part


def fetched(connection: Connection, query: Select[Any]) -> Iterator[Values]:
    """The rows of `query` one by one."""
    return chain.from_iterable(parts(connection, query))


class Encoder:
    """Makes rows of what the driver gives for the contract's columns `names`, which in the database are of `kinds`.

    Dates become ISO text, decimals exact numbers, NULL null. A NaN stays visible, so that the transform can refuse it:
    JSON would make it null.
    """

    def __init__(self, contract: Contract, names: Sequence[str], kinds: Mapping[str, Kind]) -> None:
        self._format = Format(tuple(names))
        repairs = [(number, _repair(contract, name, kinds[name])) for number, name in enumerate(names)]
        self._repairs = [(number, repair) for number, repair in repairs if repair]
        by = contract.partition.by if contract.partition else ""
        self._by = names.index(by) if by in names else None
        self._partition = contract.partition

    def rows(self, part: Sequence[Values]) -> list[Row]:
        """A row for each; its partition is None where it has none or it is not clear."""
        return list(map(Row, self._partitions(part), self._lines(part), repeat(self._format)))

    def _lines(self, part: Sequence[Values]) -> list[bytes]:
        encode = _encoder.encode
        if self._repairs:
            return [encode(self._repaired(values)) for values in part]
        lines = list(map(encode, part))
        for number, text in enumerate(lines):
            if b"NaN" in text or b"Infinity" in text:  # of a Decimal, or a word in a text
                lines[number] = encode(list(map(_finite, part[number])))
        return lines

    def _repaired(self, values: Values) -> list[Any]:
        repaired = list(values)
        for number, repair in self._repairs:
            repaired[number] = repair(repaired[number])
        return repaired

    def _partitions(self, part: Sequence[Values]) -> Iterable[str | None]:
        by, partition = self._by, self._partition
        return repeat(None) if by is None else [_partition(values[by], partition) for values in part]


def picked(names: Sequence[str], wanted: Sequence[str]) -> Callable[[Values], tuple[Any, ...]]:
    """A function that takes the values of the columns `wanted` out of those of `names`."""
    positions = [names.index(name) for name in wanted]
    if len(positions) == 1:
        return lambda values: (values[positions[0]],)
    return itemgetter(*positions)


def named(names: Iterable[str], values: Iterable[object]) -> str:
    """`updated_at=2026-11-24 01:00:00, id=7`."""
    return ", ".join(f"{name}={value}" for name, value in zip(names, values, strict=True))


def _repair(contract: Contract, name: str, kind: Kind) -> Callable[[Any], Any] | None:
    """What a value needs before it is encoded; None where nothing can be wrong with it."""
    if contract.column(name).type == "string":
        return None if kind == "text" else _text
    return _finite if kind in ("float", "unknown", "other") else None


def _partition(value: object, partition: Partition | None) -> str | None:
    if isinstance(value, datetime) and _is_utc(value.tzinfo):
        value = value.date()
    return _partition_of_day(value, partition) if isinstance(value, date) else partition_of(_text(value), partition)


@lru_cache(maxsize=4096)
def _partition_of_day(value: object, partition: Partition | None) -> str | None:
    return partition_of(_text(value), partition)


@lru_cache(maxsize=16)
def _is_utc(zone: tzinfo | None) -> bool:
    """Sessions are in UTC, which drivers spell in several ways; times without a zone are taken for it."""
    return zone is None or zone is UTC or str(zone) in ("UTC", "Etc/UTC")


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
