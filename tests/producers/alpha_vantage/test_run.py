"""The producer against a service on loopback that answers as the real one does."""

import dataclasses
import re
import socket
import traceback
from typing import Any

import msgspec
import pytest

from producers.alpha_vantage import transport
from producers.alpha_vantage.calls import Call
from producers.alpha_vantage.client import _METHODS, CALL_SECONDS, MAX_ATTEMPTS, Plan
from producers.alpha_vantage.outcomes import Unavailable, UnknownSymbol
from producers.alpha_vantage.reports import AlphaVantageError, UnfinishedError
from schemas.alpha_vantage import AlphaVantage
from schemas.contract import Contract
from schemas.load import load_contracts
from tests.producers.alpha_vantage import answers
from tests.producers.alpha_vantage.running import producer
from tests.producers.receiving import documents, lines, records
from tests.producers.scripted_http import Answer, Query, serving

CONTRACTS = load_contracts()
FX, STOCKS, CRYPTO = CONTRACTS["fx_daily"], CONTRACTS["stocks_daily"], CONTRACTS["crypto_daily"]
HTML = Answer(b"<html><head><title>503 Service Temporarily Unavailable</title></head></html>", 503)


def asking_for(contract: Contract, **changes: Any) -> Contract:
    """`contract` with another function; its date becomes a timestamp where the function gives one."""
    assert isinstance(contract.source, AlphaVantage)
    source = msgspec.structs.replace(contract.source, **changes)
    columns = contract.columns
    if source.period in ("moment", "intraday"):
        columns = tuple(
            msgspec.structs.replace(column, type="timestamp" if column.name == "date" else column.type)
            for column in columns
        )
    return msgspec.structs.replace(contract, source=source, columns=columns)


def test_a_pair_becomes_one_document_for_each_year_under_the_contract_s_names() -> None:
    with serving(lambda query: Answer.json(answers.FX)) as service:
        here = producer(service.url)
        reports = here.run(FX, ["USD/GBP"])
    assert service.asked == [
        {"function": "FX_DAILY", "from_symbol": "USD", "to_symbol": "GBP", "outputsize": "full", "apikey": answers.KEY}
    ]
    assert documents(here.firehose, "fx_daily") == [
        {"USD": {"GBP": {"2010-01-04": {"open": "0.62", "high": "0.63", "low": "0.61", "close": "0.62"}}}},
        {"USD": {"GBP": {"2009-12-31": {"open": "0.60", "high": "0.63", "low": "0.59", "close": "0.61"},
                         "2009-12-30": {"open": "0.61", "high": "0.62", "low": "0.58", "close": "0.60"}}}},
    ]  # fmt: skip
    source = "alpha_vantage/FX_DAILY/USD-GBP/2026-11-23T19:00:00Z"
    assert {found for found, _ in records(here.firehose, "fx_daily")} == {source}
    (loaded,) = lines(here.firehose, "loads")
    assert loaded["loaded_source"] == source
    assert (loaded["dataset"], loaded["rows_in"], loaded["records"], loaded["source"]) == (
        "fx_daily", 3, 2, "alpha_vantage",
    )  # fmt: skip
    assert loaded["record_bytes"] == sum(map(len, here.firehose.taken["standpipe-test-fx_daily"]))
    assert loaded["ingested_at"] == "2026-11-23 19:00:00.123"
    assert (reports["USD/GBP"].outcome, reports["USD/GBP"].rows, reports["USD/GBP"].records) == ("Data", 3, 2)


