"""A row is finished when its market says so, in the market's own time."""

from datetime import UTC, datetime
from typing import Any

import pytest

from producers.alpha_vantage.trading import due, is_finished
from schemas.alpha_vantage import AlphaVantage
from schemas.value import Schedule

DAILY, FX, COINS = "TIME_SERIES_DAILY", "FX_DAILY", "DIGITAL_CURRENCY_DAILY"


def source(function: Any, **more: Any) -> AlphaVantage:
    symbol = "IBM" if function.startswith("TIME_SERIES") else "USD/GBP"
    return AlphaVantage(function, (symbol,), Schedule("rate(1 day)"), **more)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "key", "last_open", "first_finished"),
    [
        (source(DAILY), "2026-11-23", "2026-11-23 20:59:59", "2026-11-23 21:00"),  # 16:00 in New York, winter
        (source(DAILY), "2026-07-01", "2026-07-01 19:59:59", "2026-07-01 20:00"),  # summer
        (source(DAILY, calendar="XLON"), "2026-11-23", "2026-11-23 16:29", "2026-11-23 16:30"),
        (source(DAILY, calendar="XBOM"), "2026-11-23", "2026-11-23 09:59", "2026-11-23 10:00"),
        (source(FX), "2026-11-23", "2026-11-23 23:59", "2026-11-24 00:00"),
        (source(COINS), "2026-11-22", "2026-11-22 23:59", "2026-11-23 00:00"),
        (source("TIME_SERIES_WEEKLY"), "2026-11-25", "2026-11-27 23:00", "2026-11-28 05:00"),
        (source("TIME_SERIES_MONTHLY_ADJUSTED"), "2026-11-25", "2026-12-01 04:59", "2026-12-01 05:00"),
        (source("TIME_SERIES_MONTHLY"), "2026-12-31", "2027-01-01 04:59", "2027-01-01 05:00"),
        (
            source("TIME_SERIES_INTRADAY", interval="5min"),
            "2026-11-23 20:55:00",
            "2026-11-23 20:59",
            "2026-11-23 21:00",
        ),
    ],
)
def test_a_row_is_finished_when_its_time_is_over(
    asked: AlphaVantage, key: str, last_open: str, first_finished: str
) -> None:
    assert not is_finished(key, asked, at(last_open))
    assert is_finished(key, asked, at(first_finished))


def test_what_is_no_date_and_what_is_a_moment_are_finished() -> None:
    assert is_finished("soon", source(DAILY), at("2026-11-23"))
    assert is_finished("2026-11-23 19:00:00", source("CURRENCY_EXCHANGE_RATE"), at("2026-11-23 18:00"))


@pytest.mark.parametrize("function", [DAILY, "TIME_SERIES_WEEKLY", "TIME_SERIES_MONTHLY"])
def test_what_ends_after_the_calendar_is_not_finished(function: str) -> None:
    assert not is_finished("9999-12-31", source(function), at("2026-11-23"))


@pytest.mark.parametrize(
    ("asked", "now", "expected"),
    [
        (source(DAILY), "2026-11-23 20:59", "2026-11-20"),  # Monday before the close: Friday
        (source(DAILY), "2026-11-23 21:00", "2026-11-23"),
        (source(DAILY), "2026-11-22 12:00", "2026-11-20"),
        (source(DAILY), "2026-11-24 03:00", "2026-11-23"),  # still Monday evening in New York
        (source(FX), "2026-11-23 22:30", "2026-11-20"),
        (source(COINS), "2026-11-23 00:15", "2026-11-22"),
        (source("TIME_SERIES_WEEKLY"), "2026-11-25 12:00", "2026-11-16"),
        (source("TIME_SERIES_WEEKLY"), "2026-11-28 12:00", "2026-11-23"),
        (source("TIME_SERIES_MONTHLY"), "2026-11-25 12:00", "2026-10-01"),
        (source("FX_INTRADAY", interval="1min"), "2026-11-25 12:00", None),
        (source("CURRENCY_EXCHANGE_RATE"), "2026-11-25 12:00", None),
    ],
)
def test_the_newest_row_that_must_be_there(asked: AlphaVantage, now: str, expected: str | None) -> None:
    assert due(asked, at(now)) == expected
