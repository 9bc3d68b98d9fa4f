"""The draft of a dataset, read from the table that the crawler made of ad-hoc files.

The catalogue has names and Hive types. Which texts are dates is read from the data.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, get_args

from cdk.config import AD_HOC_PREFIX
from schemas.contract import DELETED, LINEAGE, UNPARTITIONED, ColumnType, Unit
from schemas.folders import AD_HOC
from standpipe.connection import Connection

_TYPES: Final[dict[str, ColumnType]] = {
    "tinyint": "int", "smallint": "int", "int": "int", "bigint": "bigint", "float": "double", "double": "double",
    "boolean": "boolean", "date": "date", "timestamp": "timestamp", "string": "string",
}  # fmt: skip
_NESTED: Final = ("struct<", "array<", "map<", "binary")
_MOMENTS: Final = ("date", "timestamp")
_TAKEN: Final = {UNPARTITIONED, *(column.name for column in (*LINEAGE, DELETED)), *get_args(Unit)}
"""Names that a contract's columns may not have: they are added to every dataset, or name its partition."""
_NAME_CHARS: Final = 63
_DAY: Final = r"^\d{4}-\d{2}-\d{2}$"
_MOMENT: Final = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?$"
"""The forms of dates and timestamps; a cast checks that they exist."""


class NewContractError(Exception):
    """No contract can be made; the message says why and what would help."""


@dataclass(frozen=True)
class Found:
    """A column of the ad-hoc table. `original` is its name there, `type` None if a contract cannot hold it."""

    name: str
    original: str
    hive: str
    type: ColumnType | None


@dataclass(frozen=True)
class Draft:
    """What is known about a dataset before its key and partition are chosen."""

    dataset: str
    table: str
    location: str
    columns: tuple[Found, ...]
    folder_keys: tuple[str, ...]

    @property
    def usable(self) -> list[Found]:
        return [column for column in self.columns if column.type is not None]

    @property
    def moments(self) -> list[str]:
        """Columns that rows can be partitioned by."""
        return [column.name for column in self.columns if column.type in _MOMENTS]


def draft(connection: Connection, ad_hoc: str, dataset: str | None) -> Draft:
    """The columns of the table of `drop/adhoc/<ad_hoc>/`, for a dataset of that name unless another is given.

    Raises `NewContractError` and `QueryError`.
    """
    glue, database = connection.client("glue"), connection.environment.database
    plain = re.sub(r"[^a-z0-9_]", "_", ad_hoc.lower())  # as crawlers name tables
    table = f"{AD_HOC_PREFIX}{plain}"
    try:
        described = glue.get_table(DatabaseName=database, Name=table)["Table"]
    except glue.exceptions.EntityNotFoundException:
        raise NewContractError(
            f"table {table} does not exist: drop files under {AD_HOC}{ad_hoc}/, then run `standpipe crawl`"
        ) from None
    storage = described["StorageDescriptor"]
    columns = _named([(each["Name"], each["Type"]) for each in storage["Columns"]])
    keys = tuple(each["Name"] for each in described.get("PartitionKeys", []))
    return Draft(dataset or plain, table, storage["Location"], _dated(connection, table, columns), keys)


def _named(columns: Sequence[tuple[str, str]]) -> tuple[Found, ...]:
    """Names that a contract may have: `Trade ID` becomes `trade_id`, a second one `trade_id_2`."""
    found: list[Found] = []
    for original, hive in columns:
        plain = re.sub(r"[^a-z0-9]+", "_", original.lower()).strip("_") or "column"
        if not plain[0].isalpha() or plain in _TAKEN:
            plain = f"column_{plain}"
        plain, name, number = plain[: _NAME_CHARS - 4], plain[:_NAME_CHARS], 2
        while name in {column.name for column in found}:
            name, number = f"{plain}_{number}", number + 1
        found.append(Found(name, original, hive, _type(hive)))
    return tuple(found)


def _type(hive: str) -> ColumnType | None:
    if hive.startswith("decimal("):
        return "decimal"
    if hive.startswith(("char(", "varchar(")):
        return "string"
    return None if hive.startswith(_NESTED) else _TYPES.get(hive)


def _dated(connection: Connection, table: str, columns: tuple[Found, ...]) -> tuple[Found, ...]:
    """The same columns; those of texts that are all dates, or all timestamps to the transform, get that type."""
    texts = [column for column in columns if column.type == "string"]
    if not texts:
        return columns
    counts = ", ".join(
        f"count({name}), count_if(regexp_like({name}, '{_DAY}') AND try_cast({name} AS date) IS NOT NULL), "
        f"count_if(regexp_like({name}, '{_MOMENT}') "
        f"AND try_cast(replace(substr({name}, 1, 19), 'T', ' ') AS timestamp) IS NOT NULL)"
        for name in (quoted(column.original) for column in texts)
    )
    (row,) = connection.query(f'SELECT {counts} FROM "{table}"').rows
    numbers = iter(int(cell or 0) for cell in row)
    kinds: dict[str, ColumnType] = {}
    for column in texts:
        values, days, moments = next(numbers), next(numbers), next(numbers)
        kinds[column.name] = "date" if values == days > 0 else "timestamp" if values == moments > 0 else "string"
    return tuple(Found(each.name, each.original, each.hive, kinds.get(each.name, each.type)) for each in columns)


def quoted(name: str) -> str:
    """An identifier of Athena's SQL."""
    return '"' + name.replace('"', '""') + '"'
