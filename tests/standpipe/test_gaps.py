"""`standpipe gaps` by the calendars of shares, currencies and digital currencies."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from local.alpha_vantage.answers import answer
from local.alpha_vantage.quota import Quota
from schemas.alpha_vantage import AlphaVantage
from schemas.value import Schedule
from standpipe.gaps import GapsError, find, gaps
from standpipe.query.athena import Result, Statistics

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


@dataclass
class FakeLake:
    """Answers one query."""

    asked: str = ""

    def query(self, sql: str) -> Result:
        self.asked = sql
        rows: list[list[str | None]] = [["USD", "GBP", "2012-12-28"], ["USD", "GBP", "2012-12-31"]]
        return Result(["base", "quote", "day"], rows, Statistics(0, 0, 0, 0, billed=True))


def test_the_days_come_from_the_view() -> None:
    lake = FakeLake()
    (found,) = find(lake, "fx_daily", NOW)  # type: ignore[arg-type]
    assert lake.asked == 'SELECT DISTINCT "base", "quote", CAST("date" AS date) AS day FROM fx_daily'
    assert found.row() == ["USD/GBP", "2012-12-28", "2012-12-31", "2", "0", "2", ""]


def test_a_dataset_without_trading_days_is_refused() -> None:
    with pytest.raises(GapsError, match="no trading days"):
        find(FakeLake(), "trades", NOW)  # type: ignore[arg-type]
