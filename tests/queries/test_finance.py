"""The finance views compared with the same figures computed in plain Python from the same rows."""

import math
import random
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import stdev
from typing import Any

import pytest

from tests.queries.conftest import Lake

FIRST = date(2024, 12, 16)  # a Monday
DAYS = [FIRST + timedelta(number) for number in range(60)]
WEEKDAYS = [day for day in DAYS if day.weekday() < 5]
HOLIDAY = date(2024, 12, 25)
SPLIT_DAY = date(2025, 1, 15)

Prices = dict[tuple[str, date], float]


def walk(seed: str, days: list[date], start: float) -> dict[date, float]:
    chance, price, found = random.Random(seed), start, {}
    for day in days:
        price *= math.exp(chance.gauss(0, 0.02))
        found[day] = round(price, 4)
    return found


def stock(ticker: str, day: date, close: float, **more: Any) -> dict[str, Any]:
    bar = dict.fromkeys(("open", "high", "low", "close"), close)
    return {"ticker": ticker, "date": day, **bar, "adj_close": close, "split": 1.0, **more}


def rate(pair: str, day: date, close: float) -> dict[str, Any]:
    base, quote = pair.split("/")
    return {"base": base, "quote": quote, "date": day, **dict.fromkeys(("open", "high", "low", "close"), close)}


def trade(number: int, account: str, ticker: str, quantity: float, at: str) -> dict[str, Any]:
    side = "BUY" if quantity > 0 else "SELL"
    moment = datetime.fromisoformat(at)
    return {"trade_id": f"T{number}", "account": account, "ticker": ticker, "side": side, "quantity": abs(quantity),
            "price": 1.0, "currency": "USD", "traded_at": moment}  # fmt: skip


@pytest.fixture
def market(lake: Lake) -> tuple[Lake, Prices, Prices]:
    """Two shares, one of which splits two for one and lacks a day, and three pairs of currencies that keep holidays."""
    closes = {("ONE", day): price for day, price in walk("one", WEEKDAYS, 100).items()}
    two = walk("two", WEEKDAYS, 40)
    closes |= {
        ("TWO", day): price / (2 if day >= SPLIT_DAY else 1) for day, price in two.items() if day != date(2025, 1, 8)
    }
    rates = {
        (pair, day): price
        for pair, start in (("USD/GBP", 0.8), ("EUR/USD", 1.1), ("USD/CHF", 0.9))
        for day, price in walk(pair, WEEKDAYS, start).items()
        if day != HOLIDAY
    }
    lake.land(
        "stocks_daily",
        [
            stock(ticker, day, close, split=2.0 if (ticker, day) == ("TWO", SPLIT_DAY) else 1.0)
            for (ticker, day), close in closes.items()
        ],
    )
    lake.land("fx_daily", [rate(pair, day, close) for (pair, day), close in rates.items()])
    lake.land("instruments", [
        {"ticker": ticker, "name": ticker, "exchange": "NYSE", "currency": currency}
        for ticker, currency in (("ONE", "USD"), ("TWO", "GBP"))
    ])  # fmt: skip
    lake.land("accounts", [
        {"account": name, "owner": name, "base_currency": currency, "is_active": True}
        for name, currency in (("A", "EUR"), ("B", "GBP"))
    ])  # fmt: skip
    lake.land("trades", TRADES)
    return lake, closes, rates


TRADES = [
    trade(1, "A", "ONE", 10, "2024-12-17 15:00:00"),
    trade(2, "A", "TWO", 6, "2024-12-21 15:00:00"),  # a Saturday
    trade(3, "A", "ONE", -4, "2025-01-06 15:00:00"),
    trade(4, "B", "TWO", 5, "2025-01-14 15:00:00"),  # the day before the split
    trade(5, "B", "TWO", 5, "2025-01-15 15:00:00"),  # already after it
]


def held(account: str, ticker: str, day: date) -> float | None:
    """Shares on `day`, adjusted for splits; None before the first trade."""
    mine = [each for each in TRADES if (each["account"], each["ticker"]) == (account, ticker)]
    mine = [each for each in mine if each["traded_at"].date() <= day]
    if not mine:
        return None
    total = 0.0
    for each in mine:
        splits = ticker == "TWO" and each["traded_at"].date() < SPLIT_DAY <= day
        total += each["quantity"] * (1 if each["side"] == "BUY" else -1) * (2 if splits else 1)
    return total


