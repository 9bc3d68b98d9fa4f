"""Only what is new is put; a past that has changed is put again, all of it; nothing is remembered too early."""

from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from delivery.parking import Parking
from delivery.putting import UndeliveredError
from delivery.retrying import MAX_ATTEMPTS
from producers.alpha_vantage.calls import History
from schemas.contract import Contract
from schemas.load import load_contracts
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.alpha_vantage.running import Producer, at, producer
from tests.producers.receiving import documents, lines
from tests.producers.scripted_http import Answer, Query, serving

STOCKS = load_contracts()["stocks_daily"]
FRIDAY_EVENING, MONDAY_NOON, MONDAY_EVENING = at("2026-11-20 23:00"), at("2026-11-23 17:00"), at("2026-11-23 23:00")


class Exchange:
    """Alpha Vantage with one share: 300 days up to Monday, of which it tells those up to `today`."""

    def __init__(self) -> None:
        self.today = "2026-11-20"
        self.asked: list[str] = []
        self.rows = {
            str(day): {
                "1. open": "10", "2. high": "12", "3. low": "9", "4. close": f"{10 + number / 1000:.4f}",
                "5. adjusted close": f"{10 + number / 1000:.4f}", "6. volume": "100", "7. dividend amount": "0.0000",
                "8. split coefficient": "1.0",
            }
            for number, day in enumerate(_weekdays(date(2026, 11, 23), 300))
        }  # fmt: skip

    def answer(self, query: Query) -> Answer:
        self.asked.append(query["outputsize"])
        told = [day for day in sorted(self.rows, reverse=True) if day <= self.today]
        told = told if query["outputsize"] == "full" else told[:100]
        meta = {"5. Time Zone": "US/Eastern"}
        return Answer.json({"Meta Data": meta, "Time Series (Daily)": {day: self.rows[day] for day in told}})


def _weekdays(last: date, count: int) -> list[date]:
    days = (last - timedelta(days=number) for number in range(2 * count))
    return [day for day in days if day.weekday() < 5][:count]


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


@pytest.fixture
def here(exchange: Exchange) -> Iterator[Producer]:
    """A producer that has run on Friday evening."""
    with serving(exchange.answer) as service:
        found = producer(service.url, now=FRIDAY_EVENING)
        found.run(STOCKS, ["IBM"])
        assert (exchange.asked, len(put(found))) == (["full"], 299)
        found.firehose = FakeFirehose()
        exchange.asked.clear()
        yield found


def put(here: Producer) -> dict[str, Any]:
    """The rows that were put, by date; none twice."""
    found: dict[str, Any] = {}
    for document in documents(here.firehose, "stocks_daily"):
        assert not found.keys() & document["IBM"].keys()
        found |= document["IBM"]
    return found


def test_only_what_is_new_is_put_from_a_compact_answer(here: Producer, exchange: Exchange) -> None:
    here.now, exchange.today = MONDAY_EVENING, "2026-11-23"
    report = here.run(STOCKS, ["IBM"])["IBM"]
    assert list(put(here)) == ["2026-11-23"]
    assert (report.outcome, report.rows, exchange.asked) == ("Data", 1, ["compact"])


def test_an_answer_without_news_is_a_load_of_nothing(here: Producer, exchange: Exchange) -> None:
    here.now = MONDAY_EVENING
    assert here.run(STOCKS, ["IBM"])["IBM"].rows == 0
    assert put(here) == {}
    assert [row["rows_in"] for row in lines(here.firehose, "loads")] == [0]


def test_nothing_is_asked_when_nothing_can_be_new(here: Producer, exchange: Exchange) -> None:
    here.now = at("2026-11-23 20:59")  # a minute before Monday's close
    report = here.run(STOCKS, ["IBM"])["IBM"]
    assert (report.outcome, exchange.asked, here.firehose.calls) == ("Current", [], [])
    assert report.note == "2026-11-20 has landed, and nothing newer is due"


def test_a_day_that_still_runs_does_not_land(exchange: Exchange) -> None:
    with serving(exchange.answer) as service:
        here = producer(service.url, now=MONDAY_NOON)
        exchange.today = "2026-11-23"
        here.run(STOCKS, ["IBM"])
        assert max(put(here)) == "2026-11-20"
        here.now, here.firehose = MONDAY_EVENING, FakeFirehose()
        here.run(STOCKS, ["IBM"])
        assert list(put(here)) == ["2026-11-23"]