@pytest.mark.parametrize(
    ("contract", "asked", "answer", "document"),
    [
        (STOCKS, {"function": "TIME_SERIES_DAILY_ADJUSTED", "symbol": "IBM", "outputsize": "full"}, answers.ADJUSTED,
         {"2012-11-19": answers.PRICES | {"adj_close": "144.55", "split": "1.0", "volume": "4303100"}}),
        (asking_for(STOCKS, function="TIME_SERIES_DAILY"),
         {"function": "TIME_SERIES_DAILY", "symbol": "IBM", "outputsize": "full"}, answers.DAILY,
         {"2012-11-19": answers.PRICES | {"volume": "43"}}),
        (asking_for(STOCKS, function="TIME_SERIES_WEEKLY"), {"function": "TIME_SERIES_WEEKLY", "symbol": "IBM"},
         answers.series("Weekly Time Series", "2012-11-16"), {"2012-11-16": answers.PRICES | {"volume": "43"}}),
        (asking_for(STOCKS, function="TIME_SERIES_WEEKLY_ADJUSTED"),
         {"function": "TIME_SERIES_WEEKLY_ADJUSTED", "symbol": "IBM"},
         answers.series("Weekly Adjusted Time Series", "2012-11-16", adjusted=True),
         {"2012-11-16": answers.PRICES | {"adj_close": "144.55", "volume": "4303100"}}),
        (asking_for(STOCKS, function="TIME_SERIES_MONTHLY"), {"function": "TIME_SERIES_MONTHLY", "symbol": "IBM"},
         answers.series("Monthly Time Series", "2012-10-31"), {"2012-10-31": answers.PRICES | {"volume": "43"}}),
        (asking_for(STOCKS, function="TIME_SERIES_MONTHLY_ADJUSTED"),
         {"function": "TIME_SERIES_MONTHLY_ADJUSTED", "symbol": "IBM"},
         answers.series("Monthly Adjusted Time Series", "2012-10-31", adjusted=True),
         {"2012-10-31": answers.PRICES | {"adj_close": "144.55", "volume": "4303100"}}),
        (asking_for(STOCKS, function="TIME_SERIES_INTRADAY", interval="5min"),
         {"function": "TIME_SERIES_INTRADAY", "symbol": "IBM", "interval": "5min", "outputsize": "full",
          "extended_hours": "true", "adjusted": "true"},
         answers.series("Time Series (5min)", "2012-11-19 15:55:00", zone="US/Eastern"),
         {"2012-11-19 20:55:00": answers.PRICES | {"volume": "43"}}),
        (asking_for(FX, function="FX_INTRADAY", interval="5min"),
         {"function": "FX_INTRADAY", "from_symbol": "USD", "to_symbol": "GBP", "interval": "5min",
          "outputsize": "full"},
         answers.series("Time Series FX (5min)", "2012-11-19 15:55:00"), {"2012-11-19 15:55:00": answers.PRICES}),
        (CRYPTO, {"function": "DIGITAL_CURRENCY_DAILY", "symbol": "BTC", "market": "USD"}, answers.CRYPTO,
         {"2021-01-01": {"open": "1.0", "high": "2.0", "low": "1.0", "close": "1.5", "volume": "0.25"}}),
    ],
    ids=lambda value: value.get("function") if isinstance(value, dict) else "",
)  # fmt: skip
def test_each_function_is_asked_as_documented_and_read(
    contract: Contract, asked: Query, answer: object, document: object
) -> None:
    with serving(lambda query: Answer.json(answer)) as service:
        here = producer(service.url)
        symbol = {"FX": "USD/GBP", "DI": "BTC/USD", "TI": "IBM"}[asked["function"][:2]]
        here.run(contract, [symbol])
    (found,) = service.asked
    assert {name: value for name, value in found.items() if name not in ("apikey", "datatype")} == asked
    (put,) = documents(here.firehose, contract.name)
    for name in symbol.split("/"):
        put = put[name]
    assert put == document


RATES = Contract(
    "rates",
    "Rates.",
    tuple(
        msgspec.convert(
            [
                {"name": "base", "type": "string"},
                {"name": "quote", "type": "string"},
                {"name": "at", "type": "timestamp"},
                {"name": "rate", "type": "double", "from": "5. Exchange Rate"},
                {"name": "bid", "type": "double", "from": "8. Bid Price"},
                {"name": "ask", "type": "double", "from": "9. Ask Price"},
            ],
            tuple[type(FX.columns[0]), ...],  # type: ignore[misc]
        )
    ),
    ("base", "quote", "at"),
    nest=("base", "quote", "at"),
    source=AlphaVantage("CURRENCY_EXCHANGE_RATE", ("USD/JPY",), FX.source.schedule),  # type: ignore[union-attr]
)


