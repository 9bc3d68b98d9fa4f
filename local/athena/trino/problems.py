"""Why a query is refused, and where in its text."""

from collections.abc import Collection

from sqlglot import exp

from local.athena.errors import QueryError, position

_SPELLED = {"match": "MATCH_RECOGNIZE", "version": "FOR TIMESTAMP or VERSION AS OF"}
"""What Trino calls parts of a query that have another name in the parser."""


class Problems:
    """Makes the errors of one text."""

    def __init__(self, sql: str) -> None:
        self._sql = sql

    def at(self, node: exp.Expr | None, code: str, message: str) -> QueryError:
        return QueryError(code, f"{position(self._sql, node)}: {message}")

    def place(self, node: exp.Expr | None) -> str:
        """`line 1:8`."""
        return position(self._sql, node)

    def check(self, node: exp.Expr, known: Collection[str]) -> None:
        """Raise `QueryError` for a part of `node` that is not among those: another dialect's, or one we do not know."""
        for name, value in node.args.items():
            if value and name not in known:
                shown = _SPELLED.get(name, name.strip("_").replace("_", " ").upper())
                raise self.at(node, "NOT_SUPPORTED", f"{shown} is not supported here")

    def syntax(self, node: exp.Expr | None, word: str) -> QueryError:
        return self.at(node, "SYNTAX_ERROR", f"mismatched input '{word}'")
