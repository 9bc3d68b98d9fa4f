"""Whether a query's column may be written into a table's: Trino's implicit coercions.

https://trino.io/docs/current/language/types.html
"""

from local.athena.errors import QueryError
from local.athena.trino.types import Type, becomes
from local.athena.types import trino_type

UNKNOWN = "unknown"
"""The type of a bare NULL."""


def check_insertable(table: list[str], query: list[str]) -> None:
    """Hive's types of the table's columns and of the query's, in order; raises `QueryError` in Trino's words."""
    if len(table) == len(query) and all(map(insertable, table, query)):
        return
    shown = ", ".join(map(_trino, table)), ", ".join(map(_trino, query))
    raise QueryError(
        "TYPE_MISMATCH",
        f"line 1:1: Insert query has mismatched column types: Table: [{shown[0]}], Query: [{shown[1]}]",
    )


def insertable(table: str, query: str) -> bool:
    """Whether a value of the Hive type `query` becomes one of the Hive type `table` without a CAST."""
    return query == UNKNOWN or _fits(trino_type(query), trino_type(table))


def _trino(hive: str) -> str:
    return hive if hive == UNKNOWN else str(trino_type(hive))


def _fits(given: Type, wanted: Type) -> bool:
    if given.is_text and wanted.is_text:
        return True
    if given.inner:
        same = given.name == wanted.name and len(given.inner) == len(wanted.inner)
        return same and all(map(_fits, given.inner, wanted.inner))
    return becomes(given, wanted)