def last_known(prices: Mapping[tuple[str, date], float], name: str, day: date) -> tuple[date, float]:
    return max((then, price) for (of, then), price in prices.items() if of == name and then <= day)


def converted(rates: Prices, base: str, quote: str, day: date) -> float:
    if base == quote:
        return 1.0
    known = max(then for _, then in rates if then <= day)
    in_dollars = {"USD": 1.0, "GBP": 1 / rates["USD/GBP", known], "EUR": rates["EUR/USD", known],
                  "CHF": 1 / rates["USD/CHF", known]}  # fmt: skip
    return in_dollars[base] / in_dollars[quote]


CURRENCY = {"ONE": "USD", "TWO": "GBP"}


def worth(closes: Prices, rates: Prices, account: str, currency: str, day: date) -> float | None:
    amounts = [
        shares * last_known(closes, ticker, day)[1] * converted(rates, CURRENCY[ticker], currency, day)
        for ticker in CURRENCY
        if (shares := held(account, ticker, day)) is not None
    ]
    return sum(amounts) if amounts else None


def test_the_portfolio_on_every_day_weekends_holidays_and_a_split(market: tuple[Lake, Prices, Prices]) -> None:
    lake, closes, rates = market
    found = {
        (str(row["account"]), date.fromisoformat(str(row["day"]))): row
        for row in lake.ask("SELECT * FROM portfolio_value")
    }
    last = WEEKDAYS[-1]
    expected = {
        (account, day): value
        for account, currency in (("A", "EUR"), ("B", "GBP"))
        for day in DAYS
        if day <= last and (value := worth(closes, rates, account, currency, day)) is not None
    }
    assert set(found) == set(expected)
    for key, value in expected.items():
        assert float(str(found[key]["value"])) == pytest.approx(value, rel=1e-12), key
    sunday = found["A", date(2025, 1, 12)]
    assert (sunday["currency"], sunday["oldest_input"]) == ("EUR", "2025-01-10")
    assert found["B", date(2025, 1, 15)]["oldest_input"] == "2025-01-15"


def test_the_portfolio_in_every_currency_is_the_sum_of_the_accounts(market: tuple[Lake, Prices, Prices]) -> None:
    lake, closes, rates = market
    day = date(2025, 1, 18)  # a Saturday after the split
    rows = lake.ask("SELECT * FROM portfolio_by_currency WHERE day = DATE '2025-01-18'")
    assert sorted(str(row["currency"]) for row in rows) == ["CHF", "EUR", "GBP", "USD"]
    for row in rows:
        values = [worth(closes, rates, account, str(row["currency"]), day) or 0 for account in "AB"]
        assert float(str(row["value"])) == pytest.approx(sum(values), rel=1e-12)
        assert row["accounts"] == "2"


def test_a_missing_price_or_rate_makes_the_value_unknown_never_smaller(market: tuple[Lake, Prices, Prices]) -> None:
    lake, _, _ = market
    lake.land("trades", [trade(6, "A", "UNPRICED", 1, "2025-01-20 15:00:00")])
    lake.land("instruments", [{"ticker": "UNPRICED", "name": "?", "exchange": "NYSE", "currency": "USD"}])
    rows = lake.ask(
        "SELECT account, day, value FROM portfolio_value WHERE day BETWEEN DATE '2025-01-19' AND DATE '2025-01-20'"
    )
    unknown = {(row["account"], row["day"]) for row in rows if row["value"] is None}
    assert unknown == {("A", "2025-01-20")}


@pytest.fixture
def priced(lake: Lake) -> Lake:
    """ONE at 100 dollars on every weekday, the instruments ONE and GONE, and the account A in dollars."""
    lake.land("stocks_daily", [stock("ONE", day, 100.0) for day in WEEKDAYS])
    lake.land("instruments", [
        {"ticker": ticker, "name": ticker, "exchange": "NYSE", "currency": currency}
        for ticker, currency in (("ONE", "USD"), ("GONE", "SEK"))
    ])  # fmt: skip
    lake.land("accounts", [{"account": "A", "owner": "A", "base_currency": "USD", "is_active": True}])
    return lake


