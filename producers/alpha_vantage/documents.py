"""From a series to rows under the contract's own column names, then to leaves of the nested document they travel in."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from delivery.rows import Leaf
from producers.alpha_vantage.outcomes import Data, field_name
from producers.partitioning import partition_of
from schemas.contract import Contract

Rows = Mapping[str, object]
"""Date, or date and time in UTC, to a row: its values by column name, still the text that the service sent."""
_DATE_CHARS = len("2010-01-04")


def rows(data: Data, contract: Contract) -> Rows:
    """The rows of a series, in its order. Fields that no column accepts are left out.

    A row that is not an object and a key that is not a date stay as they came: the transform says what is wrong.
    """
    columns = _columns(contract)
    return {
        _in_utc(key, data.zone): _renamed(fields, columns) if isinstance(fields, Mapping) else fields
        for key, fields in data.series.items()
    }


def leaves(found: Rows, path: tuple[str, ...], contract: Contract) -> Iterator[Leaf]:
    """One leaf for each row; `path` are the keys above the dates."""
    for key, row in found.items():
        yield Leaf(partition_of(key, contract.partition), (*path, key), msgspec.json.encode(row))


def has_time(key: str) -> bool:
    """Whether the key of a row is a date and a time."""
    return len(key) > _DATE_CHARS


def is_zone(name: str) -> bool:
    """Whether times of the zone can be moved to UTC."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):  # an empty name is a folder
        return False
    return True


def _in_utc(key: str, zone: str) -> str:
    """A date and time moved from the series' `zone` to UTC; a date stays the exchange's own."""
    if not has_time(key) or zone == "UTC":
        return key
    try:
        moment = datetime.fromisoformat(key).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return key
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _renamed(fields: Mapping[str, object], columns: Mapping[str, str]) -> dict[str, object]:
    """A field's exact name counts before its name without the number."""
    named = {columns[key]: value for field, value in fields.items() if (key := field_name(field)) in columns}
    return named | {columns[field]: value for field, value in fields.items() if field in columns}


def _columns(contract: Contract) -> dict[str, str]:
    """Accepted names, with and without their numbers, to the column's name."""
    accepted = [(name, column.name) for column in contract.columns for name in column.accepted_names]
    return {field_name(name): column for name, column in accepted} | dict(accepted)
