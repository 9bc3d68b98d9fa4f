"""The producer against a service on loopback that answers as the real one does."""

import socket
import traceback
from typing import Any

import pytest

from producers.alpha_vantage import transport
from producers.alpha_vantage.asking import MAX_ATTEMPTS, Asker, Plan
from producers.alpha_vantage.outcomes import Unavailable, UnknownSymbol
from producers.alpha_vantage.run import AlphaVantageError, run
from producers.alpha_vantage.transport import Service
from schemas.load import load_contracts
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.alpha_vantage import answers
from tests.producers.receiving import destination, documents, lines, records
from tests.producers.scripted_http import Answer, Query, serving

CONTRACTS = load_contracts()
FX, STOCKS, CRYPTO = CONTRACTS["fx_daily"], CONTRACTS["stocks_daily"], CONTRACTS["crypto_daily"]
HTML = Answer(b"<html><head><title>503 Service Temporarily Unavailable</title></head></html>", 503)


def asker(url: str, plan: Plan = "premium") -> tuple[Asker, list[float]]:
    slept: list[float] = []
    return Asker(Service(answers.KEY, url), plan, slept.append), slept


def test_a_pair_becomes_one_document_for_each_year_under_the_contract_s_names() -> None:
    firehose = FakeFirehose()
    with serving(lambda query: Answer.json(answers.FX)) as service:
        reports = run(FX, ["USD/GBP"], asker(service.url)[0], destination(firehose, "alpha_vantage"))
    assert service.asked == [
        {"function": "FX_DAILY", "from_symbol": "USD", "to_symbol": "GBP", "outputsize": "full", "apikey": answers.KEY}
    ]
    assert documents(firehose, "fx_daily") == [
        {"USD": {"GBP": {"2010-01-04": {"open": "0.62", "high": "0.63", "low": "0.61", "close": "0.62"}}}},
        {"USD": {"GBP": {"2009-12-31": {"open": "0.60", "high": "0.63", "low": "0.59", "close": "0.61"},
                         "2009-12-30": {"open": "0.61", "high": "0.62", "low": "0.58", "close": "0.60"}}}},
    ]  # fmt: skip
    source = "alpha_vantage/FX_DAILY/USD-GBP/2026-11-23T19:00:00Z"
    assert {found for found, _ in records(firehose, "fx_daily")} == {source}
    (loaded,) = lines(firehose, "loads")
    assert loaded["loaded_source"] == source
    assert (loaded["dataset"], loaded["rows_in"], loaded["records"], loaded["source"]) == (
        "fx_daily", 3, 2, "alpha_vantage",
    )  # fmt: skip
    assert loaded["record_bytes"] == sum(map(len, firehose.taken["standpipe-test-fx_daily"]))
    assert loaded["ingested_at"] == "2026-11-23 19:00:00.123"
    assert (reports["USD/GBP"].outcome, reports["USD/GBP"].rows, reports["USD/GBP"].records) == ("Data", 3, 2)


@pytest.mark.parametrize(
    ("plan", "function", "answer", "row"),
    [
        ("premium", "TIME_SERIES_DAILY_ADJUSTED", answers.ADJUSTED, {"adj_close": "144.55", "volume": "4303100"}),
        ("free", "TIME_SERIES_DAILY", answers.DAILY, {"volume": "43"}),
    ],
)
def test_the_plan_decides_the_function_for_shares(plan: Plan, function: str, answer: object, row: Any) -> None:
    firehose = FakeFirehose()
    with serving(lambda query: Answer.json(answer)) as service:
        run(STOCKS, ["BRK&B"], asker(service.url, plan)[0], destination(firehose))
    size = {"premium": "full", "free": "compact"}[plan]
    expected = {"function": function, "symbol": "BRK&B", "outputsize": size, "apikey": answers.KEY, "datatype": "json"}
    assert service.asked == [expected]
    prices = {"open": "190.1", "high": "191", "low": "189", "close": "190.35"}
    assert documents(firehose, "stocks_daily") == [{"BRK&B": {"2012-11-19": prices | row}}]


def test_digital_currencies_have_no_size() -> None:
    firehose = FakeFirehose()
    with serving(lambda query: Answer.json(answers.CRYPTO)) as service:
        run(CRYPTO, None, asker(service.url)[0], destination(firehose))
    assert [query["function"] for query in service.asked] == ["DIGITAL_CURRENCY_DAILY"]
    assert "outputsize" not in service.asked[0]
    assert documents(firehose, "crypto_daily")[0]["BTC"]["USD"]["2021-01-01"]["volume"] == "0.25"


def test_one_failing_symbol_does_not_stop_the_others_and_fails_the_run_in_the_end() -> None:
    def answer(query: Query) -> Answer:
        return Answer.json(answers.INVALID_CALL if query["symbol"] == "NOPE" else answers.ADJUSTED)

    firehose = FakeFirehose()
    with serving(answer) as service, pytest.raises(AlphaVantageError, match="1 of 3 symbols") as failure:
        run(STOCKS, ["IBM", "NOPE", "MSFT"], asker(service.url)[0], destination(firehose))
    assert {symbol: report.outcome for symbol, report in failure.value.reports.items()} == {
        "IBM": "Data", "NOPE": "UnknownSymbol", "MSFT": "Data",
    }  # fmt: skip
    assert [list(document) for document in documents(firehose, "stocks_daily")] == [["IBM"], ["MSFT"]]
    assert len(lines(firehose, "loads")) == 2