@pytest.mark.parametrize("prices", [[], [FIRST, FIRST + timedelta(1)]], ids=["no price", "a price and no rate"])
def test_what_has_been_sold_needs_no_price_and_no_rate(priced: Lake, prices: list[date]) -> None:
    priced.land("stocks_daily", [stock("GONE", day, 7.0) for day in prices])
    priced.land("trades", [
        trade(1, "A", "ONE", 10, "2024-12-17 15:00:00"),
        trade(2, "A", "GONE", 0.1, "2024-12-17 15:00:00"),
        trade(3, "A", "GONE", 0.2, "2024-12-17 16:00:00"),
        trade(4, "A", "GONE", -0.3, "2024-12-18 15:00:00"),
    ])  # fmt: skip
    day = "day = DATE '2025-01-20'"
    (sold,) = priced.ask(f"SELECT quantity, close, priced_on, amount FROM holdings WHERE {day} AND ticker = 'GONE'")
    assert sold == {"quantity": "0.0", "close": None, "priced_on": None, "amount": "0.0"}
    (worth,) = priced.ask(f"SELECT value, oldest_input FROM portfolio_value WHERE {day}")
    assert worth == {"value": "1000.0", "oldest_input": "2025-01-20"}
    together = priced.ask(f"SELECT value FROM portfolio_by_currency WHERE {day} AND currency = 'USD'")
    assert together == [{"value": "1000.0"}]
    (held,) = priced.ask("SELECT value FROM portfolio_value WHERE day = DATE '2024-12-17'")
    assert held == {"value": None}


def test_a_price_of_the_future_makes_no_days(priced: Lake) -> None:
    priced.land("trades", [trade(1, "A", "ONE", 1, "2024-12-17 15:00:00")])
    priced.land("stocks_daily", [stock("TYPO", date(2099, 1, 2), 5.0), stock("ONE", date(2099, 1, 3), 5.0)])
    assert priced.ask("SELECT max(day) AS newest, count(*) AS days FROM portfolio_value") == [
        {"newest": str(WEEKDAYS[-1]), "days": str((WEEKDAYS[-1] - FIRST).days)}
    ]


def test_a_price_of_long_ago_is_held_until_the_newest_day(priced: Lake) -> None:
    priced.land("stocks_daily", [stock("GONE", date(1990, 1, 2), 3.0)])
    priced.land("trades", [trade(1, "A", "GONE", 2, "1990-01-02 15:00:00")])
    days = (WEEKDAYS[-1] - date(1990, 1, 2)).days + 1
    held = "SELECT count(DISTINCT day) AS days, sum(amount) AS amount FROM holdings"
    assert priced.ask(held) == [{"days": str(days), "amount": str(6.0 * days)}]


def test_an_account_that_is_not_known_has_a_row_without_a_value(priced: Lake) -> None:
    priced.land(
        "trades", [trade(number, account, "ONE", 1, "2024-12-17 15:00:00") for number, account in enumerate("AZ")]
    )
    rows = priced.ask("SELECT account, owner, currency, value FROM portfolio_value WHERE day = DATE '2024-12-18'")
    assert sorted(rows, key=str) == [
        {"account": "A", "owner": "A", "currency": "USD", "value": "100.0"},
        {"account": "Z", "owner": None, "currency": None, "value": None},
    ]
    (together,) = priced.ask("SELECT * FROM portfolio_by_currency WHERE day = DATE '2024-12-18' AND currency = 'USD'")
    assert (together["value"], together["accounts"]) == ("200.0", "2")


def test_a_gap_of_digital_currencies_may_be_of_decades(lake: Lake) -> None:
    bar = dict.fromkeys(("open", "high", "low", "close"), 1.0)
    ends = (date(1990, 1, 1), date(2025, 1, 1))
    lake.land("crypto_daily", [{"coin": "BTC", "market": "USD", "date": day, **bar} for day in ends])
    assert lake.ask("SELECT count(*) AS days, count(DISTINCT date) AS different FROM missing_days") == [
        dict.fromkeys(("days", "different"), str((ends[1] - ends[0]).days - 1))
    ]


