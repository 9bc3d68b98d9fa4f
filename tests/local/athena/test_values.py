"""The text of one value."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.athena.trino.texts import real, text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_s_text_is_java_s_and_loses_nothing(value: float) -> None:
    shown = text(value)
    assert shown is not None
    assert float(shown) == value
    assert re.fullmatch(r"-?\d+\.\d+|-?[1-9]\.\d+E-?\d+", shown)
    assert ("E" in shown) == (value != 0 and not 1e-3 <= abs(value) < 1e7)


@given(st.floats(width=32))
def test_a_real_s_text_is_numpy_s(value: float) -> None:
    assert repr(real(value)) == repr(float(str(np.float32(value))))


def test_a_real_s_text_is_the_shortest_where_neighbours_are_not_equally_far() -> None:
    powers = np.array([2.0**exponent for exponent in range(-149, 128)], np.float32).view(np.uint32)
    bits = [powers + np.uint32(step) for step in range(3)] + [powers - np.uint32(1)]
    for value in np.concatenate(bits).view(np.float32):
        assert real(float(value)) == float(str(value))


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
