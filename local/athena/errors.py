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


_COLUMN = re.compile(r'Referenced (?:column|table) "([^"]+)" not found|does not have a column named "([^"]+)"')
_FUNCTION = re.compile(r"Function with name (\S+) does not exist")
_NOT_AGGREGATED = re.compile(r'column "?([^" ]+)"? must appear in the GROUP BY clause')


def from_engine(error: Exception, sql: str, statement: exp.Expr) -> QueryError:
    """The engine's error, told as Athena tells it; `sql` and `statement` are the query as it was sent."""
    text = str(error).partition("\n")[0]
    if found := _COLUMN.search(text):
        return _column_missing(found[1] or found[2], sql, statement)
    if found := _FUNCTION.search(text):
        return QueryError("FUNCTION_NOT_FOUND", f"{position(sql, None)}: Function '{found[1]}' not registered")
    if found := _NOT_AGGREGATED.search(text):
        where = position(sql, _column(statement, found[1]))
        return QueryError(
            "EXPRESSION_NOT_AGGREGATE",
            f"{where}: '{found[1]}' must be an aggregate expression or appear in GROUP BY clause",
        )
    if "Division by zero" in text:
        return QueryError("DIVISION_BY_ZERO", "Division by zero")
    return QueryError(_code(error), text.partition(": ")[2] or text)


def _code(error: Exception) -> str:
    codes: list[tuple[type[Exception], str]] = [
        (duckdb.ParserException, "SYNTAX_ERROR"),
        (duckdb.BinderException, "TYPE_MISMATCH"),
        (duckdb.ConversionException, "INVALID_CAST_ARGUMENT"),
        (duckdb.OutOfRangeException, "NUMERIC_VALUE_OUT_OF_RANGE"),
        (duckdb.OutOfMemoryException, "EXCEEDED_MEMORY_LIMIT"),
        (duckdb.InvalidInputException, "INVALID_FUNCTION_ARGUMENT"),
    ]
    return next((code for kind, code in codes if isinstance(error, kind)), "GENERIC_INTERNAL_ERROR")


def _column_missing(name: str, sql: str, statement: exp.Expr) -> QueryError:
    column = _column(statement, name)
    shown = ".".join(part.name for part in column.parts) if column is not None else name
    return QueryError("COLUMN_NOT_FOUND", f"{position(sql, column)}: Column '{shown}' cannot be resolved")


def _column(statement: exp.Expr, name: str) -> exp.Column | None:
    wanted = name.lower()
    return next(
        (each for each in statement.find_all(exp.Column) if wanted in (each.name.lower(), each.table.lower())), None
    )
