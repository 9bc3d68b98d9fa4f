"""JOIN ... USING.

https://trino.io/docs/current/sql/select.html#joins
"""

from collections.abc import Sequence

from sqlglot import exp

from local.athena.trino.expressions.scope import Field, Relation, Scope
from local.athena.trino.operations.casts import coerced
from local.athena.trino.operations.operators import compared
from local.athena.trino.problems import Problems
from local.athena.trino.signatures import Typed
from local.athena.trino.types import common


def joined_using(
    join: exp.Join, sql: str, before: Sequence[Relation], after: Sequence[Relation], problems: Problems
) -> tuple[str, list[Relation]]:
    """`sql` with its condition, and the relations: the shared columns come first and belong to neither side."""
    side = str(join.args.get("side") or "").upper()
    conditions, shared = [], []
    names = [each.name.lower() for each in join.args["using"]]
    for node, name in zip(join.args["using"], names, strict=True):
        left, right = (
            _one(node, relations, name, end, problems) for relations, end in ((before, "left"), (after, "right"))
        )
        same = compared("=", left, right)
        if same is None:
            message = f"Column '{name}' has incompatible types: {left.type}, {right.type}"
            raise problems.at(node, "TYPE_MISMATCH", message)
        conditions.append(same.sql)
        kind = common(left.type, right.type)
        assert kind is not None
        one, other = coerced(left, kind), coerced(right, kind)
        value = {"LEFT": one.sql, "": one.sql, "RIGHT": other.sql}.get(side, f"coalesce({one.sql}, {other.sql})")
        shared.append(Field(node.name, Typed(value, kind)))
    rest = [
        Relation([each for each in one.fields if each.name.lower() not in names], one.name, one.database)
        for one in (*before, *after)
    ]
    return f"{sql} ON {' AND '.join(conditions)}", [Relation(shared), *rest]


def _one(node: exp.Expr, relations: Sequence[Relation], name: str, end: str, problems: Problems) -> Typed:
    found = Scope(relations).found([name])
    if len(found) != 1:
        message = (
            f"Column '{name}' is missing from {end} side of join" if not found else f"Column '{name}' is ambiguous"
        )
        raise problems.at(node, "COLUMN_NOT_FOUND" if not found else "AMBIGUOUS_NAME", message)
    return found[0]
