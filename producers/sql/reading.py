"""A table's rows under the contract's column names, as JSON lines."""

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec
from sqlalchemy import Column as TableColumn
from sqlalchemy import Engine, MetaData, Table, inspect, select
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

from delivery.packing import Row
from producers.partitioning import partition_of
from producers.sql.database import DatabaseError, redacted
from schemas.contract import Contract

ROWS_AT_A_TIME: Final = 5_000
"""Held in memory at once: with a server-side cursor where the driver has one."""
_encoder: Final = msgspec.json.Encoder(decimal_format="number", enc_hook=str)


def rows(engine: Engine, table: str, contract: Contract) -> Iterator[Row]:
    """Every row of `table` (`name` or `schema.name`; a view will do), in the database's order.

    Dates come as ISO text, decimals as exact numbers, NULL as null; columns that the contract does not accept are not
    read. Raises `DatabaseError` when the table or a needed column is missing, and when the database fails.
    """
    try:
        columns = _columns(_reflected(engine, table), contract)
        query = select(*(column.label(name) for name, column in columns.items()))
        texts = {column.name for column in contract.columns if column.type == "string"}
        by = contract.partition.by if contract.partition else ""
        with engine.connect().execution_options(stream_results=True) as connection:
            for part in connection.execute(query).mappings().partitions(ROWS_AT_A_TIME):
                for found in part:
                    row = {name: _value(value, name in texts) for name, value in found.items()}
                    yield Row(partition_of(_text(found.get(by)), contract.partition), _encoder.encode(row))
    except SQLAlchemyError as error:
        raise DatabaseError(redacted(f"{table}: {type(error).__name__}: {error}", engine.url)) from None


def _reflected(engine: Engine, table: str) -> Table:
    schema, _, name = table.rpartition(".")
    try:
        return Table(name, MetaData(), schema=schema or None, autoload_with=engine)
    except NoSuchTableError:
        inspector = inspect(engine)
        there = sorted([*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)])
        raise DatabaseError(f"no table {table!r} in the database; it has {', '.join(there) or 'none'}") from None


def _columns(table: Table, contract: Contract) -> Mapping[str, TableColumn[Any]]:
    """The contract's names of the columns to read; a column that only some rows need may be missing."""
    found = {
        column.name: table.c[accepted]
        for column in contract.columns
        for accepted in reversed(column.accepted_names)
        if accepted in table.c
    }
    needed = [column.name for column in contract.columns if contract.is_required(column)]
    if missing := [name for name in needed if name not in found]:
        there = ", ".join(table.c.keys())
        raise DatabaseError(
            f"table {table.name!r} lacks {', '.join(missing)}; it has {there}; needed: {', '.join(needed)}"
        )
    return found


def _value(value: object, is_text: bool) -> object:
    """`value` for JSON. A NaN stays visible, so that the transform can refuse it: JSON would make it null."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        return str(value)
    return _text(value) if is_text else value


def _text(value: object) -> str | None:
    """A value as JSON would write it, without quotes: ISO for dates; None for NULL."""
    if value is None:
        return None
    return value if isinstance(value, str) else _encoder.encode(value).decode().strip('"')
