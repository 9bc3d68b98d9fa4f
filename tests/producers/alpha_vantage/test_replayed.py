"""The producer against the replayed Alpha Vantage: every function that it has, and every refusal that it knows."""

from collections.abc import Iterator

import msgspec
import pytest

from local.alpha_vantage import running
from producers.alpha_vantage.calls import Call, Size
from producers.alpha_vantage.client import Client, Plan
from producers.alpha_vantage.outcomes import Data
from producers.alpha_vantage.quota import FREE, Quota
from producers.alpha_vantage.reports import AlphaVantageError
from producers.alpha_vantage.transport import Service
from schemas.alpha_vantage import AlphaVantage
from schemas.load import load_contracts
from schemas.value import Schedule
from tests.producers.alpha_vantage.running import Producer, producer
from tests.producers.fake_table import FakeTable
from tests.producers.receiving import NOW

STOCKS = load_contracts()["stocks_daily"]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running() as found:
        yield f"{found}query"


def client(url: str, key: str, plan: Plan = "premium") -> Client:
    quota = Quota(FakeTable(), FREE, lambda: NOW, lambda seconds: None)
    return Client(Service(key, url), plan, quota, lambda seconds: None, lambda: 900)


@pytest.mark.parametrize(
    ("function", "symbol", "size", "rows"),
    [
        ("TIME_SERIES_DAILY", "IBM", "full", 3270),
        ("TIME_SERIES_DAILY", "IBM", "compact", 100),
        ("TIME_SERIES_DAILY_ADJUSTED", "FB", "full", 196),
        ("TIME_SERIES_WEEKLY", "IBM", "compact", 679),
        ("TIME_SERIES_WEEKLY_ADJUSTED", "IBM", "compact", 679),
        ("TIME_SERIES_MONTHLY", "IBM", "compact", 157),
        ("TIME_SERIES_MONTHLY_ADJUSTED", "FB", "compact", 11),
        ("FX_DAILY", "EUR/USD", "compact", 100),
        ("CURRENCY_EXCHANGE_RATE", "EUR/USD", "compact", 1),
        ("DIGITAL_CURRENCY_DAILY", "BTC/USD", "compact", 662),
    ],
)
def test_every_function_gives_its_rows(url: str, function: str, symbol: str, size: Size, rows: int) -> None:
    source = AlphaVantage(function, (symbol,), Schedule("rate(1 day)"))  # type: ignore[arg-type]
    outcome = client(url, "any").ask(Call(source, symbol, size))
    assert isinstance(outcome, Data)
    assert (outcome.function, len(outcome.series)) == (function, rows)
    assert outcome.zone == ("US/Eastern" if function.startswith("TIME_SERIES") else "UTC")


@pytest.mark.parametrize(
    ("key", "outcome", "calls"),
    [
        ("INVALID", "BadKey", 1),
        ("DEMO", "BadKey", 1),
        ("DAILYQUOTA", "QuotaSpent", 1),
        ("PREMIUM", "PremiumOnly", 1),
        ("RATELIMITED", "RateLimited", 4),
        ("NOTE", "RateLimited", 4),
        ("TOOMANY429", "RateLimited", 4),
        ("EMPTY", "Empty", 4),
        ("GATEWAY503", "Unavailable", 4),
        ("GATEWAY504", "Unavailable", 4),
    ],
)
def test_every_refusal_is_known_for_what_it_is(url: str, key: str, outcome: str, calls: int) -> None:
    asking = client(url, key)
    found = asking.ask(Call(STOCKS.source, "IBM"))  # type: ignore[arg-type]
    assert type(found).__name__ == outcome
    assert asking.quota.left_today() == (0 if outcome == "QuotaSpent" else 25 - calls)


def test_an_unknown_symbol_fails_alone(url: str) -> None:
    here: Producer = producer(url)
    with pytest.raises(AlphaVantageError) as failure:
        here.run(STOCKS, ["IBM", "NOPE", "FB"])
    outcomes = {symbol: (report.outcome, report.rows) for symbol, report in failure.value.reports.items()}
    assert outcomes == {"IBM": ("Data", 3270), "NOPE": ("UnknownSymbol", 0), "FB": ("Data", 196)}


def test_a_free_key_gets_what_it_may_have(url: str) -> None:
    free = client(url, "FREE", "free")
    outcome = free.ask(Call(STOCKS.source, "IBM", free.largest_size))  # type: ignore[arg-type]
    assert isinstance(outcome, Data)
    assert (outcome.function, len(outcome.series), free.quota.left_today()) == ("TIME_SERIES_DAILY", 100, 24)
    weekly = msgspec.structs.replace(STOCKS.source, function="TIME_SERIES_WEEKLY_ADJUSTED")  # type: ignore[arg-type]
    assert isinstance(free.ask(Call(weekly, "IBM")), Data)
