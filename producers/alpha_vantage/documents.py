"""From a series to the leaves of a document nested as the contract says, under the contract's own column names."""

from collections.abc import Iterator, Mapping

import msgspec

from delivery.packing import Leaf
from producers.alpha_vantage.outcomes import Series, field_name
from producers.partitioning import partition_of
from schemas.contract import Contract


def leaves(series: Series, path: tuple[str, ...], contract: Contract) -> Iterator[Leaf]:
    """One leaf for each date, in the series' order; `path` are the keys above the dates.

    Fields that no column accepts are left out; values stay the text that the service sent.
    """
    columns = _columns(contract)
    for date, fields in series.items():
        row = msgspec.json.encode(_renamed(fields, columns) if isinstance(fields, Mapping) else fields)
        yield Leaf(partition_of(date, contract.partition), (*path, date), row)


def _renamed(fields: Mapping[str, object], columns: Mapping[str, str]) -> dict[str, object]:
    """A field's exact name counts before its name without the number."""
    named = {columns[key]: value for field, value in fields.items() if (key := field_name(field)) in columns}
    return named | {columns[field]: value for field, value in fields.items() if field in columns}


def _columns(contract: Contract) -> dict[str, str]:
    """Accepted names, with and without their numbers, to the column's name."""
    accepted = [(name, column.name) for column in contract.columns for name in column.accepted_names]
    return {field_name(name): column for name, column in accepted} | dict(accepted)
