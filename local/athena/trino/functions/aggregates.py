"""https://trino.io/docs/current/functions/aggregate.html"""

from collections.abc import Callable

from local.athena.errors import QueryError
from local.athena.trino.operations.equality import alike, has_key, key
from local.athena.trino.operations.operators import divided_decimal
from local.athena.trino.signatures import Call, Function, Typed, aggregate, letter, same_type
from local.athena.trino.types import (
    BIGINT,
    BOOLEAN,
    DAY_TO_SECOND,
    DOUBLE,
    REAL,
    VARCHAR,
    YEAR_TO_MONTH,
    Type,
    array,
    decimal,
    mapping,
)

T, K, V = letter("T"), letter("K"), letter("V")
_EXACT = Type("decimal")
_MAP = mapping(K, V)
_INEXACT = (REAL, DOUBLE)
"""Where there is a function for each, decimals and whole numbers become the first: it becomes the second."""
_SUM = "sum({distinct}{0}){over}"


def _exact_average(call: Call) -> str:
    value, kind = call.arguments[0].sql, call.returns
    total, count = (f"{name}({call.distinct}{value}){call.over}" for name in ("sum", "count"))
    quotient = divided_decimal(
        Typed(f"CAST({total} AS DECIMAL(38,{kind.scale}))", decimal(38, kind.scale)),
        Typed(f"CAST({count} AS DECIMAL(19,0))", decimal(19, 0)),
        kind,
    )
    return f"CASE WHEN {total} IS NOT NULL THEN {quotient} END"


def _counted(call: Call) -> str:
    value = call.arguments[0]
    return f"count({call.distinct}{key(value) if call.distinct else value.sql}){call.over}"


def _counted_distinct(call: Call) -> str:
    return f"count(DISTINCT {key(call.arguments[0])}){call.over}"


def _listed(call: Call) -> str:
    elements = Typed(f"list({call.distinct}{call.arguments[0].sql}{call.order}){call.over}", call.returns)
    return alike(elements).sql if call.distinct else elements.sql


def _of_distinct(sql: str) -> Callable[[Call], str]:
    """An aggregate that returns values of several rows; refused if the engine cannot tell which of them are equal."""

    def rendered(call: Call) -> str:
        if call.distinct and any(has_key(argument.type) for argument in call.arguments):
            what = f"DISTINCT in {call.name} is not supported here for zoned times or maps"
            raise QueryError("NOT_SUPPORTED", f"{call.place}: {what}")
        arguments = (argument.sql for argument in call.arguments)
        return sql.format(*arguments, distinct=call.distinct, order=call.order, over=call.over)

    return rendered


def _by_key(call: Call) -> str:
    name = "distinct_multimap" if call.distinct else "multimap"
    return _of_distinct(name + "(list(struct_pack(k := {0}, v := {1}){order}){over})")(call)


def _statistics() -> list[Function]:
    """Functions of doubles that the engine has; those of samples are NULL for a single value."""
    one = {
        "stddev": "stddev_samp", "stddev_samp": "stddev_samp", "stddev_pop": "stddev_pop",
        "variance": "var_samp", "var_samp": "var_samp", "var_pop": "var_pop",
    }  # fmt: skip
    two = (
        "regr_avgx",
        "regr_avgy",
        "regr_sxx",
        "regr_sxy",
        "regr_syy",
    )
    return [
        *(aggregate(name, [DOUBLE], DOUBLE, f"{native}({{distinct}}{{0}}){{over}}") for name, native in one.items()),
        *(aggregate(name, [DOUBLE, DOUBLE], DOUBLE, f"{name}({{distinct}}{{0}}, {{1}}){{over}}") for name in two),
        *(
            aggregate(name, [kind, kind], kind, f"CASE WHEN isfinite({call}) THEN CAST({call} AS {kind.engine}) END")
            for name in ("corr", "covar_pop", "covar_samp", "regr_intercept", "regr_r2", "regr_slope")
            for kind in ((DOUBLE,) if name == "regr_r2" else _INEXACT)
            for call in (f"{name}({{distinct}}{{0}}, {{1}}){{over}}",)
        ),
        *_moments(),
        aggregate("regr_count", [DOUBLE, DOUBLE], BIGINT, "CAST(regr_count({distinct}{0}, {1}){over} AS BIGINT)"),
    ]


def _moments() -> list[Function]:
    """Of too few values NULL, of equal ones NaN: the engine has NULL for both. Its skewness is that of a sample."""
    n, skewness, kurtosis = (f"{name}({{distinct}}{{0}}){{over}}" for name in ("count", "skewness", "kurtosis"))
    of_all = f"{skewness} * ({n} - 2) / sqrt({n} * ({n} - 1))"
    return [
        aggregate(name, [DOUBLE], DOUBLE, f"CASE WHEN {n} >= {fewest} THEN coalesce({sql}, CAST('NaN' AS DOUBLE)) END")
        for name, fewest, sql in (("skewness", 3, of_all), ("kurtosis", 4, kurtosis))
    ]


