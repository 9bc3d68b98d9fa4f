"""How much history MiniStack keeps: every invocation adds a log stream and four metric points, forever.

Metrics lose only the second within a past minute, as CloudWatch's do in time; of logs, the newest are kept.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
"""

from collections import defaultdict
from collections.abc import MutableMapping, MutableSequence, Sequence
from typing import Any, Final

Point = dict[str, Any]
"""One sample as MiniStack stores it: a `Value` seen `Count` times (once without), or a statistic set in `_stat`."""

MOST_STREAMS: Final = 1_000
"""Log streams of a group: MiniStack creates one per invocation."""
MOST_EVENTS: Final = 10_000
"""Events of a log stream, and events that can be looked up by their pointer."""
MOST_POINTS: Final = 10_000
"""Points of a metric, after those of each minute have been merged."""
_MINUTE: Final = 60


def keep_newest(kept: MutableMapping[Any, Any] | MutableSequence[Any], most: int) -> None:
    """Remove the oldest entries until there are no more than `most`."""
    excess = len(kept) - most
    if excess <= 0:
        return
    if isinstance(kept, MutableSequence):
        del kept[:excess]
        return
    for key in list(kept)[:excess]:
        kept.pop(key, None)


def by_minute(points: Sequence[Point], now: float) -> list[Point]:
    """Points of a metric in the order of their time, those of each minute that is over at `now` (epoch s) merged.

    Equal values become one with a `Count`, and statistic sets become one: sums, extremes and percentiles stay as they
    are for every period that CloudWatch has of a minute or more.
    """
    current = now // _MINUTE
    alike: dict[tuple[Any, ...], list[Point]] = defaultdict(list)
    for number, point in enumerate(points):
        minute = point["Timestamp"] // _MINUTE
        value = "_stat" if "_stat" in point else point["Value"]
        alike[(minute, point["Unit"], value, number if minute >= current else None)].append(point)
    return sorted(map(_together, alike.values()), key=lambda point: float(point["Timestamp"]))[-MOST_POINTS:]


def _together(points: Sequence[Point]) -> Point:
    first = points[0]
    if len(points) == 1:
        return first
    if "_stat" not in first:
        return {**first, "Count": sum(point.get("Count", 1.0) for point in points)}
    sets = [point["_stat"] for point in points if float(point["_stat"].get("SampleCount", 0))]
    if not sets:
        return first
    count, total = (sum(float(some.get(name, 0)) for some in sets) for name in ("SampleCount", "Sum"))
    stat = {
        "SampleCount": count,
        "Sum": total,
        "Minimum": min(float(some.get("Minimum", 0)) for some in sets),
        "Maximum": max(float(some.get("Maximum", 0)) for some in sets),
    }
    return {**first, "Value": total / count, "_stat": stat}
