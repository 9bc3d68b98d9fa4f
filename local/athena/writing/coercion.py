"""Whether a query's column may be written into a table's, and what becomes of its values on the way.

Trino's rules for INSERT: https://trino.io/docs/current/language/types.html
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from local.athena.errors import QueryError
from local.athena.reading.columns import rounded
from local.athena.reading.lengths import declared
from local.athena.trino.types import Type, becomes

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
    """Whether a value of the query's type becomes one of the table's without a CAST. Times may lose digits."""
    return becomes(query, table) or (query.is_text and table.is_text) or query.name == table.name == "timestamp"


def written(column: pa.Array, given: Type, wanted: pa.Field) -> Any:
    """The column as the field's type; raises `QueryError` for a number or a text that has no place in it."""
    try:
        column = column.cast(wanted.type)
    except pa.ArrowInvalid as error:
        raise QueryError("NUMERIC_VALUE_OUT_OF_RANGE", f"Column {wanted.name}: {error}") from None
    if pt.is_timestamp(wanted.type):
        return rounded(column)
    text = declared(wanted)
    if text is None:
        return column
    kind, length = text
    if (pc.max(pc.utf8_length(pc.utf8_rtrim(column, " "))).as_py() or 0) > length:
        message = f"Cannot truncate non-space characters when casting from {given} to {kind}({length}) on INSERT"
        raise QueryError("INVALID_CAST_ARGUMENT", message)
    return pc.utf8_slice_codeunits(column, 0, length)
