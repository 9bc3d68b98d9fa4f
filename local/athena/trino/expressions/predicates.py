"""Conditions on values: comparisons, ranges, lists, subqueries and patterns.

https://trino.io/docs/current/functions/comparison.html
"""

from collections.abc import Callable

from sqlglot import exp

from local.athena.trino.expressions.scope import Scope, Translate
from local.athena.trino.operations.agreement import one_type
from local.athena.trino.operations.casts import coerced, padded
from local.athena.trino.operations.equality import key, one_of
from local.athena.trino.operations.operators import compared
from local.athena.trino.problems import Problems
from local.athena.trino.signatures import Typed
from local.athena.trino.types import BOOLEAN, Type, common, quoted, row

Subquery = Callable[[exp.Expr, Scope], tuple[str, list[Type]]]
"""A subquery's SQL and the types of its columns."""
_TEXTS = ("char", "varchar", "unknown")
_SIGNS: dict[type[exp.Expr], str] = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}


class Predicates:
    """Translates them; `typed` translates their operands, `query` their subqueries."""

    def __init__(self, problems: Problems, typed: Translate, query: Subquery) -> None:
        self._problems = problems
        self._typed = typed
        self._query = query

    @property
    def handlers(self) -> dict[type[exp.Expr], Translate]:
        """What translates each kind of node."""
        return {
            exp.Is: self._is,
            exp.NullSafeEQ: self._distinct,
            exp.NullSafeNEQ: self._distinct,
            exp.Between: self._between,
            exp.In: self._in,
            exp.Like: self._like,
            exp.Escape: self._like,
            exp.Exists: self._exists,
            **dict.fromkeys(_SIGNS, self._comparison),
        }

    def _is(self, node: exp.Expr, scope: Scope) -> Typed:
        if not isinstance(node.expression, exp.Null):
            raise self._problems.syntax(node, node.expression.sql().upper())
        value = self._typed(node.this, scope)
        return Typed(f"({value.sql} IS {'NOT ' if node.args.get('negate') else ''}NULL)", BOOLEAN)

    def _comparison(self, node: exp.Expr, scope: Scope) -> Typed:
        left = self._typed(node.this, scope)
        sign = _SIGNS[type(node)]
        if isinstance(node.expression, exp.All | exp.Any):
            return self._quantified(node, scope, left, sign)
        return self.compared(node, sign, left, self._typed(node.expression, scope))

    def compared(self, node: exp.Expr, sign: str, left: Typed, right: Typed) -> Typed:
        value = compared(sign, left, right)
        if value is None:
            raise self._problems.at(node, "TYPE_MISMATCH", f"Cannot apply operator: {left.type} {sign} {right.type}")
        return value

    def _quantified(self, node: exp.Expr, scope: Scope, left: Typed, sign: str) -> Typed:
        right = node.args["expression"]
        sql, types = self._query(right.this, scope)
        together = common(left.type, types[0])
        if len(types) != 1 or together is None:
            message = f"Value expression and result of subquery must be of the same type: {left.type} vs {types[0]}"
            raise self._problems.at(node, "TYPE_MISMATCH", message)
        quantifier = "ALL" if isinstance(right, exp.All) else "ANY"
        if together.inner and (sign, quantifier) not in (("=", "ANY"), ("<>", "ALL")):
            message = f"{sign} {quantifier} of {together} is not supported here"
            raise self._problems.at(node, "NOT_SUPPORTED", message)
        each = key(coerced(Typed("q.c0", types[0]), together))
        return Typed(f"({key(coerced(left, together))} {sign} {quantifier} (SELECT {each} FROM ({sql}) q))", BOOLEAN)

    def _distinct(self, node: exp.Expr, scope: Scope) -> Typed:
        left, right = self._typed(node.this, scope), self._typed(node.expression, scope)
        distinct = bool(node.args.get("negate")) != isinstance(node, exp.NullSafeNEQ)
        together = common(left.type, right.type)
        if together is None:
            message = f"Cannot apply operator: {left.type} IS DISTINCT FROM {right.type}"
            raise self._problems.at(node, "TYPE_MISMATCH", message)
        one, other = (key(coerced(value, together)) for value in (left, right))
        return Typed(f"({one} IS {'' if distinct else 'NOT '}DISTINCT FROM {other})", BOOLEAN)

    def _between(self, node: exp.Expr, scope: Scope) -> Typed:
        value, low, high = (self._typed(node.args[name], scope) for name in ("this", "low", "high"))
        over, under = compared(">=", value, low), compared("<=", value, high)
        if over is None or under is None:
            message = f"Cannot check if {value.type} is BETWEEN {low.type} and {high.type}"
            raise self._problems.at(node, "TYPE_MISMATCH", message)
        return Typed(f"({over.sql} AND {under.sql})", BOOLEAN)

    def _in(self, node: exp.Expr, scope: Scope) -> Typed:
        value = self._typed(node.this, scope)
        query = node.args.get("query")
        if query is None and isinstance(node.expressions[0], exp.Values):
            query = node.expressions[0]
        if query is not None:
            return self._in_query(node, query, value, scope)
        items = [self._typed(each, scope) for each in node.expressions]
        together = one_type([value, *items], [node.this, *node.expressions], "IN value and list items", self._problems)
        return Typed(one_of(coerced(value, together), [coerced(item, together) for item in items]), BOOLEAN)

    def _in_query(self, node: exp.Expr, query: exp.Expr, value: Typed, scope: Scope) -> Typed:
        sql, types = self._query(query, scope)
        found = types[0] if len(types) == 1 else row(*types)
        together = common(value.type, found)
        if together is None:
            message = f"Value expression and result of subquery must be of the same type: {value.type} vs {found}"
            raise self._problems.at(node, "TYPE_MISMATCH", message)
        members = ", ".join(f"{quoted(name)} := q.c{index}" for index, name in enumerate(found.members))
        each = Typed("q.c0" if len(types) == 1 else f"struct_pack({members})", found)
        changed = key(coerced(each, together))
        return Typed(f"({key(coerced(value, together))} IN (SELECT {changed} FROM ({sql}) q))", BOOLEAN)

    def _like(self, node: exp.Expr, scope: Scope) -> Typed:
        escape = self._typed(node.expression, scope) if isinstance(node, exp.Escape) else None
        like = node.this if isinstance(node, exp.Escape) else node
        value, pattern = self._typed(like.this, scope), self._typed(like.expression, scope)
        for each, what, kinds in ((value, "Left side of", _TEXTS), (pattern, "Pattern for", _TEXTS[1:])):
            if each.type.name not in kinds:
                message = f"{what} LIKE expression must evaluate to a varchar (actual: {each.type})"
                raise self._problems.at(node, "TYPE_MISMATCH", message)
        word = f"{'NOT ' if like.args.get('negate') else ''}LIKE"
        if escape is None:
            return Typed(f"({padded(value)} {word} {pattern.sql})", BOOLEAN)
        escaped = f"escaped_pattern({pattern.sql}, {escape.sql})"
        return Typed(f"({padded(value)} {word} {escaped} ESCAPE {escape.sql})", BOOLEAN)

    def _exists(self, node: exp.Expr, scope: Scope) -> Typed:
        return Typed(f"EXISTS ({self._query(node.this, scope)[0]})", BOOLEAN)
