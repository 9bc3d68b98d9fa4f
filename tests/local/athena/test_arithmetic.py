"""Arithmetic against Python's own, which is exact."""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext

import duckdb
import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.athena.trino import Language, Prelude, translated

NOW = datetime.fromisoformat("2026-07-01 12:34:56.789")
INTEGERS = st.integers(-(2**31), 2**31 - 1)


@pytest.fixture(scope="module")
def value() -> Iterator[Callable[[str], object]]:
    with duckdb.connect(config={"threads": 1}) as engine:
        prelude = Prelude(engine)

        def answer(expression: str) -> object:
            sql = f"SELECT {expression}"
            query = translated(sqlglot.parse_one(sql, dialect=Language), {}, sql, NOW)
            prelude.prepare(query.sql)
            return engine.execute(query.sql).fetchall()[0][0]

        yield answer


@st.composite
def decimals(draw: st.DrawFn) -> tuple[str, Decimal, int, int]:
    """A decimal as it is written with its type, its value, precision and scale."""
    precision = draw(st.integers(1, 30))
    scale = draw(st.integers(0, precision))
    digits = draw(st.integers(-(10**precision) + 1, 10**precision - 1))
    with localcontext(prec=precision):  # the usual 28 digits would round
        number = Decimal(digits).scaleb(-scale)
    return f"CAST('{number:f}' AS decimal({precision},{scale}))", number, precision, scale


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(decimals(), decimals())
def test_a_quotient_of_decimals_is_exact_and_half_up(
    value: Callable[[str], object], one: tuple[str, Decimal, int, int], other: tuple[str, Decimal, int, int]
) -> None:
    (left, a, precision, scale), (right, b, _, divisor_scale) = one, other
    if not b:
        return
    with localcontext(prec=200):
        places = max(scale, divisor_scale)
        expected = (a / b).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    digits = min(38, precision + divisor_scale + max(divisor_scale - scale, 0))
    if abs(expected) < Decimal(10) ** (digits - places):
        assert value(f"{left} / {right}") == expected


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(decimals(), decimals(), st.sampled_from("+-*"))
def test_other_arithmetic_of_decimals_is_exact(
    value: Callable[[str], object],
    one: tuple[str, Decimal, int, int],
    other: tuple[str, Decimal, int, int],
    sign: str,
) -> None:
    (left, a, precision, scale), (right, b, its_precision, its_scale) = one, other
    with localcontext(prec=200):
        expected = {"+": a + b, "-": a - b, "*": a * b}[sign]
    places = scale + its_scale if sign == "*" else max(scale, its_scale)
    whole = max(precision - scale, its_precision - its_scale) + 1
    if (precision + its_precision if sign == "*" else whole + places) <= 38:
        assert value(f"{left} {sign} {right}") == expected


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(INTEGERS, INTEGERS.filter(bool))
def test_integers_are_divided_as_java_divides(value: Callable[[str], object], one: int, other: int) -> None:
    quotient = abs(one) // abs(other) * (1 if (one < 0) == (other < 0) else -1)
    if abs(quotient) < 2**31:
        assert value(f"CAST({one} AS integer) / CAST({other} AS integer)") == quotient
    assert value(f"CAST({one} AS integer) % CAST({other} AS integer)") == one - other * quotient
