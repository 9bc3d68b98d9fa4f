"""Which columns rows that are JSON objects do not fill, and which of their fields no column takes."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import msgspec

from delivery.rows import Block, Leaf, Row
from producers.files.formats.documents.objects import inner_fields
from producers.files.formats.naming import drift_of
from producers.loading import Item
from schemas.contract import Contract

_LOOKED_AT: Final = 1000
"""Rows: those of a file are alike."""

_DEEPEST: Final = 8
"""Objects in which the fields of a row are looked for."""

Fields = dict[str, msgspec.Raw]
_fields: Final = msgspec.json.Decoder(Fields)


def drift(items: Sequence[Item], contract: Contract) -> str:
    """What a load says of rows of which none has some column, while one has a field that no column takes.

    Without such a field nothing is said: many programs leave out fields without a value.
    """
    rows = list(islice(_rows(items, contract), _LOOKED_AT))
    columns = {name: column.name for column in contract.columns for name in column.accepted_names}
    paths = dict.fromkeys(path for row in rows for path in _paths(row))
    found = {columns[path] for path in paths if path in columns}
    others = [path for path in paths if path not in columns]
    first = "the first row" if len(rows) == 1 else f"the first {len(rows):,} rows"
    return drift_of(found, others, contract, first) if others else ""


def _rows(items: Sequence[Item], contract: Contract) -> Iterator[Fields]:
    """The rows as objects, with the columns that are keys of a document."""
    keys = {name: msgspec.Raw(b"null") for name in contract.nest}
    for item in items:
        if isinstance(item, Row | Block):
            yield from map(_fields.decode, item.data.splitlines())
        elif isinstance(item, Leaf):
            rows = [msgspec.Raw(item.data)] if len(item.path) == len(contract.nest) else _inner(item.data).values()
            yield from ({**keys, **_inner(row)} for row in rows)


def _paths(fields: Fields, above: str = "") -> Iterator[str]:
    """The fields by name, those of objects inside by path."""
    for name, value in fields.items():
        if above.count(".") < _DEEPEST and (inner := _inner(value)):
            yield from _paths(inner, f"{above}{name}.")
        else:
            yield f"{above}{name}"


def _inner(value: bytes | msgspec.Raw) -> Fields:
    """The fields of a value that is an object; of any other, none."""
    return inner_fields(value) or {}
