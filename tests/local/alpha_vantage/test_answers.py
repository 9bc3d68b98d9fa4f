"""The replayed documents have Alpha Vantage's shapes and the sources' figures."""

import json
from typing import Any

import pytest

from local.alpha_vantage.answers import answer
from local.alpha_vantage.quota import Quota


def ask(**parameters: str) -> Any:
    return json.loads(answer({"apikey": "any", **parameters}, Quota()).body)


def test_daily_prices_have_the_service_s_text_key_by_key() -> None:
    body = answer({"apikey": "any", "function": "TIME_SERIES_DAILY", "symbol": "IBM"}, Quota()).body
    assert body.startswith(
        """{
    "Meta Data": {
        "1. Information": "Daily Prices (open, high, low, close) and Volumes",
        "2. Symbol": "IBM",
        "3. Last Refreshed": "2013-03-01",
        "4. Output Size": "Compact",
        "5. Time Zone": "US/Eastern"
    },
    "Time Series (Daily)": {
        "2013-03-01": {
            "1. open": "200.6500",
            "2. high": "202.9400",
            "3. low": "199.3600",
            "4. close": "202.9100",
            "5. volume": "3308300"
        },
        "2013-02-28": {
"""
    )


def test_fx_daily_has_the_service_s_text_key_by_key() -> None:
    asked = {"apikey": "any", "function": "FX_DAILY", "from_symbol": "EUR", "to_symbol": "USD", "outputsize": "full"}
    body = answer(asked, Quota()).body
    assert body.startswith(
        """{
    "Meta Data": {
        "1. Information": "Forex Daily Prices (open, high, low, close)",
        "2. From Symbol": "EUR",
        "3. To Symbol": "USD",
        "4. Output Size": "Full size",
        "5. Last Refreshed": \""""
    )
    assert body.endswith(
        """,
        "1999-01-04": {
            "1. open": "1.17890",
            "2. high": "1.17890",
            "3. low": "1.17890",
            "4. close": "1.17890"
        }
    }
}"""
    )


def test_a_cross_rate_is_the_quotient_of_two_euro_rates() -> None:
    document = ask(function="FX_DAILY", from_symbol="USD", to_symbol="GBP", outputsize="full")
    day = document["Time Series FX (Daily)"]["2013-03-01"]
    assert set(day.values()) == {f"{0.8647 / 1.3000:.5f}"}


def test_compact_is_the_newest_hundred_and_full_is_everything() -> None:
    compact = ask(function="TIME_SERIES_DAILY", symbol="MSFT")["Time Series (Daily)"]
    full = ask(function="TIME_SERIES_DAILY", symbol="MSFT", outputsize="full")["Time Series (Daily)"]
    assert (len(compact), len(full)) == (100, 3270)
    assert list(full) == sorted(full, reverse=True)
    assert list(compact) == list(full)[:100]


def test_the_adjusted_series_carries_splits_and_dividends() -> None:
    apple = ask(function="TIME_SERIES_DAILY_ADJUSTED", symbol="AAPL", outputsize="full")["Time Series (Daily)"]
    events = {
        day: (row["7. dividend amount"], row["8. split coefficient"])
        for day, row in apple.items()
        if (row["7. dividend amount"], row["8. split coefficient"]) != ("0.0000", "1.0")
    }
    assert events == {
        "2013-02-07": ("2.6500", "1.0"),
        "2012-11-07": ("2.6500", "1.0"),
        "2012-08-09": ("2.6500", "1.0"),
        "2005-02-28": ("0.0000", "2.0"),
        "2000-06-21": ("0.0000", "2.0"),
    }
    assert list(apple["2012-08-09"]) == [
        "1. open",
        "2. high",
        "3. low",
        "4. close",
        "5. adjusted close",
        "6. volume",
        "7. dividend amount",
        "8. split coefficient",
    ]


