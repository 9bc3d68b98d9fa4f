"""Every view and saved query is valid Trino, gives the columns that it names, and is described."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlglot
from msgspec import structs
from sqlglot import exp

from cdk.config import environment
from cdk.layers.archives import empty_layers
from cdk.pipeline import plan
from cdk.stacks.analytics import SavedQuery, saved_queries
from cdk.views import View, all_views
from local.athena.trino.language.strictness import RESERVED
from schemas.views import freshness_view, history_view, latest_view
from tests.queries.conftest import CONTRACTS, Lake

VIEWS = all_views(CONTRACTS)
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "queries.md").read_text()
LITERALS = {"as_of": ["TIMESTAMP '2026-01-01 12:00:00'"], "portfolio_on": ["DATE '2013-03-01'", "'GBP'"]}


def saved() -> list[SavedQuery]:
    settings = environment("local")
    return list(saved_queries(plan("local", layers=empty_layers(settings, ROOT / "build" / "no-layers"))))


SAVED = saved()


@pytest.mark.parametrize("query", [*VIEWS, *SAVED], ids=lambda query: query.name)
def test_no_name_is_a_word_that_athena_reserves(query: View | SavedQuery) -> None:
    """Nobody reads a view's text before it is queried, so a mistake in it would be deployed."""
    assert not unquoted(query.sql) & RESERVED


@pytest.mark.parametrize("dataset", ["accounts", "fx_daily", "trades"])
def test_a_dataset_may_be_called_what_athena_reserves(dataset: str) -> None:
    contract = structs.replace(CONTRACTS[dataset], name="last")
    for sql in (latest_view(contract), history_view(contract), freshness_view([contract])):
        assert not unquoted(sql) & RESERVED


def unquoted(sql: str) -> set[str]:
    names = sqlglot.parse_one(sql, dialect="trino").find_all(exp.Identifier)
    return {name.this.upper() for name in names if not name.quoted}


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_is_trino_and_gives_the_columns_that_the_catalogue_names(lake: Lake, view: View) -> None:
    assert isinstance(sqlglot.parse_one(view.sql, dialect="trino"), exp.Query)
    lake.laptop.rows(f"CREATE VIEW checked AS {view.sql}")
    made = lake.laptop.glue.databases["db"]["checked"]["StorageDescriptor"]["Columns"]
    assert [(each["Name"], each["Type"]) for each in made] == [(each.name, each.type) for each in view.columns]


@pytest.mark.parametrize("query", SAVED, ids=lambda query: query.name)
def test_a_saved_query_is_trino_and_runs(lake: Lake, query: SavedQuery) -> None:
    tree = sqlglot.parse_one(query.sql, dialect="trino")
    assert query.description
    assert query.has_parameters == bool(list(tree.find_all(exp.Placeholder)))
    literals = LITERALS.get("as_of" if query.name.endswith("_as_of") else query.name, [])
    lake.ask(query.sql, *literals)


def test_what_was_known_at_a_moment(lake: Lake) -> None:
    def rate(close: float) -> dict[str, object]:
        bar = dict.fromkeys(("open", "high", "low", "close"), close)
        return {"base": "USD", "quote": "GBP", "date": date(2025, 1, 2), **bar}

    lake.land("fx_daily", [rate(0.80)], datetime.fromisoformat("2025-01-03 00:00:00"))
    lake.land("fx_daily", [rate(0.81)], datetime.fromisoformat("2025-02-01 00:00:00"))
    (query,) = [each for each in SAVED if each.name == "fx_daily_as_of"]

    def known(moment: str) -> list[str | None]:
        return [row["close"] for row in lake.ask(query.sql, f"TIMESTAMP '{moment}'")]

    assert known("2025-01-02 23:59:59.999") == []
    assert known("2025-01-03 00:00:00") == ["0.8"]
    assert known("2025-01-31 23:59:59") == ["0.8"]
    assert known("2025-02-01 00:00:00") == ["0.81"]


def test_a_correction_in_another_partition_is_the_only_row_of_its_key(lake: Lake) -> None:
    def trade(day: int, year: int) -> dict[str, object]:
        about = {"account": "A", "ticker": "IBM", "side": "BUY", "quantity": 1.0, "price": 5.0, "currency": "USD"}
        return {"trade_id": "T1", **about, "traded_at": datetime(year, 1, day)}  # noqa: DTZ001

    def seen(sql: str, *parameters: str) -> list[tuple[str | None, str | None]]:
        return [(row["trade_id"], row["year"]) for row in lake.ask(sql, *parameters)]

    lake.land("trades", [trade(31, 2013)], datetime.fromisoformat("2025-01-03 00:00:00"))
    lake.land("trades", [trade(2, 2014)], datetime.fromisoformat("2025-02-01 00:00:00"))
    (query,) = [each for each in SAVED if each.name == "trades_as_of"]
    assert seen("SELECT * FROM trades") == [("T1", "2014")]
    assert seen("SELECT * FROM trades WHERE year = 2013") == []
    assert seen(query.sql, "TIMESTAMP '2025-01-31 00:00:00'") == [("T1", "2013")]


def test_what_a_database_once_said_is_gone_is_in_no_view(lake: Lake) -> None:
    assert CONTRACTS["accounts"].source == structs.replace(CONTRACTS["accounts"].source, deletes="ignored")
    account = {"account": "A", "owner": "O", "base_currency": "USD", "is_active": True}
    lake.land("accounts", [account], datetime.fromisoformat("2025-01-03 00:00:00"))
    lake.land("accounts", [{"account": "A", "is_deleted": True}], datetime.fromisoformat("2025-01-04 00:00:00"))
    assert lake.ask("SELECT * FROM accounts") == []
    assert [row["is_deleted"] for row in lake.ask("SELECT * FROM accounts_history")] == [None, "true"]


def test_the_documented_gaps_may_span_decades(lake: Lake) -> None:
    bar = dict.fromkeys(("open", "high", "low", "close"), 1.1)
    days = (date(1990, 1, 1), date(2026, 1, 2))
    lake.land("fx_daily", [{"base": "EUR", "quote": "USD", "date": day, **bar} for day in days])
    (sql,) = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "sources.md").read_text(), re.DOTALL)
    inner = [days[0] + timedelta(number) for number in range(1, (days[1] - days[0]).days)]
    weekdays = [day for day in inner if day.weekday() < 5]
    assert lake.ask(f"SELECT min(day) AS a, max(day) AS b, count(*) AS n, count(DISTINCT day) AS d FROM ({sql})") == [
        {"a": str(weekdays[0]), "b": str(weekdays[-1]), "n": str(len(weekdays)), "d": str(len(weekdays))}
    ]


OF_NO_DATASET = {view.name for view in VIEWS if view.name.removesuffix("_history") not in CONTRACTS}
OF_NO_DATASET |= {query.name for query in SAVED if not query.name.endswith("_as_of")}


@pytest.mark.parametrize("name", sorted(OF_NO_DATASET))
def test_each_is_on_the_page_of_queries(name: str) -> None:
    assert f"### `{name}`" in PAGE
