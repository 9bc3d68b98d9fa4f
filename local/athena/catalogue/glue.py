"""The Glue catalogue as a query sees it."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from local.athena.clients import Glue
from local.pages import pages

CATALOGUE = "awsdatacatalog"
_VIEW_START, _VIEW_END = "/* Presto View: ", " */"


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    comment: str | None = None


@dataclass(frozen=True)
class Table:
    """A table, or a view when `view_sql` is set; its names are then looked up in the database `view_schema`.

    `view_columns` have Trino's types. A view of another engine, e.g. Hive, is listed but cannot be queried.
    """

    database: str
    name: str
    columns: Sequence[Column]
    partition_keys: Sequence[Column]
    location: str
    parameters: Mapping[str, str]
    serde: str
    view_sql: str | None = None
    view_schema: str = ""
    view_columns: Sequence[Column] = ()
    is_foreign_view: bool = False
    serde_parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Partition:
    """A registered partition: its values in the order of the table's keys, and where its files are."""

    values: Sequence[str]
    location: str


class Catalogue:
    """Reads databases, tables and partitions; None or an empty list when Glue knows none."""

    def __init__(self, glue: Glue) -> None:
        self._glue = glue

    def databases(self) -> list[str]:
        return sorted(each["Name"] for each in pages(self._glue.get_databases, "DatabaseList"))

    def tables(self, database: str) -> list[Table]:
        found = pages(self._glue.get_tables, "TableList", DatabaseName=database.lower())
        return sorted((table_of(each, database) for each in found), key=lambda table: table.name)

    def table(self, database: str, name: str) -> Table | None:
        try:
            answer = self._glue.get_table(DatabaseName=database.lower(), Name=name.lower())
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        return table_of(answer["Table"], database.lower())

    def partitions(self, table: Table) -> list[Partition]:
        found = pages(self._glue.get_partitions, "Partitions", DatabaseName=table.database, TableName=table.name)
        return [Partition(each["Values"], each.get("StorageDescriptor", {}).get("Location", "")) for each in found]


def is_missing(error: ClientError) -> bool:
    """Whether Glue reports that the database or table does not exist."""
    return bool(error.response["Error"]["Code"] == "EntityNotFoundException")


def table_of(described: Mapping[str, Any], database: str) -> Table:
    """Glue's description of a table as a value."""
    storage = described.get("StorageDescriptor", {})
    return Table(
        database=database,
        name=described["Name"].lower(),
        columns=_columns(storage.get("Columns", [])),
        partition_keys=_columns(described.get("PartitionKeys", [])),
        location=storage.get("Location", ""),
        parameters=described.get("Parameters", {}),
        serde=storage.get("SerdeInfo", {}).get("SerializationLibrary", ""),
        serde_parameters=storage.get("SerdeInfo", {}).get("Parameters", {}),
        **(_view(described, database) if described.get("TableType") == "VIRTUAL_VIEW" else {}),
    )


def view_text(sql: str, database: str, columns: Sequence[Column]) -> str:
    """A view's text as Athena keeps it in Glue; the columns' types are Trino's."""
    view = {
        "originalSql": sql,
        "catalog": CATALOGUE,
        "schema": database,
        "columns": [{"name": column.name, "type": column.type} for column in columns],
    }
    return f"{_VIEW_START}{base64.b64encode(json.dumps(view).encode()).decode()}{_VIEW_END}"


def _view(described: Mapping[str, Any], database: str) -> dict[str, Any]:
    """The members of `Table` that a view has."""
    text = described.get("ViewOriginalText", "").strip()
    if not text.startswith(_VIEW_START.strip()):
        return {"view_sql": text, "is_foreign_view": True}
    encoded = text.removeprefix(_VIEW_START.strip()).removesuffix(_VIEW_END.strip()).strip()
    view = json.loads(base64.b64decode(encoded))
    return {
        "view_sql": view["originalSql"],
        "view_schema": view.get("schema", database),
        "view_columns": [Column(each["name"], each["type"]) for each in view.get("columns", [])],
    }


def _columns(described: Sequence[Mapping[str, str]]) -> list[Column]:
    return [Column(each["Name"].lower(), each.get("Type", "string"), each.get("Comment")) for each in described]
