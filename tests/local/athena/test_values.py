"""The text of one value."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.athena.trino.texts import text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_s_text_is_java_s_and_loses_nothing(value: float) -> None:
    shown = text(value)
    assert shown is not None
    assert float(shown) == value
    assert re.fullmatch(r"-?\d+\.\d+|-?[1-9]\.\d+E-?\d+", shown)
    assert ("E" in shown) == (value != 0 and not 1e-3 <= abs(value) < 1e7)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        ("", ""),
        (True, "true"),
        (7, "7"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (Decimal("1E+3"), "1000"),
        (date(2020, 1, 2), "2020-01-02"),
        (datetime.fromisoformat("2020-01-02T03:04:05.678901"), "2020-01-02 03:04:05.678"),
        (datetime.fromisoformat("2020-01-02T03:04:05+00:00"), "2020-01-02 03:04:05.000 UTC"),
        (b"\xff\x00", "ff 00"),
        ([1, None, "a"], "[1, null, a]"),
        ([("k", 1.5)], "{k=1.5}"),
        ({"a": [True]}, "{a=[true]}"),
    ],
)
def test_a_value_s_text(value: Any, shown: str | None) -> None:
    assert text(value) == shown
