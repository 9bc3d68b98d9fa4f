"""Trino's SQL, as far as sqlglot leaves a difference of meaning, in the engine's words.

Every function here changes a parsed statement; sqlglot then writes it as DuckDB's SQL.
"""

from sqlglot import exp

from local.athena.catalogue import CATALOGUE
from local.athena.errors import QueryError
from local.athena.java_time import strftime_pattern

MACROS = (
    "CREATE MACRO at_timezone(ts, zone) AS timezone(zone, ts)",
    "CREATE MACRO codepoint(text) AS unicode(text)",
)
"""Trino functions that the engine lacks and that one expression explains."""

SETTINGS = ("SET integer_division = true", "SET TimeZone = 'UTC'")
"""Trino divides integers to integers; Athena's session zone is UTC."""


def to_engine(statement: exp.Expr) -> str:
    """The statement as the engine's SQL; `statement` is not changed."""
    return statement.transform(_rewrite).sql("duckdb")


def name_columns(query: exp.Expr) -> None:
    """Give result columns without a name Trino's: `_col0`, `_col1`, ... by position."""
    select = query.find(exp.Select) if isinstance(query, exp.Query) else None
    if select is None or (isinstance(query, exp.SetOperation) and select is not query.left):
        return
    for index, projection in enumerate(select.expressions):
        if not isinstance(projection, exp.Alias | exp.Column | exp.Dot | exp.Star):
            projection.replace(exp.alias_(projection.copy(), f"_col{index}"))


def without_catalogue(table: exp.Table) -> None:
    """Drop `awsdatacatalog` in front of a database; raises `QueryError` for another catalogue."""
    if table.catalog and table.catalog.lower() != CATALOGUE:
        raise QueryError("CATALOG_NOT_FOUND", f"line 1:1: Catalog '{table.catalog}' does not exist")
    table.set("catalog", None)


def _rewrite(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Add | exp.Sub):
        return _interval_arithmetic(node)
    if isinstance(node, exp.DateAdd | exp.DateSub | exp.DateTrunc | exp.TimestampTrunc):
        return _same_type(node, node.this)
    if isinstance(node, exp.GenerateSeries):
        return _sequence(node)
    if isinstance(node, exp.DateDiff):
        unit = exp.Literal.string(node.text("unit") or "day")  # date_sub counts whole units, as Trino does
        return exp.Anonymous(this="date_sub", expressions=[unit, node.expression.copy(), node.this.copy()])
    if isinstance(node, exp.Anonymous) and node.name.lower() == "format_datetime":
        return _format_datetime(node)
    if isinstance(node, exp.DataType) and node.this in (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ):
        node.set("expressions", [])
    return node


def _same_type(value: exp.Expr, like: exp.Expr) -> exp.Expr:
    """Trino's date functions give dates for dates, the engine's give timestamps."""
    return exp.Anonymous(this="cast_to_type", expressions=[value.copy(), like.copy()])


def _interval_arithmetic(node: exp.Binary) -> exp.Expr:
    left, right = node.left, node.right
    if isinstance(right, exp.Interval) and not isinstance(left, exp.Interval):
        return _same_type(node, left)
    if isinstance(left, exp.Interval) and not isinstance(right, exp.Interval):
        return _same_type(node, right)
    return node


def _sequence(node: exp.GenerateSeries) -> exp.Expr:
    start, end, step = (node.args.get(name) for name in ("start", "end", "step"))
    day = exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY"))
    series = exp.Anonymous(this="generate_series", expressions=[start, end, *([step] if step else [])])
    if step is None and isinstance(start, exp.Cast):
        series.append("expressions", day)
    each = exp.to_identifier("each")
    body = exp.Anonymous(this="cast_to_type", expressions=[exp.column("each"), start.copy()])  # type: ignore[union-attr]
    return exp.Anonymous(this="list_transform", expressions=[series, exp.Lambda(this=body, expressions=[each])])


def _format_datetime(node: exp.Anonymous) -> exp.Expr:
    moment, form = node.expressions
    return exp.func("strftime", moment, exp.Literal.string(strftime_pattern(form.name).replace("%f", "%g")))