def _extremes(name: str, native: str) -> list[Function]:
    return [
        aggregate(name, [T], T, f"{name}({{distinct}}{{0}}){{over}}"),
        aggregate(name, [T, BIGINT], array(T), _of_distinct(f"{name}({{distinct}}{{0}}, {{1}}){{over}}")),
        aggregate(f"{name}_by", [T, K], T, f"{native}_null({{0}}, {{1}}){{over}}"),
        aggregate(
            f"{name}_by", [T, K, BIGINT], array(T), _of_distinct(f"{native}({{distinct}}{{0}}, {{1}}, {{2}}){{over}}")
        ),
    ]


def _percentiles() -> list[Function]:
    """Exact: what a t-digest returns while each of its centroids holds one value."""
    kinds = (BIGINT, *_INEXACT)
    sql = "{name}(list({{distinct}}{{0}}){{over}}, any_value({{1}}){{over}})"
    one, several = (sql.format(name=name) for name in ("percentile", "percentiles"))
    return [
        *(aggregate("approx_percentile", [kind, DOUBLE], kind, one) for kind in kinds),
        *(aggregate("approx_percentile", [kind, array(DOUBLE)], array(kind), several) for kind in kinds),
    ]


FUNCTIONS: tuple[Function, ...] = (
    aggregate("any_value", [T], T, "any_value({0}{order}){over}"),
    aggregate("approx_distinct", [T], BIGINT, _counted_distinct),
    aggregate("approx_distinct", [T, DOUBLE], BIGINT, _counted_distinct),
    *_percentiles(),
    aggregate("arbitrary", [T], T, "any_value({0}{order}){over}"),
    aggregate("array_agg", [T], array(T), _listed),
    *(aggregate("avg", [kind], kind, "avg({distinct}{0}){over}") for kind in (DOUBLE,)),
    aggregate("avg", [BIGINT], DOUBLE, "avg({distinct}{0}){over}"),
    aggregate("avg", [REAL], REAL, "CAST(avg({distinct}{0}){over} AS FLOAT)"),
    aggregate("avg", [_EXACT], same_type, _exact_average),
    *(
        aggregate("avg", [kind], kind, "CAST(round(avg({distinct}{0}){over}) AS BIGINT)")
        for kind in (DAY_TO_SECOND, YEAR_TO_MONTH)
    ),
    *(
        aggregate(name, [BIGINT], BIGINT, f"{native}({{distinct}}{{0}}){{over}}")
        for name, native in (
            ("bitwise_and_agg", "bit_and"),
            ("bitwise_or_agg", "bit_or"),
            ("bitwise_xor_agg", "bit_xor"),
        )
    ),
    aggregate("bool_and", [BOOLEAN], BOOLEAN, "bool_and({0}){over}"),
    aggregate("bool_or", [BOOLEAN], BOOLEAN, "bool_or({0}){over}"),
    aggregate("count", [Type("*")], BIGINT, "count(*){over}"),
    aggregate("count", [], BIGINT, "count(*){over}"),
    aggregate("count", [T], BIGINT, _counted),
    aggregate("count_if", [BOOLEAN], BIGINT, "count({distinct}CASE WHEN {0} THEN true END){over}"),
    aggregate("every", [BOOLEAN], BOOLEAN, "bool_and({0}){over}"),
    aggregate("geometric_mean", [BIGINT], DOUBLE, "exp(avg({distinct}ln({0})){over})"),
    *(
        aggregate("geometric_mean", [kind], kind, f"CAST(exp(avg({{distinct}}ln({{0}})){{over}}) AS {kind.engine})")
        for kind in _INEXACT
    ),
    aggregate("histogram", [T], mapping(T, BIGINT), "histogram_map(histogram({distinct}{0}){over})"),
    aggregate("listagg", [VARCHAR, VARCHAR], VARCHAR, "string_agg({distinct}{0}, {1}{order}){over}"),
    aggregate("map_agg", [K, V], mapping(K, V), "first_entries(list(struct_pack(k := {0}, v := {1}){order}){over})"),
    aggregate(
        "map_union",
        [mapping(K, V)],
        mapping(K, V),
        "first_entries(entries_of(flatten(list(map_entries({0}){order}){over})))",
    ),
    *_extremes("max", "arg_max"),
    *_extremes("min", "arg_min"),
    aggregate("multimap_agg", [K, V], mapping(K, array(V)), _by_key),
    *_statistics(),
    aggregate("sum", [BIGINT], BIGINT, "CAST(" + _SUM + " AS BIGINT)"),
    aggregate("sum", [REAL], REAL, "CAST(" + _SUM + " AS FLOAT)"),
    aggregate("sum", [DOUBLE], DOUBLE, _SUM),
    aggregate("sum", [_EXACT], lambda call: decimal(38, same_type(call).scale), _SUM),
    *(aggregate("sum", [kind], kind, "CAST(" + _SUM + " AS BIGINT)") for kind in (DAY_TO_SECOND, YEAR_TO_MONTH)),
)
