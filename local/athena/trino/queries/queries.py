"""A query of Trino as one for the engine: its relations, groups, order and columns.

Columns of queries are c0, c1, ... to the engine, relations r1, r2, ...: no name of the query can mean another thing
there than it does in Trino.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from local.athena.trino.expressions.expressions import Expressions
from local.athena.trino.expressions.scope import Field, Names, Scope, Source, Translated
from local.athena.trino.expressions.windows import defined, ordered
from local.athena.trino.operations.casts import coerced, stored
from local.athena.trino.operations.equality import has_key, key
from local.athena.trino.problems import Problems
from local.athena.trino.queries import sets
from local.athena.trino.queries.grouping import (
    check_grouping,
    group_by,
    has_aggregates,
    has_sets,
    has_windows,
    stand_ins,
)
from local.athena.trino.queries.relations import Sources
from local.athena.trino.signatures import Typed
from local.athena.trino.types import Type, common

Tables = Mapping[tuple[str, str], Source]
"""The tables and views that the query names, by database and name in lower case."""

_SELECT = {
    "expressions",
    "distinct",
    "from_",
    "joins",
    "where",
    "group",
    "having",
    "windows",
    "order",
    "limit",
    "offset",
}
_SELECT_KNOWN = _SELECT | {"with_", "sample"}
_FETCH = {"direction", "count", "limit_options"}
_OPERATIONS = {exp.Union: "UNION", exp.Intersect: "INTERSECT", exp.Except: "EXCEPT"}


class Queries:
    """Translates the queries of one statement, whose text is that of `problems`."""

    def __init__(self, problems: Problems, tables: Tables, now: str) -> None:
        self._problems = problems
        self._names = Names()
        self._expressions = Expressions(problems, self._subquery, now)
        self._sources = Sources(problems, self._expressions, self._names, tables, self.translated)

    def _subquery(self, node: exp.Expr, scope: Scope) -> tuple[str, list[Type]]:
        inner = self.translated(node, scope)
        return inner.sql, [kind for _, kind in inner.columns]

    def translated(self, node: exp.Expr, outer: Scope | None) -> Translated:
        """The query in the engine's SQL; raises `QueryError`."""
        with_ = node.args.get("with_")
        if with_ is None:
            return self._body(node, outer)
        with self._sources.common(with_, outer) as clause:
            body = self._body(node, outer)
            return replace(body, sql=f"{clause} {body.sql}")

    def _body(self, node: exp.Expr, outer: Scope | None) -> Translated:
        if isinstance(node, exp.Subquery):
            return self._subquery_body(node, outer)
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, outer)
        if isinstance(node, exp.Values):
            sql, columns = self._sources.values(node, outer)
            return Translated(f"SELECT * FROM {sql}", [(f"_col{index}", kind) for index, kind in enumerate(columns)])
        if isinstance(node, exp.Select):
            return self._select(node, outer)
        raise self._problems.at(node, "NOT_SUPPORTED", f"A query such as {node.sql(dialect='trino')} is not supported")

    def _subquery_body(self, node: exp.Subquery, outer: Scope | None) -> Translated:
        self._problems.check(node, {"this", "alias", "order", "limit", "offset", "with_"})
        inner = self.translated(node.this, outer)
        tail = self._tail(node, inner, Scope((), outer))
        return replace(inner, sql=f"SELECT * FROM ({inner.sql}){tail}") if tail else inner

    def _set_operation(self, node: exp.SetOperation, outer: Scope | None) -> Translated:
        name = _OPERATIONS[type(node)]
        self._problems.check(node, {"this", "expression", "distinct", "order", "limit", "offset", "with_"})
        if isinstance(node.this, exp.Select) and any(node.this.args.get(each) for each in ("order", "limit", "offset")):
            raise self._problems.syntax(node, name)  # they stand at the end, or in parentheses
        left, right = self.translated(node.this, outer), self.translated(node.expression, outer)
        if len(left.columns) != len(right.columns):
            message = f"{name} query has different number of fields: {len(left.columns)}, {len(right.columns)}"
            raise self._problems.at(node, "TYPE_MISMATCH", message)
        columns = []
        for index, ((shown, one), (_, other)) in enumerate(zip(left.columns, right.columns, strict=True)):
            together = common(one, other)
            if together is None:
                message = f"column {index + 1} in {name} query has incompatible types: {one}, {other}"
                raise self._problems.at(node, "TYPE_MISMATCH", message)
            columns.append((shown, together))
        first, second = (_as_types(side, columns) for side in (left, right))
        sql = sets.combined(name, not node.args.get("distinct"), first, second, [kind for _, kind in columns])
        if sql is None:
            message = f"{name} ALL is not supported here for columns of zoned times or maps"
            raise self._problems.at(node, "NOT_SUPPORTED", message)
        inner = Translated(sql, columns)
        return Translated(inner.sql + self._tail(node, inner, Scope((), outer)), columns)

    def _select(self, node: exp.Select, outer: Scope | None) -> Translated:
        self._problems.check(node, _SELECT_KNOWN)
        source, relations = self._sources.from_clause(node, outer)
        scope = Scope(relations, outer, windows=defined(node.args.get("windows") or (), self._problems))
        where = node.args.get("where")
        if where is not None:
            if has_aggregates(where.this) or has_windows(where.this):
                message = "WHERE clause cannot contain aggregations, window functions or grouping operations"
                raise self._problems.at(where.this, "EXPRESSION_NOT_SCALAR", message)
            source += f" WHERE {self._expressions.filtering(where.this, scope, 'WHERE clause')}"
        columns, projected = self._projections(node, scope)
        groups, grouping = group_by(node, scope, self._expressions, projected, self._problems)
        if replaced := stand_ins(grouping or [], has_sets(node)):
            scope = replace(scope, groups=replaced)
            columns, projected = self._projections(node, scope)
        having = node.args.get("having")
        after = (
            f" HAVING {self._expressions.boolean(having.this, scope, 'HAVING clause')}" if having is not None else ""
        )
        listed = ", ".join(f"{value.sql} AS c{index}" for index, (value, _) in enumerate(projected))
        distinct = self._distinct(node, [value for value, _ in projected])
        order = self._order(node, scope, columns, projected, bool(distinct))
        grouped = None if grouping is None else {value.sql for value in grouping} | set(replaced.values())
        check_grouping(node, grouped, self._expressions, self._problems)
        sql = f"SELECT {distinct}{listed}{source}{groups}{after}{order}{self._limit(node)}"
        origins = {index: value.origin for index, (value, _) in enumerate(projected) if value.origin is not None}
        return Translated(sql, columns, {} if has_sets(node) else origins)

    def _distinct(self, node: exp.Select, columns: Sequence[Typed]) -> str:
        distinct = node.args.get("distinct")
        if distinct is not None and distinct.args.get("on"):
            raise self._problems.syntax(node, "ON")
        return sets.distinct(columns) if distinct else ""

    def _projections(
        self, node: exp.Select, scope: Scope
    ) -> tuple[list[tuple[str, Type]], list[tuple[Typed, exp.Expr | None]]]:
        """Names and types of the columns; each column's value and, unless `*` stands for it, its expression."""
        columns: list[tuple[str, Type]] = []
        projected: list[tuple[Typed, exp.Expr | None]] = []
        for each in node.expressions:
            star = each if isinstance(each, exp.Star) else each.this if isinstance(each, exp.Column) else None
            if isinstance(star, exp.Star):
                for field in self._starred(star, each, scope):
                    columns.append((field.name, field.value.type))
                    projected.append((field.value, None))
                continue
            inner = each.this if isinstance(each, exp.Alias) else each
            value = self._expressions.typed(inner, scope)
            columns.append((_shown(each, len(columns)), value.type))
            projected.append((value, inner))
        if not projected:
            raise self._problems.at(node, "SYNTAX_ERROR", "mismatched input '<EOF>'")
        return columns, projected

    def _starred(self, star: exp.Star, node: exp.Expr, scope: Scope) -> list[Field]:
        if any(star.args.get(name) for name in ("except_", "replace", "rename")):
            raise self._problems.syntax(node, "EXCEPT")
        relation = node.text("table") if isinstance(node, exp.Column) else None
        fields = scope.fields(relation or None)
        if fields is None and relation:
            raise self._problems.at(node, "TABLE_NOT_FOUND", f"Unable to resolve reference {relation}")
        if fields is None:
            raise self._problems.at(node, "COLUMN_NOT_FOUND", "SELECT * not allowed in queries without FROM clause")
        return fields

    def _order(
        self,
        node: exp.Expr,
        scope: Scope,
        columns: Sequence[tuple[str, Type]],
        projected: Sequence[tuple[Typed, exp.Expr | None]],
        distinct: bool,
    ) -> str:
        order = node.args.get("order")
        if order is None:
            return ""
        aliases = {name.lower(): str(index + 1) for index, (name, _) in reversed(list(enumerate(columns)))}
        terms = [self._ordered(each, scope, aliases, projected, distinct) for each in order.expressions]
        return " ORDER BY " + ", ".join(terms)

    def _ordered(
        self,
        each: exp.Expr,
        scope: Scope,
        aliases: Mapping[str, str],
        projected: Sequence[tuple[Typed, exp.Expr | None]],
        distinct: bool,
    ) -> str:
        place = self._place(each.this, aliases, len(projected))
        if place is None:
            shown_as = {name: projected[int(index) - 1][0] for name, index in aliases.items()}
            inner = scope.within({name: scope.of_a_row(value) for name, value in shown_as.items()})
            value = self._expressions.typed(each.this, inner)
            same = [index for index, (shown, _) in enumerate(projected) if shown.sql == value.sql]
            if distinct and not same:
                message = "For SELECT DISTINCT, ORDER BY expressions must appear in select list"
                raise self._problems.at(each.this, "EXPRESSION_NOT_IN_DISTINCT", message)
            place = str(same[0] + 1) if same else value.sql
        else:
            value = projected[int(place) - 1][0]
        if not value.type.is_orderable:
            why = f"is not orderable, and therefore cannot be used in ORDER BY: {each.this.sql('trino')}"
            raise self._problems.at(each.this, "TYPE_MISMATCH", f"Type {value.type} {why}")
        return ordered(key(value) if has_key(value.type) else place, each, self._problems)

    def _place(self, node: exp.Expr, aliases: Mapping[str, str], count: int) -> str | None:
        if isinstance(node, exp.Literal) and not node.is_string:
            if not node.name.isdigit() or not 0 < int(node.name) <= count:
                message = f"ORDER BY position {node.name} is not in select list"
                raise self._problems.at(node, "INVALID_COLUMN_REFERENCE", message)
            return node.name
        if isinstance(node, exp.Column) and not node.table:
            return aliases.get(node.name.lower())
        return None

    def _tail(self, node: exp.Expr, inner: Translated, scope: Scope) -> str:
        """ORDER BY and LIMIT of a query that is not a SELECT: they see its columns only."""
        projected: list[tuple[Typed, exp.Expr | None]]
        projected = [(Typed(f"c{index}", kind), None) for index, (_, kind) in enumerate(inner.columns)]
        return self._order(node, scope, inner.columns, projected, distinct=False) + self._limit(node)

    def _limit(self, node: exp.Expr) -> str:
        sql = ""
        limit, offset = node.args.get("limit"), node.args.get("offset")
        for each in (limit, offset):
            if each is not None:
                self._problems.check(each, _FETCH if isinstance(each, exp.Fetch) else {"expression"})
        if isinstance(limit, exp.Fetch):
            options = limit.args.get("limit_options")
            if options is not None and (options.args.get("with_ties") or options.args.get("percent")):
                raise self._problems.at(node, "NOT_SUPPORTED", "FETCH FIRST ... WITH TIES is not supported here")
            sql += f" LIMIT {self._count(limit.args.get('count') or exp.Literal.number(1))}"
        elif limit is not None and not (isinstance(limit.expression, exp.Var) and limit.expression.name == "ALL"):
            sql += f" LIMIT {self._count(limit.expression)}"
        return sql + (f" OFFSET {self._count(offset.expression)}" if offset is not None else "")

    def _count(self, node: exp.Expr) -> int:
        if not isinstance(node, exp.Literal) or not node.name.isdigit():
            raise self._problems.syntax(node, node.sql())
        return int(node.name)


def stored_as(query: Translated, kinds: Sequence[Type]) -> Translated:
    """The query with columns of these types, as INSERT changes its own."""
    columns = [(name, kind) for (name, _), kind in zip(query.columns, kinds, strict=True)]
    return Translated(_as_types(query, columns, stored), columns)


def _as_types(
    side: Translated, columns: Sequence[tuple[str, Type]], changed_to: Callable[[Typed, Type], Typed] = coerced
) -> str:
    if [kind for _, kind in side.columns] == [kind for _, kind in columns]:
        return side.sql
    changed = [
        f"{changed_to(Typed(f's.c{index}', mine), wanted).sql} AS c{index}"
        for index, ((_, mine), (_, wanted)) in enumerate(zip(side.columns, columns, strict=True))
    ]
    return f"SELECT {', '.join(changed)} FROM ({side.sql}) s"


def _shown(node: exp.Expr, index: int) -> str:
    """The column's name: as written, `_col0` and so on for an expression without one."""
    if isinstance(node, exp.Alias):
        return node.alias
    if isinstance(node, exp.Column):
        return node.name
    return node.expression.name if isinstance(node, exp.Dot) else f"_col{index}"
