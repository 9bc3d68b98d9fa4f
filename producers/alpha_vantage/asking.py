"""Asking for one symbol: the function that fits dataset and plan, again where that can help."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import quote

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_random_exponential

from producers.alpha_vantage.outcomes import (
    TRANSIENT,
    Data,
    FullSizePremiumOnly,
    Outcome,
    Refusal,
    Unavailable,
    UnknownSymbol,
)
from producers.alpha_vantage.transport import RefusedError, Service
from schemas.contract import AlphaVantage

Plan = Literal["free", "premium"]
MAX_ATTEMPTS: Final = 4
FREE_PAUSE_SECONDS: Final = 1.2
"""Between two calls of a free key, which may ask once a second; a refused call counts against the day's 25 too."""
_BACK_OFF = wait_random_exponential(multiplier=1, max=15)


@dataclass(frozen=True)
class Asker:
    """Asks `service` under a `plan`. `sleep` waits the seconds it is given."""

    service: Service
    plan: Plan
    sleep: Callable[[float], None] = field(default=time.sleep)

    def ask(self, source: AlphaVantage, symbol: str) -> Outcome:
        """The whole series of `symbol` with the premium plan, the last 100 days otherwise; never raises for an answer.

        A series that is only premium in full is asked for once more in its compact size.
        """
        size = "full" if self.plan == "premium" else "compact"
        outcome = self._insist(source, symbol, size)
        if isinstance(outcome, FullSizePremiumOnly):
            self.pause()
            outcome = self._insist(source, symbol, "compact")
        return outcome

    def pause(self) -> None:
        """Keep the distance between two calls that the plan asks for."""
        if self.plan == "free":
            self.sleep(FREE_PAUSE_SECONDS)

    def _insist(self, source: AlphaVantage, symbol: str, size: str) -> Outcome:
        retrying = Retrying(
            sleep=self.sleep,
            wait=_wait,
            stop=stop_after_attempt(MAX_ATTEMPTS),
            retry=retry_if_result(lambda outcome: isinstance(outcome, TRANSIENT)),
            retry_error_callback=_last_outcome,
        )
        outcome: Outcome = retrying(self._once, source, symbol, size)
        return outcome

    def _once(self, source: AlphaVantage, symbol: str, size: str) -> Outcome:
        names = symbol_path(source, symbol)
        if len(names) != _names_wanted(source):
            return UnknownSymbol(f"{symbol!r} is not a {'pair such as USD/GBP' if _is_pair(source) else 'ticker'}")
        function, call = self._call(source)
        size_wanted = {} if source.function == "DIGITAL_CURRENCY_DAILY" else {"outputsize": size}
        try:
            series, _ = call(*(quote(name, safe="") for name in names), **size_wanted)
        except RefusedError as error:
            return error.refusal
        except KeyError as missing:
            return Unavailable(f"the answer holds a series under another name than {missing}")
        return Data(function, series)

    def _call(self, source: AlphaVantage) -> tuple[str, Callable[..., Any]]:
        if source.function == "FX_DAILY":
            return source.function, self.service.currencies.get_currency_exchange_daily
        if source.function == "DIGITAL_CURRENCY_DAILY":
            return source.function, self.service.digital_currencies.get_digital_currency_daily
        if self.plan == "premium":
            return "TIME_SERIES_DAILY_ADJUSTED", self.service.shares.get_daily_adjusted
        return "TIME_SERIES_DAILY", self.service.shares.get_daily


def symbol_path(source: AlphaVantage, symbol: str) -> tuple[str, ...]:
    """The keys above the dates in the nested document: `("USD", "GBP")` for a pair, `("IBM",)` for a share."""
    return tuple(symbol.split("/")) if _is_pair(source) else (symbol,)


def _is_pair(source: AlphaVantage) -> bool:
    return source.function != "TIME_SERIES_DAILY"


def _names_wanted(source: AlphaVantage) -> int:
    return 2 if _is_pair(source) else 1


def _wait(state: RetryCallState) -> float:
    """What the service wants, plus a growing random part so that several functions do not ask in step."""
    refusal = _last_outcome(state)
    return (refusal.wait_seconds if isinstance(refusal, Refusal) else 0.0) + _BACK_OFF(state)


def _last_outcome(state: RetryCallState) -> Outcome:
    assert state.outcome is not None
    outcome: Outcome = state.outcome.result()
    return outcome
