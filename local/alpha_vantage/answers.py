"""From a query string's parameters to Alpha Vantage's answer."""

from collections.abc import Callable, Mapping

from local.alpha_vantage import crypto, fx, periods, refusals, stocks
from local.alpha_vantage.documents import Answer, Series
from local.alpha_vantage.quota import Quota

Parameters = Mapping[str, str]

_BY_KEY: Mapping[str, Callable[[], Answer]] = {
    "": refusals.invalid_key,
    "INVALID": refusals.invalid_key,
    "RATELIMITED": refusals.burst_limit,
    "DAILYQUOTA": lambda: refusals.daily_limit("DAILYQUOTA"),
    "NOTE": refusals.minute_limit,
    "PREMIUM": refusals.premium_function,
    "DEMO": refusals.demo_key,
    "EMPTY": refusals.nothing,
    "TOOMANY429": refusals.too_many,
    "GATEWAY503": refusals.unavailable,
    "GATEWAY504": refusals.timed_out,
}
_SERIES: Mapping[str, Callable[[Parameters], Series | None]] = {
    "TIME_SERIES_DAILY": lambda asked: stocks.daily(asked.get("symbol", ""), _size(asked)),
    "TIME_SERIES_DAILY_ADJUSTED": lambda asked: stocks.daily_adjusted(asked.get("symbol", ""), _size(asked)),
    "TIME_SERIES_WEEKLY": lambda asked: periods.weekly(asked.get("symbol", "")),
    "TIME_SERIES_WEEKLY_ADJUSTED": lambda asked: periods.weekly_adjusted(asked.get("symbol", "")),
    "TIME_SERIES_MONTHLY": lambda asked: periods.monthly(asked.get("symbol", "")),
    "TIME_SERIES_MONTHLY_ADJUSTED": lambda asked: periods.monthly_adjusted(asked.get("symbol", "")),
    "FX_DAILY": lambda asked: fx.daily(asked.get("from_symbol", ""), asked.get("to_symbol", ""), _size(asked)),
    "DIGITAL_CURRENCY_DAILY": lambda asked: crypto.daily(asked.get("symbol", ""), asked.get("market", "")),
}
_NOT_REPLAYED = ("TIME_SERIES_INTRADAY", "FX_INTRADAY")
"""There are no free intraday prices: they are refused as for a key without permission."""


def answer(asked: Parameters, quota: Quota) -> Answer:
    """The answer to one request; refusals are answers too, in the order in which the service checks."""
    key, function = asked.get("apikey", ""), asked.get("function", "")
    if key in _BY_KEY:
        return _BY_KEY[key]()
    exceeded = quota.refuse(key)
    if exceeded:
        return refusals.burst_limit() if exceeded == "second" else refusals.daily_limit(key)
    if function in _NOT_REPLAYED or (key == "FREE" and function == "TIME_SERIES_DAILY_ADJUSTED"):
        return refusals.premium_function()
    if key == "FREE" and function == "TIME_SERIES_DAILY" and _size(asked) == "full":
        return refusals.premium_full_size(function)
    return _data(function, asked)


def _data(function: str, asked: Parameters) -> Answer:
    if function == "CURRENCY_EXCHANGE_RATE":
        rate = fx.exchange_rate(asked.get("from_currency", ""), asked.get("to_currency", ""))
        return rate or refusals.invalid_call(function)
    if function not in _SERIES:
        return refusals.unknown_function(function)
    series = _SERIES[function](asked)
    if series is None:
        return refusals.invalid_call(function)
    return series.csv() if asked.get("datatype") == "csv" else series.json()


def _size(asked: Parameters) -> str:
    return asked.get("outputsize", "compact")
