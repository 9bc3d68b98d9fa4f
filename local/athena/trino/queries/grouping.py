"""GROUP BY, and whether every column of a grouped query is one of its groups or inside an aggregate."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, combinations, product

from sqlglot import exp

from local.athena.trino.expressions.expressions import Expressions
from local.athena.trino.expressions.scope import Scope
from local.athena.trino.expressions.special import plain_call
from local.athena.trino.functions import FUNCTIONS
from local.athena.trino.operations.equality import has_key, key
from local.athena.trino.problems import Problems
from local.athena.trino.signatures import Typed

_SETS = {"cube": "CUBE", "rollup": "ROLLUP", "grouping_sets": "GROUPING SETS"}
Projected = Sequence[tuple[Typed, exp.Expr | None]]


def is_aggregate(node: exp.Expr) -> bool:
    """Whether the node calls an aggregate function, or GROUPING."""
    plain = plain_call(node)
    if plain is None:
        return False
    name, _ = plain
    return name == "grouping" or (name in FUNCTIONS and FUNCTIONS[name][0].kind == "aggregate")


def has_aggregates(node: exp.Expr) -> bool:
    """Whether a row of the result stands for several, outside of subqueries and of windows."""
    if isinstance(node, exp.Query):
        return False
    if isinstance(node, exp.Window):
        return any(map(has_aggregates, _window_parts(node)))
    return is_aggregate(node) or any(map(has_aggregates, _children(node)))


def has_windows(node: exp.Expr) -> bool:
    """Whether it holds a window function, outside of subqueries."""
    return not isinstance(node, exp.Query) and (isinstance(node, exp.Window) or any(map(has_windows, _children(node))))


def _window_parts(node: exp.Window) -> list[exp.Expr]:
    """The expressions in a window function's call and in its OVER."""
    call, order = node.this, node.args.get("order")
    parts = [*(node.args.get("partition_by") or []), *(each.this for each in (order.expressions if order else []))]
    while isinstance(call, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
        parts += [call.expression.this] if isinstance(call, exp.Filter) else []
        call = call.this
    return [*_children(call), *parts]


def _children(node: exp.Expr) -> Iterator[exp.Expr]:
    return node.iter_expressions()


Groups = list[Typed]


def group_by(
    node: exp.Select, scope: Scope, expressions: Expressions, projected: Projected, problems: Problems
) -> tuple[str, Groups | None]:
    """GROUP BY in the engine's SQL, and what it groups by; None for a query that is not grouped."""
    group = node.args.get("group")
    if group is None:
        order = node.args.get("order")
        inner = [each for _, each in projected if each is not None]
        inner += [each.this for each in order.expressions] if order is not None else []
        having = node.args.get("having")
        implicit = having is not None or any(map(has_aggregates, inner))
        return "", [] if implicit else None
    problems.check(group, {"all", "expressions", *_SETS})
    known: Groups = []

    def rendered(each: exp.Expr) -> str:
        if isinstance(each, exp.Tuple | exp.Paren):
            inner_ = each.expressions if isinstance(each, exp.Tuple) else [each.this]
            return f"({', '.join(map(rendered, inner_))})"
        for kind, word in ((exp.Cube, "CUBE"), (exp.Rollup, "ROLLUP"), (exp.GroupingSets, "GROUPING SETS")):
            if isinstance(each, kind):
                return f"{word} ({', '.join(map(rendered, each.expressions))})"
        value = _grouped(each, scope, expressions, projected, problems)
        known.append(value)
        return key(value)

    sets = [*group.expressions, *(each for name in _SETS for each in group.args.get(name) or [])]
    if not sets:
        raise problems.syntax(group, "ALL" if group.args.get("all") else "<EOF>")
    if group.args.get("all") is False:  # GROUP BY DISTINCT
        return f" GROUP BY GROUPING SETS ({_once(sets, rendered)})", known
    return " GROUP BY " + ", ".join(map(rendered, sets)), known


def _once(elements: Sequence[exp.Expr], rendered: Callable[[exp.Expr], str]) -> str:
    """The grouping sets that the elements of GROUP BY stand for together, each of them once."""
    combined = (dict.fromkeys(chain(*each)) for each in product(*(_grouping_sets(one, rendered) for one in elements)))
    return ", ".join(f"({', '.join(each)})" for each in {frozenset(each): each for each in combined}.values())


def _grouping_sets(node: exp.Expr, rendered: Callable[[exp.Expr], str]) -> list[list[str]]:
    """The grouping sets of one element, as the engine's expressions."""
    if isinstance(node, exp.GroupingSets):
        return [each for inner in node.expressions for each in _grouping_sets(inner, rendered)]
    if isinstance(node, exp.Tuple | exp.Paren):
        return [[rendered(each) for each in (node.expressions if isinstance(node, exp.Tuple) else [node.this])]]
    if not isinstance(node, exp.Rollup | exp.Cube):
        return [[rendered(node)]]
    steps = [_grouping_sets(each, rendered)[0] for each in node.expressions]
    if isinstance(node, exp.Rollup):
        chosen = [steps[:count] for count in range(len(steps), -1, -1)]
    else:
        chosen = [list(each) for count in range(len(steps), -1, -1) for each in combinations(steps, count)]
    return [list(chain(*each)) for each in chosen]


def stand_ins(groups: Groups, sets: bool) -> dict[str, str]:
    """What stands for each of the groups that is not what the engine groups by: any of the equal values.

    `sets`: whether a column can be NULL because it is not grouped.
    """
    found = {}
    for value in groups:
        if has_key(value.type):
            any_ = f"any_value({value.sql})"
            found[value.sql] = f"CASE WHEN grouping({key(value)}) = 0 THEN {any_} END" if sets else any_
    return found


def has_sets(node: exp.Select) -> bool:
    """Whether it groups more than once: by GROUPING SETS, CUBE or ROLLUP."""
    group = node.args.get("group")
    return group is not None and group.find(exp.GroupingSets, exp.Cube, exp.Rollup) is not None


def _grouped(each: exp.Expr, scope: Scope, expressions: Expressions, projected: Projected, problems: Problems) -> Typed:
    if isinstance(each, exp.Literal) and not each.is_string:
        if not each.name.isdigit() or not 0 < int(each.name) <= len(projected):
            message = f"GROUP BY position {each.name} is not in select list"
            raise problems.at(each, "INVALID_COLUMN_REFERENCE", message)
        value, inner = projected[int(each.name) - 1]
        if inner is not None and (has_aggregates(inner) or has_windows(inner)):
            message = "GROUP BY clause cannot contain aggregations, window functions or grouping operations"
            raise problems.at(each, "EXPRESSION_NOT_SCALAR", message)
        return value
    if has_aggregates(each) or has_windows(each):
        message = "GROUP BY clause cannot contain aggregations, window functions or grouping operations"
        raise problems.at(each, "EXPRESSION_NOT_SCALAR", message)
    return expressions.typed(each, scope)


def check_grouping(node: exp.Select, groups: set[str] | None, expressions: Expressions, problems: Problems) -> None:
    """Raise `QueryError` for a column that has no one value in a group."""
    if groups is None:
        return
    order = node.args.get("order")
    having = node.args.get("having")
    windows = (part for window in node.args.get("windows") or [] for part in _window_parts(window))
    places = [*node.expressions, *([having.this] if having is not None else []), *windows]
    for each in places:
        _check(each, groups, expressions, problems)
    aliases = {each.alias_or_name.lower() for each in node.expressions}
    for each in order.expressions if order is not None else []:
        columns = (column for column in each.this.find_all(exp.Column) if not column.table)
        shown = {expressions.rendered.get(id(column)) for column in columns if column.name.lower() in aliases}
        if not (isinstance(each.this, exp.Literal) or each.this.name.lower() in aliases):
            _check(each.this, groups | {sql for sql in shown if sql}, expressions, problems)


def _check(node: exp.Expr, groups: set[str], expressions: Expressions, problems: Problems) -> None:
    sql = expressions.rendered.get(id(node))
    if sql in groups or isinstance(node, exp.Query | exp.Literal | exp.Lambda):
        return
    if is_aggregate(node):
        if any(map(has_aggregates, _children(node))):
            message = f"Cannot nest aggregations inside aggregation '{node.name.lower()}'"
            raise problems.at(node, "NESTED_AGGREGATION", message)
        return
    if isinstance(node, exp.Filter):
        _check(node.this, groups, expressions, problems)
        return
    if isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
        raise problems.at(node, "EXPRESSION_NOT_AGGREGATE", f"Column '{node.sql()}' not in GROUP BY clause")
    if isinstance(node, exp.Column):
        if sql is not None:
            shown = ".".join(part.name for part in node.parts)
            message = f"'{shown}' must be an aggregate expression or appear in GROUP BY clause"
            raise problems.at(node, "EXPRESSION_NOT_AGGREGATE", message)
        return
    if isinstance(node, exp.Window):
        _check_window(node, groups, expressions, problems)
        return
    for child in _children(node):
        _check(child, groups, expressions, problems)


def _check_window(node: exp.Window, groups: set[str], expressions: Expressions, problems: Problems) -> None:
    call = node.this
    order = node.args.get("order")
    inner = [
        *_children(call),
        *(node.args.get("partition_by") or []),
        *(order.expressions if order is not None else []),
    ]
    for each in inner:
        _check(each, groups, expressions, problems)
