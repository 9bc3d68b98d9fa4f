"""Calls that have a syntax of their own, as a name and arguments."""

from sqlglot import exp

_NOW: dict[type[exp.Expr], str] = {
    exp.CurrentDate: "current_date",
    exp.CurrentTime: "current_time",
    exp.CurrentTimestamp: "current_timestamp",
    exp.Localtime: "localtime",
    exp.Localtimestamp: "localtimestamp",
}


def plain_call(node: exp.Expr) -> tuple[str, list[exp.Expr]] | None:
    """`extract(year FROM x)` as `year(x)` and the like; None for what is not a call."""
    if isinstance(node, exp.Anonymous):
        return str(node.name).lower(), list(node.expressions)
    if type(node) in _NOW:
        return _NOW[type(node)], [node.this] if node.this else []
    if isinstance(node, exp.Extract):
        return node.name.lower(), [node.expression]
    if isinstance(node, exp.Substring):
        given = (node.this, node.args.get("start"), node.args.get("length"))
        return "substring", [each for each in given if each is not None]
    if isinstance(node, exp.StrPosition):
        return "strpos", [node.this, node.args["substr"]]
    if isinstance(node, exp.Normalize):
        form = node.args.get("form")
        return "normalize", [node.this, *([exp.Literal.string(form.name)] if form else [])]
    return _longer(node)


def _longer(node: exp.Expr) -> tuple[str, list[exp.Expr]] | None:
    if isinstance(node, exp.Trim):
        names = {"LEADING": "ltrim", "TRAILING": "rtrim"}
        sign = node.args.get("expression")
        return names.get(str(node.args.get("position") or ""), "trim"), [node.this, *([sign] if sign else [])]
    if isinstance(node, exp.GroupConcat):
        separator = node.args.get("separator") or exp.Literal.string("")
        if isinstance(node.this, exp.Order):
            order = node.this.copy()
            order.set("this", separator.copy())
            return "listagg", [node.this.this, order]
        return "listagg", [node.this, separator]
    if isinstance(node, exp.JSONValue) and not node.args.get("on_condition"):
        kind = node.args.get("returning")
        return "json_value", [node.this, node.args["path"], *([exp.Literal.string(kind.sql("trino"))] if kind else [])]
    if isinstance(node, exp.JSONExtract) and node.args.get("json_query"):
        unsupported = any(node.args.get(name) for name in ("option", "quote", "on_condition"))
        return None if unsupported else ("json_query", [node.this, node.expression])
    return None
