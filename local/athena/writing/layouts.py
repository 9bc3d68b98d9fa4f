"""How a write's rows are stored, and which of its columns fills which of the table's."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlglot import exp

from local.athena.catalogue.glue import Column, Table
from local.athena.catalogue.storage import TEXTFILE, compression, written_format
from local.athena.engine import Rows
from local.athena.errors import QueryError
from local.athena.trino.types import TIMESTAMP, Type
from local.athena.types import trino_type
from local.athena.writing.coercion import UNKNOWN, check_insertable
from local.athena.writing.options import Options
from local.athena.writing.writer import Layout

Order = Sequence[int | None]
"""For each column of the table, the place of the query's column that fills it; None where it is NULL."""
_NUMBERS = {"tinyint", "smallint", "int", "bigint", "float", "double", "decimal"}
_WRITTEN = _NUMBERS | {"boolean", "string", "varchar", "char", "binary", "date", "timestamp", "array", "map", "struct"}


def new_layout(rows: Rows, asked: Options) -> tuple[Layout, Order]:
    """How a query's rows are stored; raises `QueryError` for columns that no table can have."""
    columns = rows.columns
    check_names(columns)
    for column, kind in zip(columns, rows.types, strict=True):
        _must_be_storable(column)
        _must_have_milliseconds(column.name, kind)
    names = [column.name for column in columns]
    keys = list(asked.partitioned_by)
    if set(keys) - set(names):
        raise QueryError(
            "INVALID_TABLE_PROPERTY", f"Partition columns {sorted(set(keys) - set(names))} not present in schema"
        )
    if keys and names[-len(keys) :] != keys:
        raise QueryError(
            "HIVE_COLUMN_ORDER_MISMATCH",
            "Partition keys must be the last columns in the table and in the same order as the table properties: "
            + ", ".join(keys),
        )
    if len(keys) == len(names):
        raise QueryError("INVALID_TABLE_PROPERTY", "Table contains only partition columns")
    width = len(columns) - len(keys)
    delimiter = {"field.delim": asked.field_delimiter, "serialization.format": asked.field_delimiter}
    serde = delimiter if asked.field_delimiter and asked.stored is TEXTFILE else {}
    stored = compression(asked.stored, asked.compression)
    return Layout(columns[:width], columns[width:], asked.stored, stored, serde), range(len(columns))


def renamed(rows: Rows, names: Sequence[exp.Expr]) -> Rows:
    """The rows with the columns' names that CREATE TABLE lists, if any; raises `QueryError` for too many or too few."""
    if not names:
        return rows
    for name in names:
        if not isinstance(name, exp.Identifier):
            raise QueryError("SYNTAX_ERROR", f"line 1:1: mismatched input. Column {name.name} takes no type here")
    if len(names) != len(rows.columns):
        message = f"Column alias list has {len(names)} entries but relation has {len(rows.columns)} columns"
        raise QueryError("MISMATCHED_COLUMN_ALIASES", f"line 1:1: {message}")
    columns = [Column(name.name.lower(), each.type) for name, each in zip(names, rows.columns, strict=True)]
    return Rows(columns, rows.types, rows.batches)


def check_names(columns: Sequence[Column]) -> None:
    """Raise `QueryError` for columns of a query that no table and no view can have."""
    names = [column.name for column in columns]
    for index, name in enumerate(names):
        if name == f"_col{index}":
            raise QueryError("MISSING_COLUMN_NAME", f"line 1:1: Column name not specified at position {index + 1}")
        if names.count(name) > 1:
            raise QueryError("DUPLICATE_COLUMN_NAME", f"line 1:1: Column name '{name}' specified more than once")


def _must_be_storable(column: Column) -> None:
    if column.type == UNKNOWN:
        raise QueryError("COLUMN_TYPE_UNKNOWN", f"line 1:1: Column type is unknown: {column.name}")
    for part in re.split("[<>,]", re.sub(r"\(.*?\)", "", column.type)):
        kind = part.rpartition(":")[2]
        if kind and kind not in _WRITTEN:
            raise QueryError("NOT_SUPPORTED", f"Unsupported Hive type: {kind}")


def _must_have_milliseconds(name: str, kind: Type) -> None:
    if kind.name == "timestamp" and kind != TIMESTAMP:
        message = f"Incorrect timestamp precision for {kind}; the configured precision is MILLISECONDS"
        raise QueryError("NOT_SUPPORTED", f"{message}; column name: {name}")
    for inner in kind.inner:
        _must_have_milliseconds(name, inner)


def table_layout(table: Table, described: Mapping[str, Any]) -> Layout:
    """How rows are added to a table that Glue describes so; raises `QueryError` when that cannot be done here."""
    stored = written_format(table.serde)
    declared = (table.parameters.get(name) for name in ("write.compression", "parquet.compression", "orc.compress"))
    serde = dict(described["StorageDescriptor"].get("SerdeInfo", {}).get("Parameters", {}))
    asked = compression(stored, next((each for each in declared if each), None))
    return Layout(table.columns, table.partition_keys, stored, asked, serde)


def inserted_types(layout: Layout, named: Sequence[str], query: Sequence[Type]) -> list[Type]:
    """The types that the columns of a query become in the table's named columns, or in all; raises `QueryError`."""
    table = _types(layout)
    for name in named:
        if name not in table:
            raise QueryError("COLUMN_NOT_FOUND", f"line 1:1: Insert column name does not exist in target table: {name}")
        if named.count(name) > 1:
            raise QueryError(
                "DUPLICATE_COLUMN_NAME", f"line 1:1: Insert column name is specified more than once: {name}"
            )
    wanted = [trino_type(table[name]) for name in named or table]
    check_insertable(wanted, query)
    return wanted


def order(layout: Layout, named: Sequence[str]) -> Order:
    """For each column of the table, the query's column that fills it."""
    table = _types(layout)
    names = list(named) or list(table)
    return [names.index(name) if name in names else None for name in table]


def _types(layout: Layout) -> dict[str, str]:
    return {column.name: column.type for column in (*layout.columns, *layout.keys)}