@pytest.mark.parametrize(
    ("answer", "advice"),
    [(answers.BAD_KEY, "ALPHA_VANTAGE_SECRET"), (answers.QUOTA, "tomorrow"), (answers.NO_FUNCTION, "does not exist")],
)
def test_what_holds_for_every_symbol_ends_the_run_and_says_what_to_do(answer: object, advice: str) -> None:
    firehose = FakeFirehose()
    with serving(lambda query: Answer.json(answer)) as service, pytest.raises(AlphaVantageError) as failure:
        run(STOCKS, ["IBM", "MSFT"], asker(service.url)[0], destination(firehose))
    assert len(service.asked) == 1
    assert advice in str(failure.value)
    assert failure.value.reports["MSFT"].outcome == "NotAsked"
    assert answers.KEY not in str(failure.value)
    assert firehose.calls == []


@pytest.mark.parametrize(
    "passing", [Answer.json(answers.BURST), Answer.json({}), HTML, Answer(b"<html>"), Answer(b"", 429)]
)
def test_what_passes_is_tried_again(passing: Answer) -> None:
    script = iter([passing, passing, Answer.json(answers.FX)])
    firehose = FakeFirehose()
    with serving(lambda query: next(script)) as service:
        asking, slept = asker(service.url)
        run(FX, ["USD/GBP"], asking, destination(firehose))
    assert len(slept) == 2
    assert lines(firehose, "loads")[0]["rows_in"] == 3


def test_the_service_s_own_waiting_time_is_kept() -> None:
    script = iter([answers.MINUTE, answers.BURST, answers.FX])
    with serving(lambda query: Answer.json(next(script))) as service:
        asking, slept = asker(service.url)
        run(FX, ["USD/GBP"], asking, destination(FakeFirehose()))
    assert slept[0] >= 60
    assert 1.5 <= slept[1] < 60


def test_trying_again_has_an_end() -> None:
    with serving(lambda query: HTML) as service, pytest.raises(AlphaVantageError, match=r"Unavailable.*503"):
        run(FX, ["USD/GBP"], asker(service.url)[0], destination(FakeFirehose()))
    assert len(service.asked) == MAX_ATTEMPTS


def test_a_rate_limit_that_stays_ends_the_run() -> None:
    with serving(lambda query: Answer.json(answers.BURST)) as service, pytest.raises(AlphaVantageError) as failure:
        run(STOCKS, ["IBM", "MSFT"], asker(service.url)[0], destination(FakeFirehose()))
    assert len(service.asked) == MAX_ATTEMPTS
    assert [report.outcome for report in failure.value.reports.values()] == ["RateLimited", "NotAsked"]


def test_full_history_that_is_premium_is_asked_for_in_compact_size() -> None:
    def answer(query: Query) -> Answer:
        return Answer.json(answers.FULL_SIZE if query["outputsize"] == "full" else answers.ADJUSTED)

    with serving(answer) as service:
        reports = run(STOCKS, ["IBM"], asker(service.url)[0], destination(FakeFirehose()))
    assert [query["outputsize"] for query in service.asked] == ["full", "compact"]
    assert reports["IBM"].outcome == "Data"


def test_a_free_key_asks_slowly() -> None:
    with serving(lambda query: Answer.json(answers.DAILY)) as service:
        asking, slept = asker(service.url, "free")
        run(STOCKS, ["IBM", "MSFT", "AAPL"], asking, destination(FakeFirehose()))
    assert slept == [1.2, 1.2]


def test_a_symbol_of_the_wrong_shape_is_not_asked_for() -> None:
    with serving(lambda query: Answer.json(answers.FX)) as service:
        assert isinstance(FX.source, type(STOCKS.source))
        assert isinstance(asker(service.url)[0].ask(FX.source, "USDGBP"), UnknownSymbol)  # type: ignore[arg-type]
    assert service.asked == []


def test_a_service_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_TIMEOUT", (0.05, 0.05))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asking, slept = asker(f"http://127.0.0.1:{silent.getsockname()[1]}/query")
        outcome = asking.ask(FX.source, "USD/GBP")  # type: ignore[arg-type]
    assert isinstance(outcome, Unavailable)
    assert "Timeout" in outcome.text
    assert len(slept) == MAX_ATTEMPTS - 1


def test_the_key_is_in_no_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/query"
    asking, _ = asker(url)
    with pytest.raises(AlphaVantageError) as failure:
        run(FX, ["USD/GBP"], asking, destination(FakeFirehose()))
    told = "".join(traceback.format_exception(failure.value)) + repr(asking) + repr(failure.value.reports)
    assert "apikey=***" in told
    for shape in ("SECRET", "KEY%2F1"):
        assert shape not in told