def test_holdings_count_split_shares_at_the_price_of_the_exchange(market: tuple[Lake, Prices, Prices]) -> None:
    lake, closes, _ = market
    sql = "SELECT * FROM holdings WHERE account = 'B' AND day IN (DATE '2025-01-14', DATE '2025-01-15') ORDER BY day"
    before, after = lake.ask(sql)
    assert (before["quantity"], after["quantity"]) == ("5.0", "15.0")
    assert float(str(after["amount"])) == pytest.approx(15 * closes["TWO", SPLIT_DAY], rel=1e-12)


def test_cross_rates_take_the_shortest_way_and_keep_their_direction(lake: Lake) -> None:
    lake.land("fx_daily", [rate("USD/GBP", FIRST, 0.8), rate("GBP/USD", FIRST, 1.26), rate("EUR/USD", FIRST, 1.1)])
    lake.land("fx_daily", [rate("EUR/SEK", FIRST, 11.0), rate("USD/GBP", FIRST + timedelta(1), 0.81)])
    rows = lake.ask(f"SELECT * FROM cross_rates WHERE date = DATE '{FIRST}'")
    found = {(str(row["base"]), str(row["quote"])): (float(str(row["rate"])), row["via"]) for row in rows}
    expected = {
        ("USD", "GBP"): (0.8, "quoted"),
        ("GBP", "USD"): (1.26, "quoted"),
        ("EUR", "USD"): (1.1, "quoted"),
        ("USD", "EUR"): (1 / 1.1, "inverted"),
        ("EUR", "GBP"): (1.1 * 0.8, "USD"),
        ("GBP", "EUR"): (1.26 / 1.1, "USD"),
        ("EUR", "SEK"): (11.0, "quoted"),
        ("SEK", "EUR"): (1 / 11, "inverted"),
        ("USD", "SEK"): (11 / 1.1, "EUR"),
        ("SEK", "USD"): (1.1 / 11, "EUR"),
    }
    assert {pair: via for pair, (_, via) in found.items()} == {pair: via for pair, (_, via) in expected.items()}
    for pair, (value, _) in expected.items():
        assert found[pair][0] == pytest.approx(value, rel=1e-12), pair
    (pair,) = lake.ask(f"SELECT base FROM cross_rates WHERE date = DATE '{FIRST + timedelta(1)}' AND quote = 'GBP'")
    assert pair == {"base": "USD"}  # legs of two days are never combined


def test_returns_are_total_and_give_the_day_before(lake: Lake) -> None:
    friday, monday, wednesday = date(2025, 1, 3), date(2025, 1, 6), date(2025, 1, 8)
    lake.land("stocks_daily", [
        stock("S", friday, 100.0, adj_close=50.0),
        stock("S", monday, 51.0, adj_close=51.0, split=2.0),
        stock("S", date(2025, 1, 7), 52.0, adj_close=None),
        stock("S", wednesday, 40.0, adj_close=40.8),
    ])  # fmt: skip
    rows = lake.ask("SELECT * FROM daily_returns ORDER BY date")
    assert [(row["date"], row["previous_date"]) for row in rows] == [
        ("2025-01-03", None), ("2025-01-06", "2025-01-03"), ("2025-01-08", "2025-01-06"),
    ]  # fmt: skip
    assert (rows[0]["simple_return"], rows[0]["log_return"]) == (None, None)
    assert float(str(rows[1]["simple_return"])) == pytest.approx(0.02)
    assert float(str(rows[2]["simple_return"])) == pytest.approx(-0.2)
    assert float(str(rows[2]["log_return"])) == pytest.approx(math.log(0.8))


def test_volatility_uses_the_last_returns_and_no_later_one(lake: Lake) -> None:
    days = [FIRST + timedelta(number) for number in range(300)]
    prices = {"share": walk("s", days, 100), "coin": walk("c", days, 1000)}
    lake.land("stocks_daily", [stock("S", day, close) for day, close in prices["share"].items()])
    lake.land("crypto_daily", [
        {"coin": "BTC", "market": "USD", "date": day, **dict.fromkeys(("open", "high", "low", "close"), close)}
        for day, close in prices["coin"].items()
    ])  # fmt: skip
    rows = lake.ask("SELECT * FROM volatility ORDER BY date")
    for kind, yearly in (("share", 252), ("coin", 365)):
        returns = [math.log(prices[kind][day] / prices[kind][before]) for before, day in pairwise(days)]
        mine = [row for row in rows if row["kind"] == kind]
        assert len(mine) == len(days)
        for length in (21, 63, 252):
            expected = [
                stdev(returns[number - length : number]) * math.sqrt(yearly) if number >= length else None
                for number in range(len(days))
            ]
            found = [None if (text := row[f"volatility_{length}"]) is None else float(text) for row in mine]
            assert found == [None if each is None else pytest.approx(each, rel=1e-9) for each in expected]


