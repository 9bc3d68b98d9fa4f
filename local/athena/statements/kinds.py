"""What kind of statement a text is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from local.athena.definitions import without_catalogue
from local.athena.errors import QueryError
from local.athena.statements.grammar import parse as parse_trees
from local.athena.statements.nodes import (
    CreateDatabase,
    Deallocate,
    ExecutePrepared,
    Explain,
    Prepare,
    Repair,
    Show,
    Unload,
)
from local.athena.trino import DIGIT_FIRST, Language, text_of
from local.protocol import AwsError

StatementType = Literal["DML", "DDL", "UTILITY"]

_KINDS: tuple[tuple[type[exp.Expr], StatementType, str], ...] = (
    (Unload, "DML", "UNLOAD"),
    (exp.Insert, "DML", "INSERT"),
    (exp.Update, "DML", "UPDATE"),
    (exp.Delete, "DML", "DELETE"),
    (exp.Merge, "DML", "MERGE"),
    (CreateDatabase, "DDL", "CREATE_DATABASE"),
    (Repair, "DDL", "MSCK_REPAIR_TABLE"),
    (Prepare, "DDL", "PREPARE"),
    (Deallocate, "DDL", "DEALLOCATE_PREPARE"),
    (exp.Describe, "UTILITY", "DESCRIBE_TABLE"),
    (Explain, "UTILITY", "EXPLAIN"),
)
_ACTIONS: tuple[tuple[type[exp.Expr], str], ...] = (
    (exp.AddPartition, "ADD_PARTITION"),
    (exp.DropPartition, "DROP_PARTITION"),
    (exp.Schema, "ADD_COLUMNS"),
    (exp.ColumnDef, "ADD_COLUMNS"),
    (exp.ReplaceColumns, "REPLACE_COLUMNS"),
)


@dataclass(frozen=True)
class Statement:
    """A parsed statement; `substatement` is the execution's SubstatementType, e.g. SELECT or SHOW_TABLES.

    `parameters` are what the `?` of `sql` stand for; the tree has them in their places.
    """

    sql: str
    tree: exp.Expr
    type: StatementType
    substatement: str
    parameters: Sequence[str] = ()

    @property
    def output_name(self) -> str:
        """Where its result is put below the output folder, `{}` being the execution's id.

        https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
        """
        if self.substatement == "SELECT":
            return "{}.csv"
        if self.substatement == "CREATE_TABLE_AS_SELECT":
            return "tables/{}"
        return "{}" if self.type == "DML" else "{}.txt"


def parse(sql: str, parameters: Sequence[str] = ()) -> Statement:
    """The statement with its `?` filled in; raises `AwsError` for what is not one or is not answered here."""
    try:
        trees = parse_trees(sql)
    except ParseError as error:
        raise _malformed(**error.errors[0]) from None
    except SqlglotError as error:
        raise AwsError("InvalidRequestException", f"line 1:1: {error}") from None
    if len(trees) != 1:
        raise AwsError("InvalidRequestException", "Only one sql statement is allowed. Got: " + sql)
    tree = trees[0]
    if isinstance(tree, exp.Values):
        tree = _select(tree)
    kind, substatement = _kind(tree, sql)
    _must_be_whole(tree)
    if parameters and substatement == "CREATE_VIEW":
        raise AwsError("InvalidRequestException", "line 1:1: CREATE VIEW takes no parameters")
    if not isinstance(tree, Prepare | ExecutePrepared):
        _fill(tree, parameters)
    return Statement(sql, tree, kind, substatement, tuple(parameters))


def values(execute: ExecutePrepared, parameters: Sequence[str]) -> list[str]:
    """What an EXECUTE gives the prepared statement: its USING, where `?` are execution parameters, or these alone."""
    if not execute.expressions:
        return list(parameters)
    places = [each for each in execute.expressions if isinstance(each, exp.Placeholder)]
    for each in execute.expressions:
        if each not in places and each.find(exp.Column, exp.Placeholder):
            message = "line 1:1: Constant expression cannot contain column references or parameters"
            raise AwsError("InvalidRequestException", message)
    _count(len(places), parameters)
    rest = iter(parameters)
    return [next(rest) if isinstance(each, exp.Placeholder) else text_of(each) for each in execute.expressions]


def target(reference: exp.Expr, database: str) -> tuple[str, str]:
    """Database and name, in lower case, of the table that a statement makes or changes; raises `QueryError`."""
    table = reference.this if isinstance(reference, exp.Schema) else reference
    if not isinstance(table, exp.Table) or not table.name:
        raise QueryError("SYNTAX_ERROR", "line 1:1: The name of a table is required")
    without_catalogue(table)
    schema = (table.text("db") or database).lower()
    if not schema:
        raise QueryError("MISSING_SCHEMA_NAME", "line 1:1: Schema must be specified when session schema is not set")
    return schema, table.name.lower()


def _must_be_whole(tree: exp.Expr) -> None:
    """Raises `AwsError` where sqlglot takes something else for the query that a statement needs, or nothing."""
    query = tree.expression if isinstance(tree, exp.Insert | exp.Create) else tree.this
    if isinstance(tree, exp.Create) and isinstance(tree.this, exp.Schema) and query is None:
        return
    if isinstance(tree, exp.Insert | exp.Create | Unload) and not isinstance(query, exp.Query | exp.Values):
        raise AwsError(
            "InvalidRequestException",
            "line 1:1: mismatched input. Expecting: '(', 'SELECT', 'TABLE', 'VALUES', 'WITH', <query>",
        )
    if isinstance(tree, Explain | Prepare | exp.Describe) and not tree.this:
        raise AwsError("InvalidRequestException", "line 1:1: mismatched input '<EOF>'")


def _select(values: exp.Values) -> exp.Expr:
    """A bare VALUES as the query that it is."""
    width = len(values.expressions[0].expressions) or 1
    return exp.select("*").from_(exp.alias_(values.copy(), "rows", table=[f"_col{index}" for index in range(width)]))


def _kind(tree: exp.Expr, sql: str) -> tuple[StatementType, str]:
    if isinstance(tree, exp.Query):
        return "DML", "SELECT"
    if isinstance(tree, exp.Create) and tree.kind in ("TABLE", "VIEW"):
        select = tree.kind == "TABLE" and tree.expression is not None
        return "DDL", f"CREATE_{tree.kind}{'_AS_SELECT' if select else ''}"
    if isinstance(tree, exp.Drop) and tree.kind in ("TABLE", "VIEW", "DATABASE", "SCHEMA"):
        return "DDL", f"DROP_{tree.kind}".replace("SCHEMA", "DATABASE")
    if isinstance(tree, Show):
        return "UTILITY", f"SHOW_{tree.name}".replace(" ", "_")
    if isinstance(tree, exp.Alter) and tree.args.get("kind") == "TABLE":
        action = tree.args["actions"][0]
        return "DDL", f"ALTER_TABLE_{next((word for kind, word in _ACTIONS if isinstance(action, kind)), 'SET')}"
    if isinstance(tree, ExecutePrepared):
        return "DML", "EXECUTE"
    for kind, statement_type, substatement in _KINDS:
        if isinstance(tree, kind):
            return statement_type, substatement
    word = tree.name if isinstance(tree, exp.Command) else Language().tokenize(sql)[0].text.upper()
    raise AwsError(
        "InvalidRequestException",
        f"{word} is not supported here; SELECT, CREATE, INSERT, UNLOAD, ALTER TABLE, DROP, MSCK REPAIR, SHOW, "
        "DESCRIBE, EXPLAIN, PREPARE and EXECUTE are",
    )


def _fill(tree: exp.Expr, parameters: Sequence[str]) -> None:
    """Put the parameters where `?` stand, in the order of the text: the tree's is another."""
    places = sorted(tree.find_all(exp.Placeholder), key=lambda place: int(place.meta.get("start", 0)))
    _count(len(places), parameters)
    for place, parameter in zip(places, parameters, strict=True):
        place.replace(_value(parameter))


def _count(expected: int, parameters: Sequence[str]) -> None:
    if expected != len(parameters):
        message = f"Incorrect number of parameters: expected {expected} but found {len(parameters)}"
        raise AwsError("InvalidRequestException", message)


def _value(parameter: str) -> exp.Expr:
    """The literal or expression that a parameter is; a bare word is a string, as awswrangler sends it."""
    try:
        value = sqlglot.parse_one(parameter, dialect=Language)
    except SqlglotError:
        return exp.Literal.string(parameter)
    return exp.Literal.string(parameter) if value.find(exp.Column, exp.Alias) else value


def _malformed(line: int, col: int, highlight: str, description: str, **_: object) -> AwsError:
    start = max(1, col - len(highlight) + 1)
    said = description if description == DIGIT_FIRST else f"mismatched input '{highlight or '<EOF>'}'"
    return AwsError("InvalidRequestException", f"line {line}:{start}: {said}")