def test_a_week_is_dated_by_its_last_trading_day() -> None:
    document = ask(function="TIME_SERIES_WEEKLY", symbol="IBM")
    assert document["Meta Data"] == {
        "1. Information": "Weekly Prices (open, high, low, close) and Volumes",
        "2. Symbol": "IBM",
        "3. Last Refreshed": "2013-03-01",
        "4. Time Zone": "US/Eastern",
    }
    weeks = document["Weekly Time Series"]
    daily = ask(function="TIME_SERIES_DAILY", symbol="IBM", outputsize="full")["Time Series (Daily)"]
    week = [daily[day] for day in ("2013-02-22", "2013-02-21", "2013-02-20", "2013-02-19")]  # Monday was a holiday
    assert weeks["2013-02-22"] == {
        "1. open": week[-1]["1. open"],
        "2. high": max(day["2. high"] for day in week),
        "3. low": min(day["3. low"] for day in week),
        "4. close": week[0]["4. close"],
        "5. volume": str(sum(int(day["5. volume"]) for day in week)),
    }
    assert list(weeks) == sorted(weeks, reverse=True)
    assert "2012-11-23" in weeks  # the Friday after Thanksgiving
    assert len(weeks) == 679


def test_a_month_carries_its_dividends() -> None:
    months = ask(function="TIME_SERIES_MONTHLY_ADJUSTED", symbol="AAPL")["Monthly Adjusted Time Series"]
    assert list(months["2012-08-31"])[4:] == ["5. adjusted close", "6. volume", "7. dividend amount"]
    assert (months["2012-08-31"]["7. dividend amount"], months["2012-09-28"]["7. dividend amount"]) == (
        "2.6500", "0.0000",
    )  # fmt: skip
    assert len(ask(function="TIME_SERIES_MONTHLY", symbol="AAPL")["Monthly Time Series"]) == 157
    assert "Weekly Adjusted Time Series" in ask(function="TIME_SERIES_WEEKLY_ADJUSTED", symbol="AAPL")


def test_intraday_prices_are_not_replayed() -> None:
    for function in ("TIME_SERIES_INTRADAY", "FX_INTRADAY"):
        assert "premium endpoint" in ask(function=function, symbol="IBM", interval="5min")["Information"]


def test_bitcoin_leaves_out_the_days_without_prices() -> None:
    document = ask(function="DIGITAL_CURRENCY_DAILY", symbol="BTC", market="USD")
    days = document["Time Series (Digital Currency Daily)"]
    assert len(days) == 662
    assert "2020-04-17" not in days
    assert days["2020-01-01"]["4. close"] == "7200.17431600"
    assert document["Meta Data"]["6. Last Refreshed"] == "2021-10-27 00:00:00"


def test_the_exchange_rate_has_eight_decimals_and_names() -> None:
    rate = ask(function="CURRENCY_EXCHANGE_RATE", from_currency="USD", to_currency="JPY")
    values = rate["Realtime Currency Exchange Rate"]
    assert values["2. From_Currency Name"] == "United States Dollar"
    assert values["4. To_Currency Name"] == "Japanese Yen"
    assert len(values["5. Exchange Rate"].partition(".")[2]) == 8
    assert list(values)[-1] == "9. Ask Price"


def test_csv_has_the_service_s_header_and_the_same_rows() -> None:
    asked = {"apikey": "any", "function": "TIME_SERIES_DAILY_ADJUSTED", "symbol": "GOOG", "datatype": "csv"}
    lines = answer(asked, Quota()).body.splitlines()
    assert lines[0] == "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient"
    assert lines[1].startswith("2013-03-01,797.8000,")
    assert len(lines) == 101


