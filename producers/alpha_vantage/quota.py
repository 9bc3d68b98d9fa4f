"""The quota of the key: every call is spent here before it is made, by all runs that share the key.

One item of the progress table holds the day, how many of its calls are spent, and when the next call may start. It is
replaced only by who has seen its newest version, so two runs never take the same call. A call that the service refuses
counts too, as it does there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random

from producers.alpha_vantage.outcomes import QuotaSpent
from producers.progress import Table, unless_raced

OWNER: Final = "alpha-vantage/quota"
ITEM: Final = "calls"
ZONE: Final = ZoneInfo("America/New_York")
"""Where the quota's day begins at midnight. Alpha Vantage does not say; all its other dates are US/Eastern."""
_RACES: Final = 100
"""Attempts at a call that other runs want too: each that is lost was won by another run."""


@dataclass(frozen=True)
class Limits:
    """What a plan allows: one call every so many seconds, and calls a day (None: any number)."""

    spacing_seconds: float
    per_day: int | None


FREE: Final = Limits(spacing_seconds=1.2, per_day=25)
"""A free key: 25 calls a day, one a second. https://www.alphavantage.co/support/"""


def premium(calls_per_minute: int) -> Limits:
    """A premium plan, spaced so that no minute sees more calls. https://www.alphavantage.co/premium/"""
    return Limits(spacing_seconds=60 / calls_per_minute * 1.05, per_day=None)


@dataclass(frozen=True)
class _State:
    """The quota's item. `free_at` is when the next call may start, in milliseconds since 1970."""

    day: str
    spent: int
    free_at: int
    version: int


class _LostRaceError(Exception):
    """Another run has taken the call that this one was about to take."""


class Quota:
    """The calls that are left under `limits`. `now` is the time in UTC, `sleep` waits the seconds it is given."""

    def __init__(
        self, table: Table, limits: Limits, now: Callable[[], datetime], sleep: Callable[[float], None]
    ) -> None:
        self._table, self._limits, self._now, self._sleep = table, limits, now, sleep

    def spend(self) -> QuotaSpent | None:
        """Take one call and wait until it may start; `QuotaSpent`, at once, when the day has none left."""
        retrying = Retrying(
            sleep=self._sleep,
            wait=wait_random(0, 0.05),
            stop=stop_after_attempt(_RACES),
            retry=retry_if_exception_type(_LostRaceError),
            reraise=True,
        )
        taken = retrying(self._take)
        if isinstance(taken, QuotaSpent):
            return taken
        if (seconds := taken / 1000 - self._now().timestamp()) > 0:
            self._sleep(seconds)
        return None

    def exhaust(self) -> None:
        """Note that the service itself calls the day's quota used up, whoever used it."""
        state = self._state()
        if self._limits.per_day is None or state.spent >= self._limits.per_day:
            return
        try:
            self._replace(state, self._limits.per_day, state.free_at)
        except _LostRaceError:  # a concurrent run will hear the same
            return

    def left_today(self) -> int | None:
        """Calls that are left today; None without a daily limit."""
        return None if self._limits.per_day is None else max(0, self._limits.per_day - self._state().spent)

    def resumes_at(self) -> datetime:
        """When the next day's calls are there, in UTC."""
        tomorrow = self._now().astimezone(ZONE).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(), ZONE).astimezone(UTC)

    def _take(self) -> int | QuotaSpent:
        """When the call that was taken may start, in milliseconds; raises `_LostRaceError`."""
        state = self._state()
        if self._limits.per_day is not None and state.spent >= self._limits.per_day:
            return QuotaSpent(f"all {self._limits.per_day} calls of {state.day} are used up")
        start = max(state.free_at, int(self._now().timestamp() * 1000))
        self._replace(state, state.spent + 1, start + int(self._limits.spacing_seconds * 1000))
        return start

    def _state(self) -> _State:
        """Today's state: a new day has nothing spent."""
        key = {"owner": OWNER, "item": ITEM}
        found = self._table.get_item(Key=key, ConsistentRead=True).get("Item", {})
        today = self._now().astimezone(ZONE).date().isoformat()
        spent = int(found.get("spent", 0)) if found.get("day") == today else 0
        return _State(today, spent, int(found.get("free_at", 0)), int(found.get("version", 0)))

    def _replace(self, state: _State, spent: int, free_at: int) -> None:
        item = {"owner": OWNER, "item": ITEM, "day": state.day, "spent": spent, "free_at": free_at}
        if not unless_raced(
            lambda: self._table.put_item(
                Item={**item, "version": state.version + 1},
                ConditionExpression="attribute_not_exists(version) OR version = :seen",
                ExpressionAttributeValues={":seen": state.version},
            )
        ):
            raise _LostRaceError