def test_a_day_that_still_runs_lands_again_and_again_where_the_contract_says_so(exchange: Exchange) -> None:
    contract = msgspec.structs.replace(STOCKS, source=msgspec.structs.replace(STOCKS.source, unfinished=True))  # type: ignore[arg-type]
    with serving(exchange.answer) as service:
        here = producer(service.url, now=MONDAY_NOON)
        exchange.today = "2026-11-23"
        here.run(contract, ["IBM"])
        assert max(put(here)) == "2026-11-23"
        exchange.rows["2026-11-23"]["4. close"] = "11"
        for moment in (MONDAY_NOON, MONDAY_EVENING):
            here.now, here.firehose = moment, FakeFirehose()
            outcome = here.run(contract, ["IBM"])["IBM"].outcome
            if moment == MONDAY_EVENING:
                assert outcome == "Data"  # no restatement: the day was never taken for finished
                assert put(here)["2026-11-23"]["close"] == "11"


@pytest.mark.parametrize("field", ["4. close", "5. adjusted close", "6. volume"])
def test_a_changed_value_brings_everything_again(here: Producer, exchange: Exchange, field: str) -> None:
    here.now, exchange.today = MONDAY_EVENING, "2026-11-23"
    exchange.rows["2026-09-01"][field] = "11"
    report = here.run(STOCKS, ["IBM"])["IBM"]
    assert (report.outcome, report.rows, exchange.asked) == ("Restated", 300, ["compact", "full"])
    assert report.note == "1 rows changed, the newest of 2026-09-01: its history is put again"
    assert len(put(here)) == 300
    here.now, here.firehose = at("2026-11-24 23:00"), FakeFirehose()
    assert here.run(STOCKS, ["IBM"])["IBM"].rows == 0  # it is known now


@pytest.mark.parametrize(("field", "value"), [("7. dividend amount", "1.6500"), ("8. split coefficient", "2.0")])
def test_a_split_or_a_dividend_brings_everything_again(
    here: Producer, exchange: Exchange, field: str, value: str
) -> None:
    here.now, exchange.today = MONDAY_EVENING, "2026-11-23"
    exchange.rows["2026-11-23"][field] = value
    report = here.run(STOCKS, ["IBM"])["IBM"]
    assert (report.outcome, report.note) == ("Restated", "a split or a dividend: its history is put again")
    assert len(put(here)) == 300


def test_another_way_to_write_the_same_number_is_no_change(here: Producer, exchange: Exchange) -> None:
    here.now = MONDAY_EVENING
    exchange.rows["2026-11-20"]["2. high"] = "12.0000"
    assert here.run(STOCKS, ["IBM"])["IBM"].outcome == "Data"


def test_a_day_that_was_missing_lands_when_it_comes(exchange: Exchange) -> None:
    late = exchange.rows.pop("2026-11-19")
    with serving(exchange.answer) as service:
        here = producer(service.url, now=FRIDAY_EVENING)
        here.run(STOCKS, ["IBM"])
        here.now, here.firehose = MONDAY_EVENING, FakeFirehose()
        exchange.rows["2026-11-19"] = late
        assert here.run(STOCKS, ["IBM"])["IBM"].outcome == "Data"
        assert list(put(here)) == ["2026-11-19"]


@pytest.mark.parametrize("plan", ["premium", "free"])
def test_a_long_absence_is_made_up_for_or_told(exchange: Exchange, plan: Any) -> None:
    contract = _as_traded(STOCKS)
    exchange.today = "2026-03-02"
    with serving(exchange.answer) as service:
        here = producer(service.url, plan, at("2026-03-02 23:00"))
        here.run(contract, ["IBM"])
        here.now, here.firehose, exchange.today = MONDAY_EVENING, FakeFirehose(), "2026-11-23"
        report = here.run(contract, ["IBM"])["IBM"]
    missing = [day for day in exchange.rows if day > "2026-03-02" and day not in put(here)]
    if plan == "premium":
        assert (missing, report.note) == ([], "")
    else:
        assert len(missing) == 90
        assert report.note.startswith("rows after 2026-03-02 may be missing: the answer begins at 2026-07-07;")


