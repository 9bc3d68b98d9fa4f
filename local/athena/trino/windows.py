"""OVER (...) in the engine's words."""

from collections.abc import Callable, Sequence

from sqlglot import exp

from local.athena.trino.operators import calculated
from local.athena.trino.problems import Problems
from local.athena.trino.scope import Scope
from local.athena.trino.signatures import Typed
from local.athena.trino.types import YEAR_TO_MONTH

Translate = Callable[[exp.Expr, Scope], Typed]


def window_clause(node: exp.Window, scope: Scope, typed: Translate, problems: Problems) -> str:
    """What stands in the parentheses after OVER; a name is replaced with what WINDOW says of it."""
    problems.check(node, {"this", "partition_by", "order", "spec", "alias", "over"})
    named = node.args.get("alias")
    if named is not None and node.args.get("over"):
        definition = scope.windows.get(named.name.lower())
        if not isinstance(definition, exp.Window):
            raise problems.at(node, "INVALID_WINDOW_REFERENCE", f"Cannot resolve WINDOW name {named.name}")
        return window_clause(definition, scope, typed, problems)
    parts = []
    if node.args.get("partition_by"):
        parts.append("PARTITION BY " + ", ".join(typed(each, scope).sql for each in node.args["partition_by"]))
    order = node.args.get("order")
    if order is not None:
        parts.append(
            "ORDER BY " + ", ".join(ordered(typed(each.this, scope).sql, each, problems) for each in order.expressions)
        )
    spec = node.args.get("spec")
    if spec is not None:
        if spec.args.get("exclude"):
            raise problems.syntax(node, "EXCLUDE")
        keys = [typed(each.this, scope) for each in order.expressions] if order is not None else []
        ends = (_bound(spec, name, keys, scope, typed, problems) for name in ("start", "end"))
        parts.append(f"{spec.args['kind'].upper()} BETWEEN {' AND '.join(ends)}")
    return " ".join(parts)


def check_neighbour(name: str, node: exp.Window, scope: Scope, problems: Problems) -> None:
    """Raise `QueryError` for a window in which `lag` or `lead` cannot look for a row."""
    named = scope.windows.get(node.args["alias"].name.lower()) if node.args.get("alias") else None
    given = [each for each in (node, named) if isinstance(each, exp.Window)]
    if not any(each.args.get("order") for each in given):
        raise problems.at(node, "MISSING_ORDER_BY", f"{name} function requires an ORDER BY window clause")
    if any(each.args.get("spec") for each in given):
        raise problems.at(node, "INVALID_WINDOW_FRAME", f"Cannot specify window frame for {name} function")


def ordered(sql: str, node: exp.Expr, problems: Problems) -> str:
    """One expression of ORDER BY; NULL comes last in either order unless NULLS FIRST is written."""
    problems.check(node, {"this", "desc", "nulls_first"})
    way = " DESC" if node.args.get("desc") else " ASC"
    return f"{sql}{way} NULLS {'FIRST' if node.args.get('nulls_first') else 'LAST'}"


def _bound(spec: exp.Expr, name: str, keys: Sequence[Typed], scope: Scope, typed: Translate, problems: Problems) -> str:
    value, side = spec.args.get(name), str(spec.args.get(f"{name}_side") or "").upper()
    if value is None:
        return "CURRENT ROW"
    if isinstance(value, str):
        return f"{value} {side}".strip()
    offset = typed(value, scope)
    kind = spec.args["kind"].upper()
    if kind == "RANGE":
        _check_taken(value, offset, keys, problems)
    elif not (offset.type.is_integer or (offset.type.name == "decimal" and not offset.type.scale)):
        message = (
            f"Window frame {kind} {name} value type must be exact numeric type with scale 0 (actual {offset.type})"
        )
        raise problems.at(value, "TYPE_MISMATCH", message)
    if not offset.type.name.startswith("interval"):
        return f"{offset.sql} {side}"
    step = "to_months(CAST({} AS INTEGER))" if offset.type == YEAR_TO_MONTH else "to_milliseconds({})"
    return f"{step.format(offset.sql)} {side}"


def _check_taken(node: exp.Expr, offset: Typed, keys: Sequence[Typed], problems: Problems) -> None:
    """Raise `QueryError` for an offset that cannot be taken from the one sort key."""
    if not keys:
        message = "Window frame of type RANGE PRECEDING or FOLLOWING requires ORDER BY"
        raise problems.at(node, "MISSING_ORDER_BY", message)
    if len(keys) > 1:
        message = "Window frame of type RANGE PRECEDING or FOLLOWING requires single sort item in ORDER BY (actual: {})"
        raise problems.at(node, "INVALID_ORDER_BY", message.format(len(keys)))
    if calculated("-", keys[0], offset) is None:
        message = f"Window frame RANGE value type ({offset.type}) not compatible with sort item type ({keys[0].type})"
        raise problems.at(node, "TYPE_MISMATCH", message)
