"""DISTINCT in every aggregate function: rows that are there twice count once."""

import duckdb
import pytest

from local.athena.trino import Prelude
from local.athena.trino.functions import FUNCTIONS
from local.athena.trino.signatures import Function
from tests.local.athena.test_golden import Answer, answer

FIRST = "(true, 1, 2.5e0, 'a', MAP(ARRAY['a'], ARRAY[1]))"
ROWS = f"{FIRST}, (false, 3, 4e0, 'b', MAP(ARRAY['b'], ARRAY[2])), (NULL, 6, 9e0, 'c', MAP())"
COLUMNS = {
    "boolean": "b", "bigint": "n", "double": "d", "real": "CAST(d AS real)", "varchar": "s", "map": "m",
    "decimal": "CAST(n AS decimal(10,2))", "T": "n", "K": "s", "V": "n",
    "interval day to second": "n * INTERVAL '1' DAY", "interval year to month": "n * INTERVAL '1' MONTH",
}  # fmt: skip
SECOND = {
    "approx_percentile": {"double": "0.5", "array": "ARRAY[0.1, 0.9]"},
    "approx_distinct": {"double": "0.1"},
    "max": {"bigint": "2"},
    "min": {"bigint": "2"},
}
"""Arguments that are the same for every row."""
AGGREGATES = [
    function
    for functions in FUNCTIONS.values()
    for function in functions
    if function.kind == "aggregate" and function.parameters and function.parameters[0].name != "*"
]


def call(function: Function, distinct: str) -> str:
    if function.name == "listagg":
        return f"listagg({distinct}s, '') WITHIN GROUP (ORDER BY s)"
    first, *others = (each.name for each in function.parameters)
    fixed = {
        "double": "CAST(n AS double)",
        **SECOND.get(function.name, {}),
        **({"bigint": "2"} if function.name.endswith("_by") else {}),
    }
    arguments = [COLUMNS[first], *(fixed.get(name) or COLUMNS[name] for name in others)]
    sql = f"{function.name}({distinct}{', '.join(arguments)})"
    return f"array_sort({sql})" if function.name == "array_agg" else sql


def given(sql: str) -> Answer:
    with duckdb.connect(config={"threads": 1}) as engine:
        return answer(sql, engine, Prelude(engine))


@pytest.mark.parametrize("function", AGGREGATES, ids=Function.shown)
def test_distinct_rows_are_aggregated_once(function: Function) -> None:
    once = given(f"SELECT {call(function, '')} FROM (VALUES {ROWS}) AS t(b, n, d, s, m)")
    more = f"(VALUES {ROWS}, {ROWS}, {FIRST}) AS t(b, n, d, s, m)"
    assert given(f"SELECT {call(function, 'DISTINCT ')} FROM {more}") == once
