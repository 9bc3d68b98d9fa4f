"""Conditions that a table's list of files answers, before any of them is read.

Such a condition is on columns that all rows of a file share; it may call any function. What follows from it for each
single column is given to the engine as a list of values, and the engine hands that to the reader of the files.
"""

from collections.abc import Iterator, Mapping

from sqlglot import exp

from local.athena.trino.expressions.scope import Relation, Scope
from local.athena.trino.origins import Origin
from local.athena.trino.signatures import Typed
from local.athena.trino.types import text

_HANDED_OVER = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Is, exp.Not, exp.Paren)
_PLAIN = (*_HANDED_OVER, exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.DataType)
_RANDOM = ("random(", "uuid(")


def following(condition: exp.Expr, scope: Scope, rendered: Mapping[int, str]) -> Iterator[str]:
    """Conditions on single columns that follow from this one, whose parts `rendered` has in the engine's SQL."""
    if isinstance(condition, exp.Paren):
        yield from following(condition.this, scope, rendered)
    elif isinstance(condition, exp.And):
        yield from following(condition.this, scope, rendered)
        yield from following(condition.expression, scope, rendered)
    elif not all(map(_is_plain, condition.walk())):
        yield from _listed(condition, scope, rendered[id(condition)])


def _is_plain(node: exp.Expr) -> bool:
    """Whether a condition of such parts alone is handed over by the engine as it is."""
    return isinstance(node, _PLAIN) or (isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal))


def _listed(condition: exp.Expr, scope: Scope, sql: str) -> Iterator[str]:
    columns = _columns(condition, scope)
    relation = next((each for each in scope.relations if columns and _has(each, columns[0])), None)
    if relation is None or any(word in sql for word in _RANDOM):
        return
    path = _path(relation, columns[0])
    wanted = columns if path is None or len(columns) == 1 or path in columns else [*columns, path]
    origins = [each.origin for each in wanted if each.origin is not None]
    if not all(_has(relation, each) for each in columns) or len({each.mention for each in origins}) > 1:
        return
    alias = columns[0].sql.partition(".")[0]
    names = {each.sql.partition(".")[2]: origin.column for each, origin in zip(wanted, origins, strict=True)}
    found = origins[0].mention.files.values(sql, alias, names)
    if found is not None:
        yield from (_one_of(each, {row[index] for row in found}) for index, each in enumerate(wanted))


def _one_of(column: Typed, values: set[str | None]) -> str:
    known = ", ".join(f"CAST({text(value)} AS {column.type.engine})" for value in values if value is not None)
    conditions = [f"{column.sql} IN ({known})"] if known else []
    conditions += [f"{column.sql} IS NULL"] if None in values else []
    return f"({' OR '.join(conditions) or 'false'})"


def _columns(condition: exp.Expr, scope: Scope) -> list[Typed]:
    """The columns that the condition looks at; none if one of them is not known to be of a file."""
    if condition.find(exp.Query):
        return []
    names = ([part.name for part in each.parts] for each in condition.find_all(exp.Column))
    found = [scope.found(parts) for parts in names]
    if any(len(each) != 1 or each[0].origin is None for each in found):
        return []
    return list({each.sql: each for (each,) in found}.values())


def _has(relation: Relation, column: Typed) -> bool:
    return any(each.value is column for each in relation.fields)


def _path(relation: Relation, column: Typed) -> Typed | None:
    """The path of the file that the column is of."""
    assert column.origin is not None
    wanted = Origin(column.origin.mention, "$path")
    return next((each.value for each in relation.fields if each.value.origin == wanted), None)
