"""OVER (...) in the engine's SQL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from local.athena.trino.expressions.scope import Scope, Translate, WindowParts
from local.athena.trino.operations.equality import key
from local.athena.trino.operations.operators import calculated
from local.athena.trino.problems import Problems
from local.athena.trino.signatures import Typed
from local.athena.trino.types import YEAR_TO_MONTH


def defined(nodes: Iterable[exp.Expr], problems: Problems) -> dict[str, WindowParts]:
    """How the clause WINDOW defines each name; a definition can name those before it. Raises `QueryError`."""
    known: dict[str, WindowParts] = {}
    for node in nodes:
        if node.name.lower() in known:
            raise problems.at(node, "DUPLICATE_WINDOW_NAME", f"WINDOW name {node.name} is specified more than once")
        known[node.name.lower()] = _parts(node, known, problems)
    return known


def _parts(node: exp.Expr, known: Mapping[str, WindowParts], problems: Problems) -> WindowParts:
    """The parts of a window, with those of the window that it names."""
    problems.check(node, {"this", "partition_by", "order", "spec", "alias", "over"})
    own = WindowParts(node.args.get("partition_by") or (), node.args.get("order"), node.args.get("spec"))
    named = node.args.get("alias")
    if named is None:
        return own
    base = known.get(named.name.lower())
    if base is None:
        raise problems.at(named, "INVALID_WINDOW_REFERENCE", f"Cannot resolve WINDOW name {named.name}")
    if own == WindowParts():
        return base
    if own.partition:
        message = "WINDOW specification with named WINDOW reference cannot specify PARTITION BY"
        raise problems.at(own.partition[0], "INVALID_PARTITION_BY", message)
    if own.order is not None and base.order is not None:
        message = "Cannot specify ORDER BY if referenced named WINDOW specifies ORDER BY"
        raise problems.at(own.order, "INVALID_ORDER_BY", message)
    if base.frame is not None:
        message = "Cannot reference named WINDOW containing frame specification"
        raise problems.at(named, "INVALID_WINDOW_REFERENCE", message)
    return WindowParts(base.partition, own.order or base.order, own.frame)


def window_clause(node: exp.Window, scope: Scope, typed: Translate, problems: Problems) -> str:
    """What is in the parentheses after OVER; a name is replaced with its definition in WINDOW."""
    window = _parts(node, scope.windows, problems)
    before = replace(scope, arguments={})  # unlike what stands in ORDER BY, WINDOW knows no column of the result
    parts = []
    if window.partition:
        inner = scope if node.args.get("partition_by") else before
        parts.append("PARTITION BY " + ", ".join(key(typed(each, inner)) for each in window.partition))
    order = window.order.expressions if window.order is not None else []
    by = [typed(each.this, scope if node.args.get("order") else before) for each in order]
    if order:
        terms = (ordered(key(value), each, problems) for value, each in zip(by, order, strict=True))
        parts.append("ORDER BY " + ", ".join(terms))
    if window.frame is not None:
        if window.frame.args.get("exclude"):
            raise problems.syntax(node, "EXCLUDE")
        _check_frame(node, window.frame, problems)
        inner = scope if node.args.get("spec") else before
        ends = (_bound(window.frame, name, by, inner, typed, problems) for name in ("start", "end"))
        parts.append(f"{window.frame.args['kind'].upper()} BETWEEN {' AND '.join(ends)}")
    return " ".join(parts)


def _check_frame(node: exp.Window, frame: exp.Expr, problems: Problems) -> None:
    """Raise `QueryError` for a frame that would end before it starts."""
    start, end = (_end_type(frame, name) for name in ("start", "end"))
    if start == "UNBOUNDED FOLLOWING":
        raise problems.at(node, "INVALID_WINDOW_FRAME", f"Window frame start cannot be {start}")
    if end == "UNBOUNDED PRECEDING":
        raise problems.at(node, "INVALID_WINDOW_FRAME", f"Window frame end cannot be {end}")
    if (start, end) in (("CURRENT ROW", "PRECEDING"), ("FOLLOWING", "PRECEDING"), ("FOLLOWING", "CURRENT ROW")):
        message = f"Window frame starting from {start} cannot end with {end}"
        raise problems.at(node, "INVALID_WINDOW_FRAME", message)


def _end_type(frame: exp.Expr, name: str) -> str:
    """`UNBOUNDED PRECEDING`, `PRECEDING`, `CURRENT ROW` and so on."""
    value, side = frame.args.get(name), str(frame.args.get(f"{name}_side") or "").upper()
    return f"{value} {side}".strip() if isinstance(value, str) else side or "CURRENT ROW"


def check_neighbour(name: str, node: exp.Window, scope: Scope, problems: Problems) -> None:
    """Raise `QueryError` for a window in which `lag` or `lead` cannot look for a row."""
    window = _parts(node, scope.windows, problems)
    if window.order is None:
        raise problems.at(node, "MISSING_ORDER_BY", f"{name} function requires an ORDER BY window clause")
    if window.frame is not None:
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
