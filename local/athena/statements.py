"""What kind of statement a text is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from local.protocol import AwsError

Kind = Literal["query", "create view", "drop view", "show", "describe"]
StatementType = Literal["DML", "DDL", "UTILITY"]

_SHOW = re.compile(
    r"SHOW\s+(?P<what>TABLES|DATABASES|SCHEMAS|VIEWS|COLUMNS|PARTITIONS|CREATE\s+VIEW)"
    r"(?:\s+(?:IN|FROM)?\s*(?!LIKE\b)(?P<name>[\w.`\"]+))?(?:\s+(?:IN|FROM)\s+(?P<schema>[\w`\"]+))?"
    r"(?:\s*(?:LIKE\s+)?'(?P<like>[^']*)')?\s*;?\s*",
    re.IGNORECASE,
)
_TYPES: dict[Kind, tuple[StatementType, str]] = {
    "query": ("DML", "SELECT"),
    "create view": ("DDL", "CREATE_VIEW"),
    "drop view": ("DDL", "DROP_VIEW"),
    "show": ("UTILITY", "SHOW"),
    "describe": ("UTILITY", "DESCRIBE_TABLE"),
}


@dataclass(frozen=True)
class Show:
    """`SHOW what [name] [IN schema] [LIKE pattern]`, names unquoted and in lower case, `what` in upper case."""

    what: str
    name: str = ""
    schema: str = ""
    like: str = ""


@dataclass(frozen=True)
class Statement:
    """A parsed statement. `tree` is None for SHOW, `show` is None for the rest."""

    sql: str
    kind: Kind
    tree: exp.Expr | None = None
    show: Show | None = None

    @property
    def type(self) -> StatementType:
        return _TYPES[self.kind][0]

    @property
    def substatement(self) -> str:
        """SubstatementType of the execution, e.g. SELECT or SHOW_TABLES."""
        if self.show is not None:
            return f"SHOW_{self.show.what}".replace(" ", "_")
        return _TYPES[self.kind][1]


def parse(sql: str, parameters: Sequence[str] = ()) -> Statement:
    """The statement with its `?` filled in; raises `AwsError` for a text that is none or that is not answered here."""
    found = _SHOW.fullmatch(sql.strip())
    if found:
        return Statement(sql, "show", show=_show(found))
    try:
        trees = [tree for tree in sqlglot.parse(sql, dialect="athena") if tree is not None]
    except ParseError as error:
        raise _malformed(error.errors[0]["line"], error.errors[0]["col"], error.errors[0]["highlight"]) from None
    except SqlglotError as error:
        raise AwsError("InvalidRequestException", f"line 1:1: {error}") from None
    if len(trees) != 1:
        raise AwsError("InvalidRequestException", "Only one sql statement is allowed. Got: " + sql)
    tree = trees[0]
    _fill(tree, parameters)
    return Statement(sql, _kind(tree), tree)


def _kind(tree: exp.Expr) -> Kind:
    if isinstance(tree, exp.Query):
        return "query"
    if isinstance(tree, exp.Create) and tree.kind == "VIEW":
        return "create view"
    if isinstance(tree, exp.Drop) and tree.kind == "VIEW":
        return "drop view"
    if isinstance(tree, exp.Describe):
        return "describe"
    raise AwsError(
        "InvalidRequestException",
        "Queries of this type are not supported here; SELECT, CREATE VIEW, DROP VIEW, SHOW and DESCRIBE are",
    )


def _show(found: re.Match[str]) -> Show:
    what = re.sub(r"\s+", " ", found["what"].upper()).replace("SCHEMAS", "DATABASES")
    name, schema = (re.sub(r"[`\"]", "", found[group] or "").lower() for group in ("name", "schema"))
    return Show(what, name, schema, found["like"] or "")


def _fill(tree: exp.Expr, parameters: Sequence[str]) -> None:
    places = list(tree.find_all(exp.Placeholder, bfs=False))
    if len(places) != len(parameters):
        raise AwsError(
            "InvalidRequestException",
            f"Incorrect number of parameters: expected {len(places)} but found {len(parameters)}",
        )
    for place, parameter in zip(places, parameters, strict=True):
        place.replace(sqlglot.parse_one(parameter, dialect="athena"))


def _malformed(line: int, column: int, word: str) -> AwsError:
    start = max(1, column - len(word) + 1)
    return AwsError("InvalidRequestException", f"line {line}:{start}: mismatched input '{word or '<EOF>'}'")
