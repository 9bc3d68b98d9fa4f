"""Tables of a real database: SQLite, on disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from producers.sql import reading
from producers.sql.database import DatabaseError, open_database
from producers.sql.run import Run, Summary, run
from schemas.contract import Column, Contract, Partition
from schemas.load import load_contracts
from schemas.sql import Sql
from schemas.value import Schedule
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.receiving import destination, lines, records
from tests.producers.sql.reading import FakeTable

CONTRACTS = load_contracts()
ACCOUNTS = CONTRACTS["accounts"]
PAYMENTS = Contract(
    name="payments",
    description="Payments.",
    columns=(
        Column("id", "string"),
        Column("amount", "double", source_names="betrag"),
        Column("paid_at", "timestamp"),
        Column("note", "string"),
    ),
    key=("id",),
    partition=Partition("paid_at"),
    source=Sql(table="payments", schedule=Schedule("rate(1 day)")),
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_database({"url": f"sqlite:///{tmp_path / 'bank.db'}"})
    yield made
    made.dispose()


def execute(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("PRAGMA query_only = OFF"))
        for statement in statements:
            connection.execute(text(statement))


def full(contract: Contract, engine: Engine, firehose: FakeFirehose) -> Summary:
    return run(Run(contract, engine, destination(firehose, "sql"), FakeTable(), lambda: 900))


def test_the_sample_tables_arrive_as_they_are(engine: Engine) -> None:
    sample = Path(__file__).parents[3] / "standpipe/samples/reference.sql"
    execute(engine, *(statement for statement in sample.read_text().split(";") if statement.strip()))
    firehose = FakeFirehose()
    done = full(ACCOUNTS, engine, firehose)
    found = lines(firehose, "accounts")
    with engine.connect() as connection:
        expected = connection.execute(text("SELECT account, opened_on, is_active FROM accounts ORDER BY account")).all()
    assert [(row["account"], row["opened_on"], row["is_active"]) for row in found] == [
        (account, opened_on, bool(is_active)) for account, opened_on, is_active in expected
    ]
    assert done.rows == len(expected) > 0
    assert records(firehose, "accounts")[0][0] == "sql/accounts/2026-11-23T19:00:00.123Z"
    (row,) = lines(firehose, "loads")
    assert (row["dataset"], row["rows_in"], row["source"]) == ("accounts", len(expected), "sql")


def test_types_become_plain_json_and_rows_are_sorted_by_partition(engine: Engine) -> None:
    execute(
        engine,
        "CREATE TABLE payments (id INTEGER, betrag NUMERIC(18, 6), paid_at DATETIME, note TEXT, secret TEXT)",
        "INSERT INTO payments VALUES (1, 1.5, '2009-12-31 23:59:59.500000', NULL, 'x'), "
        "(2, -0.1, '2010-01-01 00:00:00.000000', 'ü\"', 'y')",
    )
    firehose = FakeFirehose()
    done = full(PAYMENTS, engine, firehose)
    assert lines(firehose, "payments") == [
        {"id": "1", "amount": 1.5, "paid_at": "2009-12-31 23:59:59.500000", "note": None},
        {"id": "2", "amount": -0.1, "paid_at": "2010-01-01 00:00:00.000000", "note": 'ü"'},
    ]
    assert done.records == 2


def test_what_is_no_number_stays_visible(engine: Engine) -> None:
    execute(
        engine,
        "CREATE TABLE payments (id TEXT, betrag FLOAT, paid_at TEXT)",
        "INSERT INTO payments VALUES ('1', 9e999, 'x')",
    )
    firehose = FakeFirehose()
    full(PAYMENTS, engine, firehose)
    assert lines(firehose, "payments") == [{"id": "1", "amount": "inf", "paid_at": "x"}]


def test_many_rows_are_read_a_part_at_a_time(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ROWS_AT_A_TIME", 100)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2050) SELECT i FROM n"
    execute(
        engine,
        "CREATE TABLE payments (id INTEGER, betrag REAL, paid_at TEXT, note TEXT)",
        f"INSERT INTO payments SELECT i, i, '2010-01-01', '' FROM ({numbers})",
    )
    firehose = FakeFirehose()
    assert full(PAYMENTS, engine, firehose).rows == 2050
    assert [row["id"] for row in lines(firehose, "payments")] == [str(number) for number in range(1, 2051)]


def test_a_view_will_do_and_an_empty_one_is_a_load_of_nothing(engine: Engine) -> None:
    execute(
        engine,
        "CREATE TABLE people (number TEXT, owner TEXT, base_currency TEXT, is_active BOOLEAN)",
        "CREATE VIEW accounts AS SELECT number AS account, owner, base_currency, is_active FROM people",
    )
    firehose = FakeFirehose()
    assert full(ACCOUNTS, engine, firehose).rows == 0
    assert [row["rows_in"] for row in lines(firehose, "loads")] == [0]


def test_a_missing_table_is_answered_with_those_there(engine: Engine) -> None:
    execute(engine, "CREATE TABLE kunden (id TEXT)")
    with pytest.raises(DatabaseError, match="no table 'accounts' in the database; it has kunden"):
        full(ACCOUNTS, engine, FakeFirehose())
