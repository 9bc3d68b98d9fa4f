"""What is asked for: one call, and what a run or a backfill is to call."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from schemas.alpha_vantage import AlphaVantage

Size = Literal["compact", "full"]
COMPACT_POINTS: Final = 100
"""Rows of a compact answer: the newest ones."""
_SIZED: Final = (
    "TIME_SERIES_DAILY", "TIME_SERIES_DAILY_ADJUSTED", "TIME_SERIES_INTRADAY", "FX_DAILY", "FX_INTRADAY",
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One call. `size` does not matter to a function without sizes; `month` (`2012-03`) is for intraday shares."""

    source: AlphaVantage
    symbol: str
    size: Size = "compact"
    month: str | None = None


@dataclass(frozen=True)
class History:
    """A backfill: rows from the date `since` on (empty: all there are), or of one `month` (`2012-03`)."""

    since: str = ""
    month: str | None = None


@dataclass(frozen=True)
class RunRequest:
    """What to run. A call that was acknowledged under the same `run` is not made again."""

    run: str
    symbols: Sequence[str] | None = None
    """None: all symbols of the contract."""
    history: History | None = None
    """None: what is new since the last run."""


def is_sized(source: AlphaVantage) -> bool:
    """Whether the function gives only its newest rows unless it is asked for all."""
    return source.function in _SIZED


def call_name(symbol: str, history: History | None) -> str:
    """What distinguishes a run's calls: `IBM`, or `IBM/2012-03` for a month."""
    return f"{symbol}/{history.month}" if history and history.month else symbol
