"""`standpipe gaps` by the calendars of shares, currencies and digital currencies."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from local.alpha_vantage.answers import answer
from local.alpha_vantage.quota import Quota
from schemas.alpha_vantage import AlphaVantage
from schemas.contract import Column, Contract
from schemas.value import Schedule
from standpipe.datasets import contract_of
from standpipe.gaps import GapsError, find, gaps
from standpipe.query.athena import Result, Statistics
from tests.local.athena.conftest import laptop as laptop
from tests.local.athena.conftest import make_athena as make_athena
from tests.local.athena.laptop import Laptop

NOW = datetime(2013, 1, 3, 12, tzinfo=UTC)
YEAR = {date(2012, 1, 1) + timedelta(days=number) for number in range(366)}


def source(function: Any, symbol: str = "IBM", **more: Any) -> AlphaVantage:
    return AlphaVantage(function, (symbol,), Schedule("rate(1 day)"), **more)


def test_holidays_and_hurricanes_are_not_gaps_and_missing_days_are() -> None:
    asked = {"apikey": "any", "function": "TIME_SERIES_DAILY", "symbol": "IBM", "outputsize": "full", "datatype": "csv"}
    days = {date.fromisoformat(line[:10]) for line in answer(asked, Quota()).body.splitlines()[1:]}
    asked_now = datetime(2013, 3, 2, tzinfo=UTC)
    (whole,) = gaps(source("TIME_SERIES_DAILY"), {"IBM": days}, asked_now)
    assert (whole.landed, whole.missing, whole.behind) == (3270, (), 0)
    lost = {date(2012, 11, 21), date(2012, 11, 23), date(2008, 9, 15)}  # Thanksgiving is between the first two
    (holed,) = gaps(source("TIME_SERIES_DAILY"), {"IBM": days - lost}, asked_now)
    assert holed.row()[3:] == ["3267", "3", "0", "2008-09-15, 2012-11-21 to 2012-11-23 (2 days)"]


@pytest.mark.parametrize(
    ("asked", "missing"),
    [
        (source("TIME_SERIES_DAILY"), 249),
        (source("TIME_SERIES_DAILY", calendar="XLON"), 251),
        (source("FX_DAILY", "USD/GBP"), 260),
        (source("DIGITAL_CURRENCY_DAILY", "BTC/USD"), 364),
        (source("TIME_SERIES_WEEKLY"), 52),
        (source("TIME_SERIES_MONTHLY"), 10),
        (source("TIME_SERIES_INTRADAY", interval="5min"), 249),
    ],
)
def test_each_calendar_knows_its_days(asked: AlphaVantage, missing: int) -> None:
    (found,) = gaps(asked, {"X": {date(2012, 1, 1), date(2012, 12, 31)}}, NOW)
    assert found.days_missing == missing
    if asked.period == "day":
        (whole,) = gaps(asked, {"X": YEAR}, NOW)
        assert whole.missing == ()


def test_a_week_has_landed_with_any_of_its_days() -> None:
    weeks = {day for day in YEAR if day.weekday() == 3}  # Thursdays
    (found,) = gaps(source("TIME_SERIES_WEEKLY"), {"IBM": weeks}, NOW)
    assert (found.missing, found.behind) == ((), 0)


def test_days_since_the_newest_are_behind_and_not_missing() -> None:
    days = {day for day in YEAR if day < date(2012, 12, 20)}
    (found,) = gaps(source("TIME_SERIES_DAILY"), {"IBM": days}, NOW)
    assert (found.missing, found.behind) == ((), 8)  # until 2 January: 3 January is not over
    assert gaps(source("TIME_SERIES_DAILY"), {}, NOW) == []


def test_a_calendar_may_know_less_than_the_lake() -> None:
    days = {date(1996, 12, 27), date(1997, 1, 3)}
    (found,) = gaps(source("TIME_SERIES_DAILY", calendar="XBOM"), {"X": days}, datetime(1997, 1, 4, tzinfo=UTC))
    assert (str(found.missing[0]), found.days_missing) == ("1997-01-01 to 1997-01-02 (2 days)", 2)
    with pytest.raises(GapsError, match="only recorded to the year"):
        gaps(source("TIME_SERIES_DAILY", calendar="XBOM"), {"X": days}, datetime(2100, 1, 4, tzinfo=UTC))


def test_a_row_of_the_future_is_no_traceback() -> None:
    with pytest.raises(GapsError):
        gaps(source("TIME_SERIES_DAILY"), {"X": {date(2050, 1, 3)}}, NOW)


@dataclass
class Connected:
    """A connection to the Athena of a test."""

    laptop: Laptop

    def query(self, sql: str) -> Result:
        header, *rows = self.laptop.rows(sql)
        return Result(list(map(str, header)), rows, Statistics(0, 0, 0, 0, billed=True))


def test_bars_of_extended_hours_are_of_the_day_of_the_exchange(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Monday's until eight in the evening in New York are Tuesday's in UTC."""
    columns = (Column("ticker", "string"), Column("at", "timestamp"))
    bars = Contract("bars", "Bars.", columns, ("ticker", "at"), ("ticker", "at"),
                    source=source("TIME_SERIES_INTRADAY", interval="60min"))  # fmt: skip
    monkeypatch.setattr("standpipe.gaps.contract_of", {"bars": bars}.__getitem__)
    laptop.table("bars", {"ticker": "string", "at": "timestamp"}, "s3://lake/bars/")
    # a Monday, a Wednesday and a Thursday, from 10:00 to 19:00 in New York
    hours = [datetime(2013, 1, day, 15) + timedelta(hours=number) for day in (7, 9, 10) for number in range(10)]  # noqa: DTZ001
    laptop.put("s3://lake/bars/1.parquet", pa.table({"ticker": ["IBM"] * len(hours), "at": hours}))
    (found,) = find(Connected(laptop), "bars", datetime(2013, 1, 11, 1, tzinfo=UTC))  # type: ignore[arg-type]
    assert found.row() == ["IBM", "2013-01-07", "2013-01-10", "3", "1", "0", "2013-01-08"]


@dataclass
class FakeLake:
    """Answers one query."""

    rows: list[list[str | None]]
    asked: str = ""

    def query(self, sql: str) -> Result:
        self.asked = sql
        return Result(["base", "quote", "day"], self.rows, Statistics(0, 0, 0, 0, billed=True))


def test_the_days_come_from_the_view() -> None:
    lake = FakeLake([["USD", "GBP", "2012-12-28"], ["USD", "GBP", "2012-12-31"]])
    rows = {each.symbol: each.row() for each in find(lake, "fx_daily", NOW)}  # type: ignore[arg-type]
    assert lake.asked == 'SELECT DISTINCT "base", "quote", CAST("date" AS date) AS day FROM "fx_daily"'
    assert rows.pop("USD/GBP") == ["USD/GBP", "2012-12-28", "2012-12-31", "2", "0", "2", ""]
    assert {row[-1] for row in rows.values()} == {"never landed"}


def test_each_symbol_of_the_contract_has_a_row_though_nothing_landed() -> None:
    found = find(FakeLake([]), "stocks_daily", NOW)  # type: ignore[arg-type]
    asked = contract_of("stocks_daily").source
    assert isinstance(asked, AlphaVantage)
    assert [each.row() for each in found] == [
        [symbol, "", "", "0", "", "", "never landed"] for symbol in sorted(asked.symbols)
    ]


def test_a_dataset_without_trading_days_is_refused() -> None:
    with pytest.raises(GapsError, match="no trading days"):
        find(FakeLake([]), "trades", NOW)  # type: ignore[arg-type]