def test_what_firehose_does_not_acknowledge_is_not_remembered(here: Producer, exchange: Exchange) -> None:
    here.now, exchange.today = MONDAY_EVENING, "2026-11-23"
    here.firehose = FakeFirehose([{0}] * MAX_ATTEMPTS)
    with pytest.raises(UndeliveredError):
        here.run(STOCKS, ["IBM"], name="Monday")
    here.firehose = FakeFirehose()
    here.run(STOCKS, ["IBM"], name="Monday")
    assert list(put(here)) == ["2026-11-23"]
    here.run(STOCKS, ["IBM"], name="Monday")
    assert exchange.asked == ["compact", "compact"]  # and not a third time


def test_what_is_parked_counts_as_put_and_is_told(here: Producer, exchange: Exchange) -> None:
    parked: list[dict[str, Any]] = []
    here.now, exchange.today = MONDAY_EVENING, "2026-11-23"
    here.firehose = FakeFirehose([{0}] * MAX_ATTEMPTS)
    here.park = Parking(SimpleNamespace(put_object=lambda **request: parked.append(request)), "lake")
    report = here.run(STOCKS, ["IBM"], name="Monday")["IBM"]
    assert (len(parked), report.note) == (1, "1 records are parked: `standpipe replay` puts them")
    here.run(STOCKS, ["IBM"], name="Monday")
    assert exchange.asked == ["compact"]


def test_a_history_is_put_from_its_date_on_whatever_has_landed(here: Producer, exchange: Exchange) -> None:
    report = here.run(STOCKS, ["IBM"], History(since="2026-10-01"))["IBM"]
    assert (report.rows, min(put(here)), max(put(here))) == (37, "2026-10-01", "2026-11-20")
    assert exchange.asked == ["full"]


def test_a_history_that_begins_later_hides_no_gap_from_the_next_run(exchange: Exchange) -> None:
    exchange.today = "2026-06-01"
    with serving(exchange.answer) as service:
        here = producer(service.url, now=at("2026-06-01 23:00"))
        here.run(STOCKS, ["IBM"])
        here.now, exchange.today = MONDAY_EVENING, "2026-11-23"
        report = here.run(STOCKS, ["IBM"], History(since="2026-11-01"))["IBM"]
        assert report.note.startswith("rows between 2026-06-01 and the first of these have not landed;")
        exchange.asked.clear()
        here.run(STOCKS, ["IBM"])
    days = {day for document in documents(here.firehose, "stocks_daily") for day in document["IBM"]}
    assert (days, exchange.asked) == (set(exchange.rows), ["full"])


def test_a_restated_past_that_a_later_history_leaves_out_is_still_found(here: Producer, exchange: Exchange) -> None:
    exchange.rows["2026-09-01"]["4. close"] = "11"
    here.run(STOCKS, ["IBM"], History(since="2026-10-01"))
    here.now, exchange.today = MONDAY_EVENING, "2026-11-23"
    assert here.run(STOCKS, ["IBM"])["IBM"].outcome == "Restated"


def test_a_history_of_nothing_is_not_remembered(exchange: Exchange) -> None:
    with serving(exchange.answer) as service:
        here = producer(service.url, now=FRIDAY_EVENING)
        assert here.run(STOCKS, ["IBM"], History(since="2026-12-01"))["IBM"].rows == 0
        assert here.run(STOCKS, ["IBM"])["IBM"].rows == 299


def test_a_free_key_is_told_that_older_rows_stay_as_they_landed(exchange: Exchange) -> None:
    contract = _as_traded(STOCKS)
    with serving(exchange.answer) as service:
        here = producer(service.url, "free", FRIDAY_EVENING)
        here.run(contract, ["IBM"])
        here.now, exchange.today = MONDAY_EVENING, "2026-11-23"
        exchange.rows["2026-09-01"]["4. close"] = "11"
        report = here.run(contract, ["IBM"])["IBM"]
    assert (report.outcome, report.rows) == ("Restated", 100)
    assert report.note == (
        "1 rows changed, the newest of 2026-09-01: the rows from 2026-07-07 on are put again; older ones stay as they "
        "landed: drop them as a file"
    )


def _as_traded(contract: Contract) -> Contract:
    source = msgspec.structs.replace(contract.source, function="TIME_SERIES_DAILY")  # type: ignore[arg-type]
    return msgspec.structs.replace(contract, source=source)
