"""Why a query ends without a result, in Athena's words and categories.

https://docs.aws.amazon.com/athena/latest/ug/error-reference.html
"""

import re
from collections.abc import Iterator

import duckdb
from sqlglot import exp

SYSTEM, USER = 1, 2
_SYNTAX, _ENTITY_NOT_FOUND, _INTERNAL = 1006, 1301, 200
_TYPES = {
    "DIVISION_BY_ZERO": 1001,
    "INVALID_CAST_ARGUMENT": 1001,
    "NUMERIC_VALUE_OUT_OF_RANGE": 1001,
    "SUBQUERY_MULTIPLE_ROWS": 1001,
    "HIVE_BAD_DATA": 1001,
    "HIVE_CURSOR_ERROR": 1001,
    "INVALID_FUNCTION_ARGUMENT": 1106,
    "NOT_SUPPORTED": 1200,
    "FUNCTION_NOT_FOUND": 1303,
    "S3_WRITE_FAILED": 401,
    "GENERIC_INTERNAL_ERROR": _INTERNAL,
    "EXCEEDED_LOCAL_MEMORY_LIMIT": 0,
}
"""ErrorType by what AWS's catalogue says of its numbers: it names no codes of Trino."""


class QueryError(Exception):
    """A query that fails; `reason` is the execution's StateChangeReason, e.g. `TABLE_NOT_FOUND: line 1:15: ...`."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.reason = f"{code}: {text}"

    @property
    def athena_error(self) -> dict[str, object]:
        """The AthenaError member of the execution's status."""
        fallback = _ENTITY_NOT_FOUND if self.code.endswith("_NOT_FOUND") else _SYNTAX
        kind = _TYPES.get(self.code, fallback)
        return {
            "ErrorCategory": SYSTEM if kind <= _INTERNAL else USER,
            "ErrorType": kind,
            "Retryable": False,
            "ErrorMessage": self.reason,
        }


class QueryCancelledError(Exception):
    """A query that was stopped, by its owner or by the workgroup's scan limit; the text is the reason."""


def position(sql: str, node: exp.Expr | None) -> str:
    """`line 1:15`: where `node`, or else the first identifier in it, stands in `sql`."""
    start = node.meta.get("start") if node is not None else 0
    if start is None:
        starts = [each.meta["start"] for each in _identifiers(node) if "start" in each.meta]
        start = min(starts, default=0)
    return f"line {sql.count(chr(10), 0, start) + 1}:{start - (sql.rfind(chr(10), 0, start) + 1) + 1}"


def _identifiers(node: exp.Expr | None) -> Iterator[exp.Identifier]:
    return iter(()) if node is None else node.find_all(exp.Identifier)


_OURS = re.compile(r"(?:TrinoError|ValueError): ([A-Z_]+): (.*)", re.DOTALL)
_OVERFLOW = re.compile(r"Overflow in (\w+) of (INT\d+|DECIMAL\(\d+\)) \((.*?)\)")
_YEAR = re.compile(r"date value out of range|year -?\d+ is out of range")
NO_SUCH_YEAR = "Times before the year 1 and after 9999 are not supported here"
_INTEGERS = {"INT8": "tinyint", "INT16": "smallint", "INT32": "integer", "INT64": "bigint"}


def from_engine(error: Exception) -> QueryError:
    """The engine's error as Athena reports it."""
    text = str(error)
    if found := _OURS.search(text):
        return QueryError(found[1], found[2])
    if found := _OVERFLOW.search(text):
        return _overflow(found[1], found[2], found[3])
    if _YEAR.search(text):
        return QueryError("NOT_SUPPORTED", NO_SUCH_YEAR)
    for fragment, code, words in _SAID:
        if fragment in text:
            return QueryError(code, words)
    for kind, code, words in _KINDS:
        if isinstance(error, kind):
            return QueryError(code, words)
    first = text.partition("\n")[0]
    return QueryError("GENERIC_INTERNAL_ERROR", f"This query cannot be answered here, because of the engine: {first}")


def _overflow(operation: str, kind: str, values: str) -> QueryError:
    if kind not in _INTEGERS:
        return QueryError("NUMERIC_VALUE_OUT_OF_RANGE", "Decimal overflow")
    return QueryError("NUMERIC_VALUE_OUT_OF_RANGE", f"{_INTEGERS[kind]} {operation} overflow: {values}")


_NEGATIVE_FRAME = "Window frame offset value must not be negative or null"
_SAID = (
    (
        "More than one row returned by a subquery",
        "SUBQUERY_MULTIPLE_ROWS",
        "Scalar sub-query has returned multiple rows",
    ),
    ("expression cannot be negative", "INVALID_WINDOW_FRAME", _NEGATIVE_FRAME),
    ("Invalid RANGE PRECEDING value", "INVALID_WINDOW_FRAME", _NEGATIVE_FRAME),
    ("Invalid RANGE FOLLOWING value", "INVALID_WINDOW_FRAME", _NEGATIVE_FRAME),
    (
        "subqueries in lambda expressions are not supported",
        "NOT_SUPPORTED",
        "Subqueries in lambda expressions are not supported here",
    ),
    (
        "must appear in the GROUP BY clause or must be part of an aggregate function",
        "EXPRESSION_NOT_AGGREGATE",
        "All columns must be aggregate expressions or appear in GROUP BY clause",
    ),
    ("Invalid escape string", "INVALID_FUNCTION_ARGUMENT", "Escape string must be a single character"),
    (
        "Like pattern must not end with escape character",
        "INVALID_FUNCTION_ARGUMENT",
        "Escape character must be followed by '%', '_' or the escape character itself",
    ),
)
"""Words of the engine's error, the code and Trino's words."""
_KINDS: tuple[tuple[type[Exception], str, str], ...] = (
    (duckdb.OutOfRangeException, "NUMERIC_VALUE_OUT_OF_RANGE", "Value is out of range"),
    (duckdb.ConversionException, "NUMERIC_VALUE_OUT_OF_RANGE", "Value is out of range"),
    (duckdb.OutOfMemoryException, "EXCEEDED_LOCAL_MEMORY_LIMIT", "Query exceeded the memory limit of this machine"),
)
