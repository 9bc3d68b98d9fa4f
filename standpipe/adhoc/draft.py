"""The draft of a dataset, read from the table that the crawler made of ad-hoc files.

The catalogue has names and Hive types. What the texts are is read from the data.
"""

import re
from dataclasses import dataclass
from typing import Final

from cdk.config import AD_HOC_PREFIX
from schemas.folders import AD_HOC
from standpipe.adhoc import texts
from standpipe.adhoc.columns import Found, named
from standpipe.connection import Connection

_MOMENTS: Final = ("date", "timestamp")


class NewContractError(Exception):
    """No contract can be made; the message says why and what would help."""


@dataclass(frozen=True)
class Draft:
    """What is known about a dataset before its key and partition are chosen.

    `empty_is_null`: empty texts in the files are missing values, which their format does not say. `hints` are what
    texts may be that remain.
    """

    dataset: str
    table: str
    location: str
    columns: tuple[Found, ...]
    folder_keys: tuple[str, ...]
    is_json: bool = False
    empty_is_null: bool = False
    hints: tuple[str, ...] = ()

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
    library = storage["SerdeInfo"]["SerializationLibrary"].lower()
    is_json, is_csv = "json" in library, "csv" in library or "lazysimple" in library
    columns = named([(each["Name"], each["Type"]) for each in storage["Columns"]], is_json)
    columns, has_empties = texts.with_types(connection, table, columns)
    return Draft(
        dataset or plain,
        table,
        storage["Location"],
        columns,
        tuple(each["Name"] for each in described.get("PartitionKeys", [])),
        is_json,
        has_empties and not is_csv,
        tuple(texts.hints(connection, table, columns)),
    )