def test_a_rate_is_a_series_of_one_row() -> None:
    with serving(lambda query: Answer.json(answers.RATE)) as service:
        here = producer(service.url)
        here.run(RATES)
        again = here.run(RATES)
    assert service.asked[0] == {
        "function": "CURRENCY_EXCHANGE_RATE", "from_currency": "USD", "to_currency": "JPY", "apikey": answers.KEY,
    }  # fmt: skip
    row = {"rate": "156.38000000", "ask": "156.39000000"}  # the bid was a dash
    assert documents(here.firehose, "rates") == [{"USD": {"JPY": {"2026-11-23 18:59:31": row}}}]
    assert (again["USD/JPY"].outcome, again["USD/JPY"].rows) == ("Data", 0)


def test_every_function_of_a_contract_can_be_asked() -> None:
    function = next(each for each in msgspec.inspect.type_info(AlphaVantage).fields if each.name == "function")  # type: ignore[attr-defined]
    assert set(function.type.values) == set(_METHODS)


@pytest.mark.parametrize(
    ("plan", "function", "size"),
    [("premium", "TIME_SERIES_DAILY_ADJUSTED", "full"), ("free", "TIME_SERIES_DAILY", "compact")],
)
def test_a_free_key_gets_days_as_traded(plan: Plan, function: str, size: str) -> None:
    answer = answers.ADJUSTED if plan == "premium" else answers.DAILY
    with serving(lambda query: Answer.json(answer)) as service:
        here = producer(service.url, plan)
        here.run(STOCKS, ["BRK&B"])
    expected = {"function": function, "symbol": "BRK&B", "outputsize": size, "apikey": answers.KEY, "datatype": "json"}
    assert service.asked == [expected]
    assert list(documents(here.firehose, "stocks_daily")[0]) == ["BRK&B"]


def test_one_failing_symbol_does_not_stop_the_others_and_fails_the_run_in_the_end() -> None:
    def answer(query: Query) -> Answer:
        return Answer.json(answers.INVALID_CALL if query["symbol"] == "NOPE" else answers.ADJUSTED)

    with serving(answer) as service:
        here = producer(service.url)
        with pytest.raises(AlphaVantageError, match="1 of 3 symbols") as failure:
            here.run(STOCKS, ["IBM", "NOPE", "MSFT"])
    assert {symbol: report.outcome for symbol, report in failure.value.reports.items()} == {
        "IBM": "Data", "NOPE": "UnknownSymbol", "MSFT": "Data",
    }  # fmt: skip
    assert [list(document) for document in documents(here.firehose, "stocks_daily")] == [["IBM"], ["MSFT"]]
    assert len(lines(here.firehose, "loads")) == 2


@pytest.mark.parametrize(
    ("answer", "advice"),
    [(answers.BAD_KEY, "ALPHA_VANTAGE_SECRET"), (answers.QUOTA, "fewer symbols"), (answers.NO_FUNCTION, "not exist")],
)
def test_what_holds_for_every_symbol_ends_the_run_and_says_what_to_do(answer: object, advice: str) -> None:
    with serving(lambda query: Answer.json(answer)) as service:
        here = producer(service.url)
        with pytest.raises(AlphaVantageError) as failure:
            here.run(STOCKS, ["IBM", "MSFT"])
    assert len(service.asked) == 1
    assert advice in str(failure.value)
    assert failure.value.reports["MSFT"].outcome == "NotAsked"
    assert answers.KEY not in str(failure.value)
    assert here.firehose.calls == []


@pytest.mark.parametrize(
    "passing", [Answer.json(answers.BURST), Answer.json({}), HTML, Answer(b"<html>"), Answer(b"", 429)]
)
def test_what_passes_is_tried_again(passing: Answer) -> None:
    script = iter([passing, passing, Answer.json(answers.FX)])
    with serving(lambda query: next(script)) as service:
        here = producer(service.url)
        here.run(FX, ["USD/GBP"])
    assert len(here.slept) == 2
    assert lines(here.firehose, "loads")[0]["rows_in"] == 3


def test_the_service_s_own_waiting_time_is_kept() -> None:
    script = iter([answers.MINUTE, answers.BURST, answers.FX])
    with serving(lambda query: Answer.json(next(script))) as service:
        here = producer(service.url)
        here.run(FX, ["USD/GBP"])
    assert here.slept[0] >= 60
    assert 1.5 <= here.slept[1] < 60


