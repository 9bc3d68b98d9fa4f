"""What a contract's rows are read from: a table, a view, or the result of a query."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnClause,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Tuple,
    and_,
    bindparam,
    column,
    inspect,
    not_,
    or_,
    select,
    table,
    text,
    tuple_,
    types,
)  # fmt: skip
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import NoSuchTableError

from producers.sql.database import DatabaseError
from producers.sql.drift import Found, Kind, compare, source_names
from schemas.contract import Contract
from schemas.sql import Sql


@dataclass(frozen=True)
class Relation:
    """Where the rows are. `names` are the contract's columns that are there, each with its name in the database.

    `kinds` says what the driver gives for each of them; SQLite gives what was stored, whatever the column's type.
    `order` are the contract's columns by which rows are read: the watermark, if there is one, then the key.
    """

    name: str
    rows: FromClause
    names: dict[str, str]
    kinds: dict[str, Kind]
    order: tuple[str, ...]
    in_utc: frozenset[str]
    """Columns whose times are in UTC, although the driver gives them without a zone."""
    compares_rows: bool
    """Whether the database finds `(a, b) > (x, y)` in an index; MySQL does not, and is asked in longer words."""
    warnings: tuple[str, ...]

    def select(self, names: Sequence[str]) -> Select[Any]:
        """SELECT of the contract's columns `names`, as the driver gives them."""
        return select(*(self.column(name) for name in names)).select_from(self.rows)

    def column(self, name: str) -> ColumnClause[Any]:
        """The contract's column `name`."""
        found: ColumnClause[Any] = self.rows.c[self.names[name]]  # type: ignore[assignment]
        return found

    def after(self, names: Sequence[str], values: Sequence[object]) -> ColumnElement[bool]:
        """The condition that a row comes after `values` in the order of `names`."""
        if self.compares_rows:
            return self._tuple(names) > tuple_(*map(sent, values))
        first = self.column(names[0])
        beyond = first > sent(values[0])
        return or_(beyond, and_(first == sent(values[0]), self.after(names[1:], values[1:]))) if names[1:] else beyond

    def up_to(self, names: Sequence[str], values: Sequence[object]) -> ColumnElement[bool]:
        """The condition that a row does not come after `values`."""
        if self.compares_rows:
            return self._tuple(names) <= tuple_(*map(sent, values))
        return and_(self.column(names[0]) <= sent(values[0]), not_(self.after(names, values)))

    def among(self, names: Sequence[str], rows: Sequence[Sequence[object]]) -> ColumnElement[bool]:
        """The condition that a row is one of `rows`."""
        return or_(*(and_(*map(self._equals, names, row)) for row in rows))

    def _equals(self, name: str, value: object) -> ColumnElement[bool]:
        return self.column(name) == sent(value)

    def _tuple(self, names: Sequence[str]) -> Tuple:
        return tuple_(*map(self.column, names))


def sent(value: object) -> BindParameter[Any]:
    """`value` on its way to the database as the driver sends it: SQLAlchemy's own type would cast it."""
    return bindparam(None, value, type_=types.NullType())


def relation(connection: Connection, contract: Contract) -> Relation:
    """What the contract names, as the database has it now; raises `DatabaseError`, and `DriftError` if it differs."""
    source = contract.source
    assert isinstance(source, Sql)
    found = _table_columns(connection, source.table) if source.table else _query_columns(connection, source.query)
    what = f"table {source.table!r}" if source.table else f"the query of {contract.name}"
    names = source_names(contract, found)
    is_typed = connection.dialect.name != "sqlite"
    return Relation(
        name=source.table or contract.name,
        rows=_table(source.table, found) if source.table else _subquery(source.query, found),
        names=names,
        kinds={name: found[source].kind if is_typed else "unknown" for name, source in names.items()},
        order=tuple(dict.fromkeys([*([source.watermark] if source.watermark else []), *contract.key])),
        in_utc=frozenset(name for name, source in names.items() if isinstance(found[source].type, mysql.TIMESTAMP)),
        compares_rows=connection.dialect.name not in ("mysql", "mariadb"),
        warnings=tuple(compare(what, contract, found)),
    )


def _table(name: str, found: dict[str, Found]) -> FromClause:
    schema, _, bare = name.rpartition(".")
    return table(bare, *map(column, found), schema=schema or None)


def _subquery(query: str, found: dict[str, Found]) -> FromClause:
    return text(_no_parameters(query)).columns(*map(column, found)).subquery("source")


def _table_columns(connection: Connection, name: str) -> dict[str, Found]:
    schema, _, bare = name.rpartition(".")
    inspector = inspect(connection)
    try:
        columns = inspector.get_columns(bare, schema or None)
    except NoSuchTableError:
        there = sorted([*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)])
        raise DatabaseError(f"no table {name!r} in the database; it has {', '.join(there) or 'none'}") from None
    return {each["name"]: Found(each["type"], each["nullable"]) for each in columns}


def _query_columns(connection: Connection, query: str) -> dict[str, Found]:
    empty = connection.execute(text(f"SELECT * FROM ({_no_parameters(query)}) AS source WHERE 1 = 0"))
    return {name: Found(types.NullType()) for name in empty.keys()}  # noqa: SIM118


def _no_parameters(query: str) -> str:
    """`query` with its colons kept as they are: SQLAlchemy would take `:name` for a parameter."""
    return query.replace(":", r"\:")
