"""Whether a query's column may be written into a table's: Trino's implicit coercions.

https://trino.io/docs/current/language/types.html
"""

from sqlglot import exp

from local.athena.errors import QueryError
from local.athena.types import trino_type

_TEXT = (exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.CHAR, exp.DType.NCHAR)
_WIDER: tuple[exp.DType, ...] = (exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT)
_INEXACT = (exp.DType.FLOAT, exp.DType.DOUBLE)
_DIGITS = {exp.DType.TINYINT: 3, exp.DType.SMALLINT: 5, exp.DType.INT: 10, exp.DType.BIGINT: 19}
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
    return query == UNKNOWN or _fits(_parsed(table), _parsed(query))


def _trino(hive: str) -> str:
    return hive if hive == UNKNOWN else str(trino_type(hive))


def _parsed(hive: str) -> exp.DataType:
    return exp.DataType.build(hive, dialect="hive")


def _fits(table: exp.DataType, query: exp.DataType) -> bool:
    to, given = table.this, query.this
    if to in _TEXT and given in _TEXT:
        return True
    if given in _WIDER and to in _WIDER:
        return _WIDER.index(given) <= _WIDER.index(to)
    if to in _INEXACT and given in (*_WIDER, exp.DType.DECIMAL, *_INEXACT):
        return not (to == exp.DType.FLOAT and given == exp.DType.DOUBLE)
    if to == exp.DType.DECIMAL:
        return _fits_decimal(table, query)
    if to == exp.DType.TIMESTAMP and given == exp.DType.DATE:
        return True
    inner, theirs = _inner(table), _inner(query)
    return to == given and len(inner) == len(theirs) and all(map(_fits, inner, theirs))


def _inner(kind: exp.DataType) -> list[exp.DataType]:
    """The types within a type: an array's elements, a map's keys and values, a struct's fields."""
    each = (one.args.get("kind") if isinstance(one, exp.ColumnDef) else one for one in kind.expressions)
    return [one for one in each if isinstance(one, exp.DataType)]


def _fits_decimal(table: exp.DataType, query: exp.DataType) -> bool:
    precision, scale = _decimal(table)
    if query.this in _DIGITS:
        return precision - scale >= _DIGITS[query.this]
    if query.this != exp.DType.DECIMAL:
        return False
    digits, places = _decimal(query)
    return places <= scale and digits - places <= precision - scale


def _decimal(kind: exp.DataType) -> tuple[int, int]:
    said = [int(each.name) for each in kind.expressions]
    return (said[0] if said else 10, said[1] if len(said) > 1 else 0)