def test_trying_again_has_an_end() -> None:
    with serving(lambda query: HTML) as service:
        here = producer(service.url)
        with pytest.raises(AlphaVantageError, match=r"Unavailable.*503"):
            here.run(FX, ["USD/GBP"])
    assert len(service.asked) == MAX_ATTEMPTS


def test_every_try_counts_against_the_quota() -> None:
    script = iter([answers.BURST, {}, answers.FX])
    with serving(lambda query: Answer.json(next(script))) as service:
        here = producer(service.url, "free")
        here.run(FX, ["USD/GBP"])
        assert here.client().quota.left_today() == 22


def test_a_rate_limit_that_stays_ends_the_run() -> None:
    with serving(lambda query: Answer.json(answers.BURST)) as service:
        here = producer(service.url)
        with pytest.raises(AlphaVantageError) as failure:
            here.run(STOCKS, ["IBM", "MSFT"])
    assert len(service.asked) == MAX_ATTEMPTS
    assert [report.outcome for report in failure.value.reports.values()] == ["RateLimited", "NotAsked"]


def test_full_history_that_is_premium_is_asked_for_in_compact_size() -> None:
    def answer(query: Query) -> Answer:
        return Answer.json(answers.FULL_SIZE if query["outputsize"] == "full" else answers.ADJUSTED)

    with serving(answer) as service:
        here = producer(service.url)
        reports = here.run(STOCKS, ["IBM"])
    assert [query["outputsize"] for query in service.asked] == ["full", "compact"]
    assert reports["IBM"].outcome == "Data"


def test_a_free_key_asks_slowly() -> None:
    with serving(lambda query: Answer.json(answers.DAILY)) as service:
        here = producer(service.url, "free")
        here.run(STOCKS, ["IBM", "MSFT", "AAPL"])
    assert [round(seconds, 2) for seconds in here.slept] == [1.2, 1.2]


def test_a_run_that_cannot_finish_today_says_when_it_can_and_goes_on_then() -> None:
    symbols = [f"S{number}" for number in range(27)]
    with serving(lambda query: Answer.json(answers.DAILY)) as service:
        here = producer(service.url, "free")
        with pytest.raises(UnfinishedError, match="left for 2026-11-24T05:00:00Z or later: S25, S26;") as unfinished:
            here.run(STOCKS, symbols, name="first")
        assert len(service.asked) == 25
        with pytest.raises(UnfinishedError):  # Lambda's own retry: not one call more
            here.run(STOCKS, symbols, name="first")
        assert len(service.asked) == 25
        here.now = unfinished.value.resumes_at
        here.run(STOCKS, symbols, name="first")
    assert [query["symbol"] for query in service.asked] == symbols
    assert len(documents(here.firehose, "stocks_daily")) == 27


def test_the_service_s_word_on_the_quota_ends_the_day() -> None:
    with serving(lambda query: Answer.json(answers.QUOTA)) as service:
        here = producer(service.url, "free")
        for _ in range(2):
            with pytest.raises(UnfinishedError, match="2026-11-24T05:00:00Z"):
                here.run(STOCKS, ["IBM", "MSFT"])
    assert len(service.asked) == 1


def test_a_function_near_its_time_limit_stops_and_says_what_is_left() -> None:
    with serving(lambda query: Answer.json(answers.DAILY)) as service:
        here = producer(service.url)
        here.seconds = CALL_SECONDS
        here.run(STOCKS, ["IBM"])
        here.seconds = CALL_SECONDS - 1
        with pytest.raises(UnfinishedError, match="left for 2026-11-23T19:00:00Z or later: MSFT, AAPL;") as unfinished:
            here.run(STOCKS, ["MSFT", "AAPL"])
    assert unfinished.value.remaining == ["MSFT", "AAPL"]
    assert unfinished.value.reports["MSFT"].outcome == "OutOfTime"
    assert len(service.asked) == 1


