"""Watermarks that cannot be trusted: rows that have none, and texts that do not sort as the times that they mean.

Reading continues after the highest watermark, so a row that sorts before it only because of its spelling would never
be read.
"""

import re
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, not_

from producers.sql.database import DatabaseError
from producers.sql.drift import Kind
from producers.sql.relation import Relation
from schemas.contract import NUMBERS, Column

_SORTED: Final[frozenset[Kind]] = frozenset({"timestamp", "date", "integer"})
_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:(?P<between>[T ])\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)?"
)
_DAY: Final = "____-__-__"
"""A day as LIKE has it."""


def check_watermarks(connection: Connection, relation: Relation, watermark: Column) -> None:
    """Raise `DatabaseError` when a row has no watermark, or when those of a text column are not all written alike."""
    column = relation.column(watermark.name)
    if _exists(connection, relation, column.is_(None)):
        raise DatabaseError(
            f"{relation.name}: {watermark.name} is NULL in some rows, which would never be read; fill it in, or read a "
            "query with coalesce(…) in its place"
        )
    if relation.kinds[watermark.name] in _SORTED:
        return
    highest = highest_watermark(connection, relation, watermark.name)
    if not isinstance(highest, str):
        return
    found = None if watermark.type in NUMBERS else _TIME.fullmatch(highest)
    if not found or _exists(connection, relation, not_(_is_like(column, found))):
        raise DatabaseError(
            f"{relation.name}: {watermark.name} is text that does not sort as it is meant (one is {highest!r}), so "
            "rows would never be read; valid: times all written alike, such as 2026-11-24T01:00:00Z; read a query that "
            "gives them so"
        )


def highest_watermark(connection: Connection, relation: Relation, watermark: str) -> Any:
    """The highest value of the column `watermark`, as the driver gives it; None in a table without rows."""
    query = relation.select([watermark]).order_by(relation.column(watermark).desc()).limit(1)
    return connection.execute(query).scalar()


def _is_like(column: ColumnElement[str], found: re.Match[str]) -> ColumnElement[bool]:
    """The condition that a text has the day, what follows it, and the zone written as in `found`."""
    start, zone = f"{_DAY}{found['between'] or ''}", found["zone"] or ""
    if not found["between"]:
        return column.like(start)
    if zone:
        return column.like(f"{start}%{zone}")
    others = (f"{start}%{sign}%" for sign in "Z+-")
    return and_(column.like(f"{start}%"), *(not_(column.like(other)) for other in others))


def _exists(connection: Connection, relation: Relation, condition: ColumnElement[bool]) -> bool:
    query = relation.select(relation.order[:1]).where(condition).limit(1)
    return connection.execute(query).first() is not None
