"""The database `information_schema`: what the catalogue holds, as tables.

https://docs.aws.amazon.com/athena/latest/ug/querying-glue-catalog.html
"""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from local.athena.catalogue.glue import CATALOGUE, Catalogue, Column, Table
from local.athena.errors import QueryError
from local.athena.types import arrow_field, trino_type

SCHEMA = "information_schema"
_TABLES = {
    "schemata": ("catalog_name", "schema_name"),
    "tables": ("table_catalog", "table_schema", "table_name", "table_type"),
    "views": ("table_catalog", "table_schema", "table_name", "view_definition"),
    "columns": (
        "table_catalog",
        "table_schema",
        "table_name",
        "column_name",
        "ordinal_position",
        "column_default",
        "is_nullable",
        "data_type",
        "comment",
        "extra_info",
    ),
}


def information_columns(name: str) -> list[Column]:
    """The columns of the table of this name; empty when there is none."""
    return [Column(each, "bigint" if each == "ordinal_position" else "string") for each in _TABLES.get(name, ())]


def information(catalogue: Catalogue, name: str) -> pa.Table:
    """The rows of the table of this name."""
    schema = pa.schema([arrow_field(each) for each in information_columns(name)])
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in _rows(catalogue, name)], schema)


def _rows(catalogue: Catalogue, name: str) -> Iterator[tuple[Any, ...]]:
    if name == "schemata":
        yield from ((CATALOGUE, database) for database in catalogue.databases())
        return
    for database in catalogue.databases():
        for table in catalogue.tables(database):
            start = (CATALOGUE, database, table.name)
            if name == "tables":
                yield (*start, "BASE TABLE" if table.view_sql is None else "VIEW")
            elif name == "views" and table.view_sql is not None:
                yield (*start, table.view_sql)
            elif name == "columns":
                yield from ((*start, *row) for row in _columns(table))


def _columns(table: Table) -> Iterator[tuple[Any, ...]]:
    for position, column in enumerate((*table.columns, *table.partition_keys), 1):
        extra = "partition key" if position > len(table.columns) else None
        yield column.name, position, None, "YES", _type(column), column.comment, extra


def _type(column: Column) -> str:
    try:
        return str(trino_type(column.type))
    except QueryError:
        return column.type
