"""Why a query is refused, told with the place in the text."""

from sqlglot import exp

from local.athena.errors import QueryError, position


class Problems:
    """Makes the errors of one text."""

    def __init__(self, sql: str) -> None:
        self._sql = sql

    def at(self, node: exp.Expr | None, code: str, message: str) -> QueryError:
        return QueryError(code, f"{position(self._sql, node)}: {message}")

    def place(self, node: exp.Expr | None) -> str:
        """`line 1:8`."""
        return position(self._sql, node)

    def syntax(self, node: exp.Expr | None, word: str) -> QueryError:
        return self.at(node, "SYNTAX_ERROR", f"mismatched input '{word}'")
