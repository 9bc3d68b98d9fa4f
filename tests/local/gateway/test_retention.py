"""What MiniStack keeps of its past: the newest logs; metrics that say the same with fewer points."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.services.cloudwatch import _calc_stats, _percentile_samples

from local.gateway.ministack.retention import MOST_POINTS, Point, by_minute, keep_newest

_NOW = 10 * 60.0
_TIMES = st.floats(0, _NOW + 59, allow_nan=False)
_VALUES = st.integers(0, 5).map(float)


def _set(low: float, high: float) -> dict[str, Any]:
    return {"SampleCount": 2, "Sum": low + high, "Minimum": min(low, high), "Maximum": max(low, high)}


_SINGLE = st.builds(lambda at, value: {"Timestamp": at, "Value": value, "Unit": "Count"}, _TIMES, _VALUES)
_COUNTED = st.builds(lambda point, count: {**point, "Count": float(count)}, _SINGLE, st.integers(1, 3))
_SETS = st.builds(lambda point, low, high: {**point, "_stat": _set(low, high)}, _SINGLE, _VALUES, _VALUES)


def _minutes(points: list[Point]) -> dict[int, list[Point]]:
    found: dict[int, list[Point]] = {}
    for point in points:
        found.setdefault(int(point["Timestamp"] // 60), []).append(point)
    return found


@given(st.lists(_SINGLE | _COUNTED | _SETS))
def test_every_minute_has_the_statistics_it_had(points: list[Point]) -> None:
    kept = by_minute(points, _NOW)
    before, after = _minutes(points), _minutes(kept)
    assert before.keys() == after.keys()
    for minute, was in before.items():
        assert _calc_stats(after[minute]) == pytest.approx(_calc_stats(was))


@given(st.lists(_SINGLE | _COUNTED))
def test_values_keep_their_percentiles(points: list[Point]) -> None:
    def weights(some: list[Point]) -> dict[float, float]:
        found: dict[float, float] = {}
        for value, weight in _percentile_samples(some) or ():
            found[value] = found.get(value, 0) + weight
        return found

    assert weights(by_minute(points, _NOW)) == weights(points)


@given(st.lists(_SINGLE | _COUNTED | _SETS))
def test_the_minute_that_goes_on_is_left_alone(points: list[Point]) -> None:
    now = [point for point in points if point["Timestamp"] >= _NOW]
    assert sorted(map(str, now)) == sorted(str(p) for p in by_minute(points, _NOW) if p["Timestamp"] >= _NOW)


def test_an_hour_of_equal_values_is_a_point_a_minute() -> None:
    points = [{"Timestamp": at / 10, "Value": 1.0, "Unit": "Count"} for at in range(36_000)]
    assert len(by_minute(points, 3600.0)) == 60


def test_there_are_never_more_points_than_are_kept() -> None:
    points = [{"Timestamp": 0.0, "Value": float(value), "Unit": "Milliseconds"} for value in range(MOST_POINTS + 5)]
    assert [point["Value"] for point in by_minute(points, _NOW)] == [float(n) for n in range(5, MOST_POINTS + 5)]


def test_the_newest_are_kept() -> None:
    streams, events = dict.fromkeys("abc"), list("abc")
    for kept in (streams, events):
        keep_newest(kept, 2)  # type: ignore[arg-type]
        assert list(kept) == ["b", "c"]
        keep_newest(kept, 5)  # type: ignore[arg-type]
        assert list(kept) == ["b", "c"]
