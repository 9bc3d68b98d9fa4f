"""The database `information_schema`: what the catalogue holds, as tables.

https://docs.aws.amazon.com/athena/latest/ug/querying-glue-catalog.html
"""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from sqlglot.errors import SqlglotError

from local.athena.catalogue import CATALOGUE, Catalogue, Column, Table
from local.athena.coercion import trino

SCHEMA = "information_schema"
_TEXT = pa.string()
_TABLES = {
    "schemata": {"catalog_name": _TEXT, "schema_name": _TEXT},
    "tables": {"table_catalog": _TEXT, "table_schema": _TEXT, "table_name": _TEXT, "table_type": _TEXT},
    "views": {"table_catalog": _TEXT, "table_schema": _TEXT, "table_name": _TEXT, "view_definition": _TEXT},
    "columns": {
        "table_catalog": _TEXT,
        "table_schema": _TEXT,
        "table_name": _TEXT,
        "column_name": _TEXT,
        "ordinal_position": pa.int64(),
        "column_default": _TEXT,
        "is_nullable": _TEXT,
        "data_type": _TEXT,
        "comment": _TEXT,
        "extra_info": _TEXT,
    },
}


def information(catalogue: Catalogue, name: str) -> pa.Table | None:
    """The table of this name; None when there is none."""
    columns = _TABLES.get(name)
    if columns is None:
        return None
    schema = pa.schema(list(columns.items()))
    return pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in _rows(catalogue, name)], schema)


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
        yield column.name, position, None, "YES", _type(column), None, extra


def _type(column: Column) -> str:
    try:
        return trino(column.type)
    except SqlglotError:
        return column.type
