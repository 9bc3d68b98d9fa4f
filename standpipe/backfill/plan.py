"""The plan of a backfill: the calls it makes, the days of quota it takes, the partitions it touches."""

from collections.abc import Sequence
from datetime import date
from math import ceil

import msgspec

from delivery.limits import MAX_ACTIVE_PARTITIONS
from producers.alpha_vantage.calls import COMPACT_POINTS, History, call_name, is_sized
from schemas.alpha_vantage import AlphaVantage
from schemas.contract import PARTITION_CHARS, Contract


class BackfillError(Exception):
    """A backfill that cannot be planned or continued; the message says why and what would help."""


class Call(msgspec.Struct, frozen=True):
    """One call of the API: a symbol's history, or one month of it (`2012-03`)."""

    symbol: str
    month: str | None = None

    @property
    def name(self) -> str:
        """The name under which the producer records that the call was acknowledged."""
        return call_name(self.symbol, History(month=self.month))


class Plan(msgspec.Struct, frozen=True):
    """The calls of one backfill under the name `run`. `since` is a date; empty: everything available."""

    run: str
    since: str
    calls: tuple[Call, ...]

    def same_as(self, other: "Plan") -> bool:
        """Whether `other`, made in the same month or a later one, means the same work up to this one's month."""
        last = max((call.month or "" for call in self.calls), default="")
        return self.since == other.since and self.calls == tuple(
            call for call in other.calls if (call.month or "") <= last
        )


def plan(contract: Contract, symbols: Sequence[str], since: date | None, today: date, run: str) -> Plan:
    """The plan for `symbols` (none: all of the contract's) of an Alpha Vantage dataset; raises `BackfillError`."""
    source = contract.source
    if not isinstance(source, AlphaVantage):
        raise BackfillError(f"{contract.name} does not come from Alpha Vantage; only such datasets can be backfilled")
    if unknown := [symbol for symbol in symbols if symbol not in source.symbols]:
        listed = ", ".join(source.symbols)
        raise BackfillError(f"{contract.name} has no symbol {unknown[0]!r}; its contract lists {listed}")
    if since and since > today:
        raise BackfillError(f"--from {since} is after today, {today}; nothing to load")
    months = _months(since, today) if since and source.function == "TIME_SERIES_INTRADAY" else [None]
    calls = tuple(Call(symbol, month) for symbol in symbols or source.symbols for month in months)
    return Plan(run, since.isoformat() if since else "", calls)


def days_of_quota(calls: int, left_today: int, per_day: int) -> int:
    """On how many days calls are made, today included if it has any left."""
    today = min(1, left_today, calls)
    return today + ceil(max(0, calls - left_today) / per_day)


def partitions(contract: Contract, since: str, today: date) -> list[str]:
    """Every partition that rows may land in, the earliest first; empty if the dataset has no partitions."""
    if contract.partition is None:
        return []
    first = date.fromisoformat(since) if since else date(contract.partition.since, 1, 1)
    chars = PARTITION_CHARS[contract.partition.unit]
    days = (date.fromordinal(day).isoformat()[:chars] for day in range(first.toordinal(), today.toordinal() + 1))
    return list(dict.fromkeys(days))


def check_partitions(contract: Contract, planned: Plan, touched: int) -> None:
    """Raise `BackfillError` when one call may open more partitions than Firehose keeps."""
    if touched > MAX_ACTIVE_PARTITIONS and not any(call.month for call in planned.calls):
        raise BackfillError(
            f"{contract.name}: one call may touch {touched:,} partitions; Firehose keeps {MAX_ACTIVE_PARTITIONS} "
            "open and refuses rows of others; choose a later --from, or a partition unit of month or year"
        )


def only_newest(contract: Contract, is_free: bool) -> str:
    """What a free key does not get; empty if it gets everything."""
    source = contract.source
    if is_free and isinstance(source, AlphaVantage) and is_sized(source):
        return f"a free key gets the newest {COMPACT_POINTS} rows of each symbol; drop a longer history as a file"
    return ""


def _months(since: date, today: date) -> list[str | None]:
    count = (today.year - since.year) * 12 + today.month - since.month + 1
    numbers = (since.year * 12 + since.month - 1 + number for number in range(count))
    return [f"{number // 12}-{number % 12 + 1:02}" for number in numbers]