def test_missing_days_are_those_that_the_others_have(lake: Lake) -> None:
    lacks = {"A": {WEEKDAYS[3]}, "B": {HOLIDAY}, "C": {HOLIDAY}, "D": {HOLIDAY, WEEKDAYS[5], WEEKDAYS[6]}}
    extra = date(2024, 12, 28)  # a Saturday, by mistake
    lake.land("stocks_daily", [
        stock(ticker, day, 1.0)
        for ticker, gone in lacks.items()
        for day in WEEKDAYS
        if day not in gone and (ticker, day) != ("D", WEEKDAYS[0])  # D begins a day later
    ] + [stock("A", extra, 1.0)])  # fmt: skip
    lake.land("instruments", [{"ticker": each, "name": each, "exchange": "NYSE", "currency": "USD"} for each in lacks])
    lake.land("crypto_daily", [
        {"coin": "BTC", "market": "USD", "date": day, **dict.fromkeys(("open", "high", "low", "close"), 1.0)}
        for day in DAYS
        if day not in (DAYS[5], DAYS[6])
    ])  # fmt: skip
    found = {(row["kind"], row["symbol"], row["date"]) for row in lake.ask("SELECT * FROM missing_days")}
    assert found == {
        ("share", "A", str(WEEKDAYS[3])),
        ("share", "D", str(WEEKDAYS[5])),
        ("share", "D", str(WEEKDAYS[6])),
        ("coin", "BTC/USD", str(DAYS[5])),
        ("coin", "BTC/USD", str(DAYS[6])),
    }


def test_freshness_is_the_newest_day_and_when_it_arrived(lake: Lake) -> None:
    old, new = date(2025, 12, 30), date(2025, 12, 31)
    lake.land("fx_daily", [rate("USD/GBP", old, 0.8)], datetime.fromisoformat("2026-01-01 06:00:00"))
    lake.land("fx_daily", [rate("USD/GBP", new, 0.8)], datetime.fromisoformat("2026-01-02 06:00:00"))
    lake.land("fx_daily", [rate("USD/GBP", new, 0.9)], datetime.fromisoformat("2026-01-05 06:00:00"))
    lake.land("instruments", [{"ticker": "X", "name": "x", "exchange": "NYSE", "currency": "USD"}])
    rows = {row["dataset"]: row for row in lake.ask("SELECT * FROM freshness")}
    assert set(rows) == {"fx_daily", "instruments"}
    fx = rows["fx_daily"]
    assert (fx["newest"], fx["lag_days"], fx["ingested_at"]) == ("2025-12-31", "2", "2026-01-05 06:00:00.000")
    now = datetime.now().astimezone().timestamp()
    read = datetime.fromisoformat("2026-01-05T06:00:00+00:00").timestamp()
    assert abs(int(str(fx["age_hours"])) - (now - read) / 3600) <= 1
    assert (rows["instruments"]["newest"], rows["instruments"]["lag_days"]) == (None, None)


def test_freshness_goes_by_the_days_that_the_view_shows(lake: Lake) -> None:
    typed_wrongly = trade(1, "A", "ONE", 1, "2025-12-31 15:00:00")
    lake.land("trades", [typed_wrongly], datetime.fromisoformat("2025-01-05 00:00:00"))
    corrected = {**typed_wrongly, "traded_at": datetime.fromisoformat("2025-01-03 15:00:00")}
    lake.land("trades", [corrected], datetime.fromisoformat("2025-01-06 00:00:00"))
    (row,) = lake.ask("SELECT newest, lag_days, ingested_at FROM freshness")
    assert row == {"newest": "2025-01-03", "lag_days": "3", "ingested_at": "2025-01-06 00:00:00.000"}