@pytest.mark.parametrize(
    ("parameters", "start"),
    [
        ({"function": "TIME_SERIES_DAILY", "symbol": "NOPE"}, "Invalid API call. Please retry"),
        ({"function": "TIME_SERIES_DAILY"}, "Invalid API call. Please retry"),
        ({"function": "FX_DAILY", "from_symbol": "USD", "to_symbol": "USD"}, "Invalid API call. Please retry"),
        ({"function": "FX_DAILY", "from_symbol": "USD", "to_symbol": "XXX"}, "Invalid API call. Please retry"),
        ({"function": "DIGITAL_CURRENCY_DAILY", "symbol": "ETH", "market": "USD"}, "Invalid API call. Please retry"),
        ({"function": "CURRENCY_EXCHANGE_RATE"}, "Invalid API call. Please retry"),
        ({"function": "TIME_SERIES_WEEKLY", "symbol": "NOPE"}, "Invalid API call. Please retry"),
        ({"function": "TIME_SERIES_MONTHLY_ADJUSTED"}, "Invalid API call. Please retry"),
        ({"function": "NOPE"}, "This API function (NOPE) does not exist."),
        ({"function": "TIME_SERIES_DAILY", "apikey": ""}, "the parameter apikey is invalid or missing."),
        ({"function": "TIME_SERIES_DAILY", "apikey": "INVALID"}, "the parameter apikey is invalid or missing."),
    ],
)
def test_a_wrong_question_is_answered_by_an_error_message(parameters: dict[str, str], start: str) -> None:
    reply = answer({"apikey": "any", **parameters}, Quota())
    assert reply.status == 200
    document = json.loads(reply.body)
    assert list(document) == ["Error Message"]
    assert document["Error Message"].startswith(start)


@pytest.mark.parametrize(
    ("key", "member", "part"),
    [
        ("RATELIMITED", "Information", "(1 request per second)"),
        (
            "DAILYQUOTA",
            "Information",
            "We have detected your API key as DAILYQUOTA and our standard API rate limit is 25",
        ),
        ("DEMO", "Information", "The **demo** API key is for demo purposes only."),
        ("NOTE", "Note", "5 calls per minute"),
        ("PREMIUM", "Information", "This is a premium endpoint."),
        ("FREE", "Information", "The outputsize=full parameter value is a premium feature for the TIME_SERIES_DAILY"),
    ],
)
def test_a_well_known_key_gets_its_refusal(key: str, member: str, part: str) -> None:
    document = ask(apikey=key, function="TIME_SERIES_DAILY", symbol="IBM", outputsize="full")
    assert list(document) == [member]
    assert part in document[member]


def test_a_free_key_gets_compact_prices_and_no_adjusted_ones() -> None:
    assert "Time Series (Daily)" in ask(apikey="FREE", function="TIME_SERIES_DAILY", symbol="IBM")
    adjusted = ask(apikey="FREE", function="TIME_SERIES_DAILY_ADJUSTED", symbol="IBM")
    assert "premium endpoint" in adjusted["Information"]


def test_empty_and_unavailable_answers() -> None:
    assert ask(apikey="EMPTY", function="FX_DAILY") == {}
    reply = answer({"apikey": "GATEWAY503", "function": "FX_DAILY"}, Quota())
    assert (reply.status, reply.content_type) == (503, "text/html")
    reply = answer({"apikey": "GATEWAY504", "function": "FX_DAILY"}, Quota())
    assert (reply.status, json.loads(reply.body)) == (504, {"message": "Endpoint request timed out"})
    assert answer({"apikey": "TOOMANY429", "function": "FX_DAILY"}, Quota()).status == 429


def test_the_quota_counts_each_key_by_second_and_by_day() -> None:
    clock = [0.0]
    quota = Quota(per_second=1, per_day=2, now=lambda: clock[0])
    assert quota.refuse("a") is None
    assert quota.refuse("a") == "second"
    assert quota.refuse("b") is None
    clock[0] = 1.5
    assert quota.refuse("a") is None
    clock[0] = 3.0
    assert quota.refuse("a") == "day"
    clock[0] = 24 * 3600.0
    assert quota.refuse("a") is None


def test_a_key_over_its_quota_gets_the_service_s_words() -> None:
    asked = {"apikey": "mine", "function": "TIME_SERIES_DAILY", "symbol": "IBM"}
    assert "as mine and our" in answer(asked, Quota(per_day=0)).body
    assert "1 request per second" in answer(asked, Quota(per_second=0)).body
