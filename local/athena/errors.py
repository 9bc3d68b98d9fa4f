"""Why a query ends without a result, in Athena's words and categories.

https://docs.aws.amazon.com/athena/latest/ug/error-reference.html
"""

import re
from collections.abc import Iterator

import duckdb
from sqlglot import exp

SYSTEM, USER = 1, 2
_NOT_FOUND_TYPE = 1301
_USER_TYPE = 1006
_SYSTEM_TYPE = 401


class QueryError(Exception):
    """A query that fails; `reason` is the execution's StateChangeReason, e.g. `TABLE_NOT_FOUND: line 1:15: ...`."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.reason = f"{code}: {text}"

    @property
    def athena_error(self) -> dict[str, object]:
        """The AthenaError member of the execution's status."""
        internal = self.code == "GENERIC_INTERNAL_ERROR"
        not_found = self.code.endswith("_NOT_FOUND")
        return {
            "ErrorCategory": SYSTEM if internal else USER,
            "ErrorType": _SYSTEM_TYPE if internal else _NOT_FOUND_TYPE if not_found else _USER_TYPE,
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
_INTEGERS = {"INT8": "tinyint", "INT16": "smallint", "INT32": "integer", "INT64": "bigint"}


def from_engine(error: Exception) -> QueryError:
    """The engine's error, told as Athena tells it."""
    text = str(error)
    if found := _OURS.search(text):
        return QueryError(found[1], found[2])
    if found := _OVERFLOW.search(text):
        return _overflow(found[1], found[2], found[3])
    if "More than one row returned by a subquery" in text:
        return QueryError("SUBQUERY_MULTIPLE_ROWS", "Scalar sub-query has returned multiple rows")
    for kind, code, words in _KINDS:
        if isinstance(error, kind):
            return QueryError(code, words)
    first = text.partition("\n")[0]
    return QueryError("GENERIC_INTERNAL_ERROR", f"This query cannot be answered here, because of the engine: {first}")


def _overflow(operation: str, kind: str, values: str) -> QueryError:
    if kind not in _INTEGERS:
        return QueryError("NUMERIC_VALUE_OUT_OF_RANGE", "Decimal overflow")
    return QueryError("NUMERIC_VALUE_OUT_OF_RANGE", f"{_INTEGERS[kind]} {operation} overflow: {values}")


_KINDS: tuple[tuple[type[Exception], str, str], ...] = (
    (duckdb.OutOfRangeException, "NUMERIC_VALUE_OUT_OF_RANGE", "Value is out of range"),
    (duckdb.ConversionException, "NUMERIC_VALUE_OUT_OF_RANGE", "Value is out of range"),
    (duckdb.OutOfMemoryException, "EXCEEDED_LOCAL_MEMORY_LIMIT", "Query exceeded the memory limit of this machine"),
)
