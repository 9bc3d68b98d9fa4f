"""The producer killed at random points between and within its calls to the world: nothing is missing, nothing doubled.

Three days of the replayed Alpha Vantage, the second with a new row for each share, the third with another and with a
correction of the past. A kill may fall before any call of the outside world (the API, DynamoDB, Firehose) or after it
has taken effect and before the producer hears of it. Each killed run is started again, as Lambda does.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import duckdb
import msgspec
import pandas as pd
import pytest

from local.alpha_vantage.answers import answer as replayed
from local.alpha_vantage.quota import Quota
from producers.alpha_vantage.client import Client
from producers.alpha_vantage.progress import DONE_OWNER
from schemas.load import load_contracts
from schemas.views import latest_view
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.alpha_vantage.running import Producer, at
from tests.producers.fake_table import FakeTable
from tests.producers.receiving import lines, records
from tests.producers.scripted_http import Answer, Query, serving

STOCKS = load_contracts()["stocks_daily"]
SHARES = ["FB", "GOOG", "IBM"]
DAYS = ["2013-02-27", "2013-02-28", "2013-03-01"]
CORRECTED = "2013-01-15"
KILLS = 50


class Killed(BaseException):
    """The process is gone."""


class World:
    """Everything outside the producer. The `kill_at`-th point is the last that the process lives to see."""

    def __init__(self, url: str) -> None:
        self.points, self.kill_at, self.kills = 0, [-1], 0
        self.asked: list[str] = []
        self.asked_once_done: list[str] = []
        self.table = FakeTable()
        self.firehose = FakeFirehose()
        self.here = _Mortal(url, _Mortals(self, self.table, "get_item", "put_item"), world=self)
        self.here.firehose = _Mortals(self, self.firehose, "put_record_batch")

    def mortal(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def killable(*args: Any, **kwargs: Any) -> Any:
            self._point()
            answer = call(*args, **kwargs)
            self._point()
            return answer

        return killable

    def ask(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """As `mortal`, and it is written down what was asked for."""

        def asking(url: str, params: Query, **options: Any) -> Any:
            name = f"{params['symbol']} {self.here.now:%Y-%m-%d} {params['outputsize']}"
            self.asked.append(name)
            day = f"{DONE_OWNER}|stocks_daily/{self.here.now:%Y-%m-%d}/{params['symbol']}"
            if any(day == "|".join(key) for key in self.table.items):
                self.asked_once_done.append(name)
            return call(url, params=params, **options)

        return self.mortal(asking)

    def live(self, day: str) -> None:
        """Run for `day`, again each time that the process is killed, a minute later."""
        self.here.now = at(f"{day} 23:00")
        while True:
            try:
                self.here.run(STOCKS, SHARES, name=day)
            except Killed:
                self.here.now += timedelta(minutes=1)
                self.here.seconds = 900
            else:
                return

    def _point(self) -> None:
        self.points += 1
        if self.points in self.kill_at:
            self.kills += 1
            raise Killed


class _Mortals:
    """Some methods of something outside, each of which the process may not live to see the end of."""

    def __init__(self, world: World, whole: Any, *methods: str) -> None:
        for method in methods:
            setattr(self, method, world.mortal(getattr(whole, method)))


class _Mortal(Producer):
    """A producer whose calls to the API are points of `world`."""

    def __init__(self, url: str, table: Any, world: World) -> None:
        super().__init__(url, table)
        self.world = world

    def client(self) -> Client:
        client = super().client()
        session = client.service.shares.session
        session.get = self.world.ask(session.get)
        return client


@cache
def _series(symbol: str) -> Any:
    asked = {"apikey": "any", "function": "TIME_SERIES_DAILY_ADJUSTED", "symbol": symbol, "outputsize": "full"}
    return msgspec.json.decode(replayed(asked, Quota()).body)["Time Series (Daily)"]


def rows_on(symbol: str, day: str) -> dict[str, dict[str, str]]:
    """What the service tells on `day`, newest first."""
    rows = {key: dict(row) for key, row in _series(symbol).items() if key <= day}
    if symbol == "IBM" and day == DAYS[-1]:
        rows[CORRECTED]["4. close"] = "192.0000"
    return rows


def serve(world: list[World]) -> Callable[[Query], Answer]:
    @cache
    def told(symbol: str, size: str, day: str) -> Answer:
        rows = rows_on(symbol, day)
        kept = dict(list(rows.items())[: None if size == "full" else 100])
        return Answer.json({"Meta Data": {"5. Time Zone": "US/Eastern"}, "Time Series (Daily)": kept})

    return lambda query: told(query["symbol"], query["outputsize"], f"{world[-1].here.now:%Y-%m-%d}")


def landed(firehose: FakeFirehose) -> pd.DataFrame:
    """The landing table: every row that Firehose took, in the order in which it did."""
    found = [
        {**row, "ticker": ticker, "date": day, "year": int(day[:4]), "source": source, "ingested_at": number}
        for number, (source, body) in enumerate(records(firehose, "stocks_daily"))
        for ticker, days in msgspec.json.decode(body).items()
        for day, row in days.items()
    ]
    return pd.DataFrame(found)


def check(world: World) -> None:
    stocks_daily_landing = landed(world.firehose)
    view = duckdb.execute(f"SELECT ticker, date, close, volume FROM ({latest_view(STOCKS)})").fetchall()
    expected = {
        (symbol, day, row["4. close"], row["6. volume"])
        for symbol in SHARES
        for day, row in rows_on(symbol, DAYS[-1]).items()
    }
    assert len(view) == len(expected), "rows missing or doubled"
    assert set(view) == expected
    assert world.asked_once_done == [], "a call was made again after it was acknowledged"
    spent = world.table.items["alpha-vantage/quota", "calls"]["spent"]
    asked_today = sum(DAYS[-1] in name for name in world.asked)
    assert asked_today <= spent <= asked_today + world.kills, "a call was made without being spent"
    for load in lines(world.firehose, "loads"):
        assert (stocks_daily_landing["source"] == load["loaded_source"]).sum() == load["rows_in"], "missing"


def test_nothing_is_missing_or_doubled_however_often_the_producer_is_killed() -> None:
    worlds: list[World] = []
    chosen = random.Random(4)
    with serving(serve(worlds)) as service:

        def live(kill_at: list[int]) -> World:
            worlds.append(World(service.url))
            worlds[-1].kill_at = kill_at
            for day in DAYS:
                worlds[-1].live(day)
            check(worlds[-1])
            return worlds[-1]

        unharmed = live([])
        assert len(unharmed.asked) == 10  # three days of three shares, and IBM in full for its correction
        for first in chosen.sample(range(1, unharmed.points + 1), KILLS):
            killed = live([first, first + chosen.randrange(1, 40)])
            assert killed.kills >= 1
            assert len(killed.asked) <= len(unharmed.asked) + killed.kills


@pytest.mark.parametrize("share", SHARES)
def test_the_third_day_has_news(share: str) -> None:
    assert len(rows_on(share, DAYS[-1])) == len(rows_on(share, DAYS[0])) + 2