def test_a_pause_that_the_time_does_not_allow_is_not_begun() -> None:
    with serving(lambda query: Answer.json(answers.MINUTE)) as service:
        here = producer(service.url)
        here.seconds = CALL_SECONDS + 59
        with pytest.raises(AlphaVantageError, match="RateLimited"):
            here.run(STOCKS, ["IBM"])
    assert len(service.asked) == 1
    assert here.slept == []


def test_a_symbol_of_the_wrong_shape_is_not_asked_for() -> None:
    with serving(lambda query: Answer.json(answers.FX)) as service:
        here = producer(service.url)
        assert isinstance(FX.source, AlphaVantage)
        assert isinstance(here.client().ask(Call(FX.source, "USDGBP")), UnknownSymbol)
    assert service.asked == []


def test_a_service_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_TIMEOUT", (0.05, 0.05))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        here = producer(_url(silent))
        outcome = here.client().ask(Call(FX.source, "USD/GBP"))  # type: ignore[arg-type]
    assert isinstance(outcome, Unavailable)
    assert "Timeout" in outcome.text
    assert len(here.slept) == MAX_ATTEMPTS - 1


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"Time Series FX (Daily)": {"2020-01-02": {"1. open": ' + b"9" * 5_000 + b"}}}",
        b'{"Time Series FX (Daily)": {"2020-01-02": {"1. open": "\\ud800"}}}',
        b'{"Time Series FX (Daily)": {"2020-01-02": {"1. open": NaN}}}',
        b'{"Time Series FX (Daily)": {"2020-01-02": {"1. open": "\xff"}}}',
    ],
    ids=["deep", "long number", "lone surrogate", "NaN", "not UTF-8"],
)
def test_an_answer_that_is_not_json_is_unavailable(body: bytes) -> None:
    with serving(lambda query: Answer(body)) as service:
        outcome = producer(service.url).client().ask(Call(FX.source, "USD/GBP"))  # type: ignore[arg-type]
    assert isinstance(outcome, Unavailable)
    assert "the answer is not JSON" in outcome.text


def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_MAX_BODY_BYTES", 1_000)
    with serving(lambda query: Answer(b" " * 100_000)) as service:
        outcome = producer(service.url).client().ask(Call(FX.source, "USD/GBP"))  # type: ignore[arg-type]
    assert isinstance(outcome, Unavailable)
    assert outcome.text == "the answer has more than 1,000 bytes"


def test_an_answer_that_comes_too_slowly_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_WHOLE_SECONDS", -1)
    with serving(lambda query: Answer.json(answers.FX)) as service:
        outcome = producer(service.url).client().ask(Call(FX.source, "USD/GBP"))  # type: ignore[arg-type]
    assert isinstance(outcome, Unavailable)
    assert "takes more than" in outcome.text


@pytest.mark.parametrize("zone", ["Eastern Time", "", "US/Eastern ", "UTC+5"])
def test_times_of_an_unknown_zone_are_refused(zone: str) -> None:
    intraday = asking_for(STOCKS, function="TIME_SERIES_INTRADAY", interval="5min")
    with serving(
        lambda query: Answer.json(answers.series("Time Series (5min)", "2026-01-02 10:00:00", zone))
    ) as service:
        here = producer(service.url)
        with pytest.raises(AlphaVantageError, match=f"the answer's time zone '{re.escape(zone)}' is not known"):
            here.run(intraday, ["IBM"])
    assert documents(here.firehose, intraday.name) == []


def test_the_key_is_in_no_error_and_nowhere_in_what_is_remembered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = _url(closed)
    here = producer(url)
    with pytest.raises(AlphaVantageError) as failure:
        here.run(FX, ["USD/GBP"])
    told = "".join(traceback.format_exception(failure.value)) + repr(here.client()) + repr(failure.value.reports)
    with serving(lambda query: Answer.json(answers.FX)) as service:
        dataclasses.replace(here, url=service.url).run(FX, ["USD/GBP"])
    told += repr(here.table.items)
    assert "apikey=***" in told
    assert "alpha-vantage/quota" in told
    for shape in ("SECRET", "KEY%2F1"):
        assert shape not in told


def _url(server: socket.socket) -> str:
    return f"http://127.0.0.1:{server.getsockname()[1]}/query"
