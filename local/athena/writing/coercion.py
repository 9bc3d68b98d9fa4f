"""Whether a query's column may be written into a table's.

Trino's rules for INSERT: https://trino.io/docs/current/language/types.html
"""

from collections.abc import Sequence

from local.athena.errors import QueryError
from local.athena.trino.types import Type, becomes, common

UNKNOWN = "unknown"
"""The type of a bare NULL."""


def check_insertable(table: Sequence[Type], query: Sequence[Type]) -> None:
    """The types of the table's columns and of the query's, in order; raises `QueryError` in Trino's words."""
    if len(table) == len(query) and all(map(insertable, table, query)):
        return
    shown = ", ".join(map(str, table)), ", ".join(map(str, query))
    raise QueryError(
        "TYPE_MISMATCH",
        f"line 1:1: Insert query has mismatched column types: Table: [{shown[0]}], Query: [{shown[1]}]",
    )


def insertable(table: Type, query: Type) -> bool:
    """Whether a value of the query's type is cast to the table's: where both have a common type. Texts within others
    must fit without."""
    if any(map(_has_length, table.inner)):
        return becomes(query, table)
    return common(query, table) is not None


def _has_length(kind: Type) -> bool:
    return (kind.is_text and bool(kind.parameters)) or any(map(_has_length, kind.inner))
