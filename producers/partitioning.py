"""Which partition a row belongs to, from the raw text of its partition column.

The transform decides what a date is; here the text only has to be clear enough to sort rows into records. What is not
clear travels in records of its own, where the transform can refuse it without holding up its neighbours.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from schemas.contract import PARTITION_CHARS, Contract, Partition, Unit
from schemas.paths import found_at

_DAY: Final = PARTITION_CHARS["day"]
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_OFFSET: Final = re.compile(r"[+-]\d{2}:?\d{2}$", re.ASCII)


def partition_of(value: object, partition: Partition | None) -> str | None:
    """`2010`, `2010-01` or `2010-01-04` for a date or timestamp in ISO text, in UTC; None where it is not clear."""
    if partition is None or not isinstance(value, str):
        return None
    found = _of_day(value[:_DAY], partition.unit)
    if found and len(value) > _DAY and _OFFSET.search(value, _DAY):
        return _of_day(_in_utc(value)[:_DAY], partition.unit)
    return found


@lru_cache(maxsize=2**15)  # 90 years of days
def _of_day(day: str, unit: Unit) -> str | None:
    return day[: PARTITION_CHARS[unit]] if _DATE.match(day) else None


def partition_in(row: dict[str, Any], contract: Contract) -> str | None:
    """The partition of a row by any name that its partition column may come under."""
    if contract.partition is None:
        return None
    names = contract.column(contract.partition.by).accepted_names
    values = (found_at(row, name, inner_object) for name in names)
    return partition_of(next((value for value in values if value is not None), None), contract.partition)


def inner_object(value: object) -> dict[str, Any] | None:
    """The fields of a value that is an object, for `schemas.paths`."""
    return value if isinstance(value, dict) else None


def _in_utc(text: str) -> str:
    """`text` moved to UTC; empty when it is not a timestamp."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return ""
