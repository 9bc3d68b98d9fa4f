"""Which partition rows belong to, in the table's own words: `2010`, `2010-01` or `2010-01-04`."""

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from schemas.contract import PARTITION_CHARS, Unit
from transforms.checks import Broken

Today = Callable[[], date]
"""Gives the day, in UTC."""


def utc_today() -> date:
    """The day of the clock."""
    return datetime.now(UTC).date()


def partition_value(value: Any, unit: Unit) -> str:
    """The partition of a date or of a timestamp's landed text."""
    return str(value)[: PARTITION_CHARS[unit]]


@lru_cache(maxsize=256)
def calendar(partition: str, unit: Unit) -> frozenset[str]:
    """Every day of `partition` as `yyyy-MM-dd`; raises ValueError when there is no such partition."""
    day = date.fromisoformat((partition + "-01-01")[: len("2010-01-01")])
    days = []
    while (text := day.isoformat())[: PARTITION_CHARS[unit]] == partition:
        days.append(text)
        if day == date.max:
            break
        day += timedelta(days=1)
    return frozenset(days)


def common_partition(days: Collection[str], unit: Unit) -> str | None:
    """The one partition of all `days`; None when there are several, none, or one of them is not `yyyy-MM-dd`."""
    if not days:
        return None
    partition = next(iter(days))[: PARTITION_CHARS[unit]]
    try:
        return partition if calendar(partition, unit).issuperset(days) else None
    except ValueError:
        return None


def outside(column: str, value: Any, known: tuple[str, str], unit: Unit) -> Broken | None:
    """Why a row is refused that would land where its table never looks."""
    first, last = known
    if first <= partition_value(value, unit) <= last:
        return None
    valid = f"{unit}s from {first} to {last}"
    return Broken("type", f"{column} is {str(value)!r}, outside the table's partitions; valid: {valid}", column)
