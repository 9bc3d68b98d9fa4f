"""Asking for one symbol: the call that fits contract and plan, out of the quota, again where that can help."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal
from urllib.parse import quote

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_random_exponential

from producers.alpha_vantage.calls import Call, Size, is_sized
from producers.alpha_vantage.documents import has_time, is_zone
from producers.alpha_vantage.outcomes import (
    REACTIONS,
    Data,
    Empty,
    FullSizePremiumOnly,
    OutOfTime,
    QuotaSpent,
    Refusal,
    Unavailable,
    UnknownSymbol,
    field_name,
)
from producers.alpha_vantage.quota import Quota
from producers.alpha_vantage.transport import RefusedError, Service
from schemas.alpha_vantage import AlphaVantage

Plan = Literal["free", "premium"]
MAX_ATTEMPTS: Final = 4
CALL_SECONDS: Final = 60
"""What one call and putting its rows may take: 5 s to connect, 30 s to answer, and as much again for a full history."""
_BACK_OFF = wait_random_exponential(multiplier=1, max=15)
_METHODS: Final[dict[str, tuple[str, str]]] = {
    "TIME_SERIES_DAILY": ("shares", "get_daily"),
    "TIME_SERIES_DAILY_ADJUSTED": ("shares", "get_daily_adjusted"),
    "TIME_SERIES_INTRADAY": ("shares", "get_intraday"),
    "TIME_SERIES_WEEKLY": ("shares", "get_weekly"),
    "TIME_SERIES_WEEKLY_ADJUSTED": ("shares", "get_weekly_adjusted"),
    "TIME_SERIES_MONTHLY": ("shares", "get_monthly"),
    "TIME_SERIES_MONTHLY_ADJUSTED": ("shares", "get_monthly_adjusted"),
    "FX_DAILY": ("currencies", "get_currency_exchange_daily"),
    "FX_INTRADAY": ("currencies", "get_currency_exchange_intraday"),
    "CURRENCY_EXCHANGE_RATE": ("currencies", "get_currency_exchange_rate"),
    "DIGITAL_CURRENCY_DAILY": ("digital_currencies", "get_digital_currency_daily"),
}
"""Where the package `alpha_vantage` has each function: the attribute of `Service`, and its method."""


@dataclass(frozen=True)
class Client:
    """Asks `service` under a `plan`, each call out of `quota`.

    `sleep` waits the seconds it is given; `remaining` says how many the run still has.
    """

    service: Service
    plan: Plan
    quota: Quota
    sleep: Callable[[float], None]
    remaining: Callable[[], float]

    @property
    def largest_size(self) -> Size:
        """A free key is refused full histories, and a refusal costs a call."""
        return "full" if self.plan == "premium" else "compact"

    def ask(self, call: Call) -> Data | Refusal:
        """The series that was asked for, or why there is none; never raises for an answer.

        A series that is only premium in full is asked for once more in its compact size.
        """
        if problem := call.source.misspelt(call.symbol):
            return UnknownSymbol(problem)
        outcome = self._insist(call)
        if isinstance(outcome, FullSizePremiumOnly) and call.size == "full":
            outcome = self._insist(replace(call, size="compact"))
        if isinstance(outcome, QuotaSpent):
            self.quota.exhaust()
        return outcome

    def _insist(self, call: Call) -> Data | Refusal:
        retrying = Retrying(
            sleep=self.sleep,
            wait=_wait,
            stop=self._must_stop,
            retry=retry_if_result(lambda outcome: isinstance(outcome, Refusal) and REACTIONS[type(outcome)].again),
            retry_error_callback=_last_outcome,
        )
        outcome: Data | Refusal = retrying(self._once, call)
        return outcome

    def _must_stop(self, state: RetryCallState) -> bool:
        return stop_after_attempt(MAX_ATTEMPTS)(state) or self.remaining() < state.upcoming_sleep + CALL_SECONDS

    def _once(self, call: Call) -> Data | Refusal:
        if self.remaining() < CALL_SECONDS:
            return OutOfTime(f"less than {CALL_SECONDS} s are left")
        if spent := self.quota.spend():
            return spent
        function = self.function(call.source)
        attribute, method = _METHODS[function]
        ask: Callable[..., Any] = getattr(getattr(self.service, attribute), method)
        names = [quote(name, safe="") for name in call.source.path(call.symbol)]
        try:
            series, meta = ask(*names, **_options(call))
        except RefusedError as error:
            return error.refusal
        except KeyError as missing:
            return Unavailable(f"the answer holds a series under another name than {missing}")
        return _data(function, series, meta)

    def function(self, source: AlphaVantage) -> str:
        """The contract's function; a free key may not ask for adjusted days, and gets them as traded."""
        if self.plan == "free" and source.function == "TIME_SERIES_DAILY_ADJUSTED":
            return "TIME_SERIES_DAILY"
        return source.function


def _options(call: Call) -> dict[str, str]:
    options: dict[str, str] = {"outputsize": call.size} if is_sized(call.source) else {}
    if call.source.interval:
        options["interval"] = call.source.interval
    if call.month:
        options["month"] = call.month
    return options


def _data(function: str, series: Any, meta: Any) -> Data | Refusal:
    """A rate is its own description, and a series of one row."""
    about = {field_name(key): value for key, value in (series if meta is None else meta).items()}
    zone = str(about.get("Time Zone", "UTC"))
    if not is_zone(zone) and any(map(has_time, series)):
        return Unavailable(f"the answer's time zone {zone!r} is not known, so its times cannot be moved to UTC")
    if function != "CURRENCY_EXCHANGE_RATE":
        return Data(function, series, zone)
    if "Exchange Rate" not in about or "Last Refreshed" not in about:
        return Empty(f"the answer holds no rate; its fields are {sorted(about)}")
    row = {key: value for key, value in series.items() if value != "-"}
    return Data(function, {str(about["Last Refreshed"]): row}, zone)


def _wait(state: RetryCallState) -> float:
    """What the service wants, plus a growing random part so that several functions do not ask in step."""
    refusal = _last_outcome(state)
    return (refusal.wait_seconds if isinstance(refusal, Refusal) else 0.0) + _BACK_OFF(state)


def _last_outcome(state: RetryCallState) -> Data | Refusal:
    assert state.outcome is not None
    outcome: Data | Refusal = state.outcome.result()
    return outcome
