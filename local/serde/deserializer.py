"""A deserializer over the columns of a table: which JSON key fills each column, and how it is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from local.serde import hive_json, openx
from local.serde.columns import Columns
from local.serde.json_values import Coercer
from local.serde.options import HiveJson, OpenX


@dataclass(frozen=True)
class Deserializer:
    """A key and a reader for each column."""

    keys: list[str]
    readers: list[Coercer]
    folded: Callable[[str], str]
    """Normalizes a document's key before it is looked up in `keys`."""
    keys_of: Callable[[Sequence[str]], list[str]]
    """The keys of a struct's members."""


def deserializer_of(columns: Columns, options: OpenX | HiveJson) -> Deserializer:
    """The SerDe that `options` are for, over these columns."""
    if isinstance(options, OpenX):
        return Deserializer(
            keys=openx.keys_of(columns.names, options),
            readers=[openx.coercer(hive, options) for hive in columns.types],
            folded=openx.key_of(options),
            keys_of=lambda names: openx.keys_of(names, options),
        )
    return Deserializer(
        keys=hive_json.keys_of(columns.names),
        readers=[hive_json.coercer(hive, options) for hive in columns.types],
        folded=hive_json.key_of,
        keys_of=hive_json.keys_of,
    )
