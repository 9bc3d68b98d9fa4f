"""What a database has is held against the contract before anything is put."""

import pytest

from producers.sql.drift import DriftError
from schemas.contract import Column
from tests.producers.receiving import lines
from tests.producers.sql.reading import COLUMNS, Bank, Reader, payments


def drift(bank: Bank, columns: str, *added: Column) -> str:
    bank.execute(f"CREATE TABLE payments ({columns})")
    reader = Reader(bank, payments((*COLUMNS, *added)))
    with pytest.raises(DriftError) as failure:
        reader.run()
    assert reader.firehose.taken == {}
    return str(failure.value)


def warnings(bank: Bank, columns: str, *added: Column) -> list[str]:
    bank.execute(f"CREATE TABLE payments ({columns})")
    return Reader(bank, payments((*COLUMNS, *added))).run().warnings


def test_every_problem_is_named_at_once_with_what_was_found_and_wanted(bank: Bank) -> None:
    said = drift(bank, "id bigint NOT NULL, amount date, note text, updated date")
    assert said == (
        "table 'payments' is not what payments.yaml says: "
        "column 'updated_at': found none, wanted timestamp under 'updated_at'; "
        "column 'amount': found DATE, wanted double"
    )


def test_a_type_of_which_no_value_could_land_is_a_problem(bank: Bank) -> None:
    said = drift(bank, "id date NOT NULL, amount float, note text, updated_at date NOT NULL")
    assert "column 'id': found DATE, wanted bigint; column 'updated_at': found DATE, wanted timestamp" in said


def test_a_type_of_which_some_values_may_land_is_a_warning(sqlite_bank: Bank) -> None:
    found = warnings(sqlite_bank, "id bigint NOT NULL, amount text NOT NULL, note int, updated_at text NOT NULL")
    assert found == [
        "table 'payments': column 'amount': found TEXT, wanted double",
        "table 'payments': column 'updated_at': found TEXT, wanted timestamp",
    ]


def test_new_columns_missing_ones_and_nulls_are_warnings(bank: Bank) -> None:
    found = warnings(bank, "id bigint NOT NULL, amount float, updated_at timestamp NULL, iban text, bic text")
    assert found == [
        "table 'payments': column 'note' is not there; it lands as NULL",
        "table 'payments': not in the contract and not read: iban, bic",
        "table 'payments': column 'updated_at' may be NULL; rows without a value will go to the quarantine",
    ]


def test_columns_are_found_under_any_of_their_names(bank: Bank) -> None:
    other = Column("currency", "string", source_names=("ccy", "waehrung"))
    columns = "id bigint NOT NULL, amount float, note text, updated_at timestamp NOT NULL, waehrung text"
    assert warnings(bank, columns, other) == []


def test_a_query_that_lost_a_column_is_told_of(bank: Bank) -> None:
    bank.create()
    reader = Reader(bank, payments(table=None, query="SELECT id, amount, note FROM payments"))
    with pytest.raises(DriftError, match=r"the query of payments is not what .* column 'updated_at': found none"):
        reader.run()


def test_all_kinds_of_columns_of_a_server_land(bank: Bank) -> None:
    dialect = bank.engine.dialect.name
    kinds = {
        "postgresql": "timestamptz NOT NULL, b boolean, d date, n integer, u uuid, j jsonb, k char(3)",
        "mysql": "datetime(6) NOT NULL, b boolean, d date, n integer, u uuid, j json, k char(3)",
        "sqlite": "timestamp NOT NULL, b boolean, d date, n integer, u text, j text, k text",
    }[dialect]
    bank.execute(
        f"CREATE TABLE payments (id bigint NOT NULL, amount numeric(9, 3), note text, updated_at {kinds})",
        "INSERT INTO payments VALUES (9007199254740993, 0.125, 'ü\"', '2026-11-24 01:00:00.123456', true, "
        "'2020-02-29', 7, 'a81bc81b-dead-4e5d-abff-90865d1e13b1', '{\"a\":1}', 'GBP')",
    )
    more = (
        Column("b", "boolean"), Column("d", "date"), Column("n", "int"), Column("u", "string"), Column("j", "string"),
        Column("k", "string"),
    )  # fmt: skip
    reader = Reader(bank, payments((*COLUMNS, *more)))
    assert reader.run().warnings == []
    (row,) = reader.view()
    row.pop("source")
    row.pop("ingested_at")
    assert row == {
        "id": 9007199254740993, "amount": 0.125, "note": 'ü"', "updated_at": "2026-11-24 01:00:00.123", "b": True,
        "d": row["d"], "n": 7, "u": "a81bc81b-dead-4e5d-abff-90865d1e13b1", "j": '{"a":1}', "k": "GBP",
    }  # fmt: skip
    assert str(row["d"]) == "2020-02-29"


def test_types_that_postgresql_makes_of_others_are_those_others(postgresql_bank: Bank) -> None:
    postgresql_bank.execute(
        "CREATE DOMAIN price AS numeric(18, 6) CHECK (value > 0)",
        "CREATE TYPE side AS ENUM ('BUY', 'SELL')",
        "CREATE TABLE payments (id bigint NOT NULL, amount price, note side, updated_at timestamptz NOT NULL)",
        "INSERT INTO payments VALUES (1, 1.5, 'BUY', '2026-11-24 01:00:00')",
    )
    reader = Reader(postgresql_bank, payments(deletes="compared"))
    assert reader.run().warnings == []
    assert [(row["amount"], row["note"]) for row in reader.view()] == [(1.5, "BUY")]


def test_numbers_that_are_none_stay_visible(postgresql_bank: Bank) -> None:
    postgresql_bank.create()
    postgresql_bank.execute("INSERT INTO payments VALUES (1, 'NaN', 'Infinity Ltd', now()), (2, 1, 'NaN', now())")
    reader = Reader(postgresql_bank, payments())
    reader.run()
    found = [(row["id"], row["amount"], row["note"]) for row in lines(reader.firehose, "payments")]
    assert found == [(1, "NaN", "Infinity Ltd"), (2, 1, "NaN")]
