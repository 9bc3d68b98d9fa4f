"""Run after run, nothing is missed and nothing that is unchanged is put again: on SQLite, PostgreSQL and MariaDB."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from producers.sql import run as running
from producers.sql.database import DatabaseError
from schemas.contract import Column
from tests.producers.receiving import lines, records
from tests.producers.sql.reading import COLUMNS, Bank, Reader, payments

MINUTE = timedelta(minutes=1)


@pytest.fixture
def reader(bank: Bank) -> Reader:
    bank.create()
    return Reader(bank, payments())


def ids(reader: Reader) -> list[int]:
    """Of every row that was put, in order."""
    return [row["id"] for row in lines(reader.firehose, "payments")]


def test_only_what_is_new_or_changed_is_put(reader: Reader) -> None:
    reader.bank.pay((1, "2026-11-24 01:00:00"), (2, "2026-11-24 01:00:01.5"))
    assert reader.run().rows == 2
    reader.bank.pay((2, "2026-11-24 02:00:00"), (3, "2026-11-24 02:00:00"))
    assert reader.run().rows == 2
    assert reader.run().rows == 0
    assert ids(reader) == [1, 2, 2, 3]
    assert [(row["id"], row["amount"], row["updated_at"]) for row in reader.view()] == [
        (1, 1.25, "2026-11-24 01:00:00.000"),
        (2, 2.25, "2026-11-24 02:00:00.000"),
        (3, 3.25, "2026-11-24 02:00:00.000"),
    ]


def test_decimals_are_exact(bank: Bank) -> None:
    bank.create()
    columns = tuple(
        Column("amount", "decimal", precision=18, scale=6) if each.name == "amount" else each for each in COLUMNS
    )
    reader = Reader(bank, payments(columns))
    bank.pay((1, "2026-11-24 01:00:00"), (99_999_999, "2026-11-24 01:00:00"))
    assert reader.run().warnings == []
    assert [row["amount"] for row in reader.view()] == [Decimal("1.250000"), Decimal("99999999.250000")]


def test_equal_times_at_the_edge_of_a_page_are_neither_missed_nor_doubled(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PAGE_ROWS", 3)
    reader.bank.pay(*((number, "2026-11-24 01:00:00") for number in range(1, 9)), (9, "2026-11-24 01:00:01"))
    assert reader.run().rows == 9
    assert ids(reader) == list(range(1, 10))
    sources = [source for source, _ in records(reader.firehose, "payments")]
    assert sources == [f"sql/payments/2026-11-24T02:00:00.000Z{page}" for page in ("", "/2", "/3")]
    assert [row["rows_in"] for row in lines(reader.firehose, "loads")] == [3, 3, 3]


def test_a_row_committed_late_is_met_and_its_neighbours_are_not_put_again(reader: Reader) -> None:
    if reader.bank.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time, so nothing is committed late")
    with reader.bank.admin.connect() as late:
        late.execute(text("INSERT INTO payments VALUES (1, 1, 'late', '2026-11-24 01:00:00')"))
        reader.bank.pay((2, "2026-11-24 01:00:05"), (3, "2026-11-24 01:00:06"))
        assert reader.run().rows == 2
        late.commit()
    done = reader.run(10 * MINUTE)
    assert (done.rows, done.unchanged) == (1, 2)
    assert ids(reader) == [2, 3, 1]


def test_a_change_that_leaves_the_watermark_alone_is_seen_within_the_overlap(reader: Reader) -> None:
    reader.bank.pay((1, "2026-11-24 01:00:00"), (2, "2026-11-24 01:00:00"))
    reader.run()
    reader.bank.execute("UPDATE payments SET note = 'corrected' WHERE id = 2")
    done = reader.run()
    assert (done.rows, done.unchanged) == (1, 1)
    assert [row["note"] for row in reader.view()] == ["", "corrected"]


def test_rows_older_than_the_overlap_are_not_read_again(reader: Reader) -> None:
    reader.bank.pay((1, "2026-11-24 01:00:00"))
    assert [(done.rows, done.unchanged) for done in (reader.run(), reader.run(), reader.run())] == [
        (1, 0), (0, 1), (0, 0),
    ]  # fmt: skip


def test_a_row_from_the_future_does_not_hide_those_that_come_after_it(reader: Reader) -> None:
    reader.bank.pay((1, "2026-11-24 01:00:00"), (2, "2099-01-01 00:00:00"))
    for _ in range(3):
        reader.run()
    reader.bank.pay((3, "2026-11-24 05:00:00"))
    reader.run()
    assert sorted(ids(reader)) == [1, 2, 3]


def test_a_row_hours_ahead_hides_none_where_times_have_a_zone(bank: Bank) -> None:
    kind = {"postgresql": "timestamptz", "mysql": "timestamp(6)", "sqlite": "timestamp"}[bank.engine.dialect.name]
    zone = "" if bank.engine.dialect.name == "mysql" else "+00:00"
    bank.execute(
        f"CREATE TABLE payments (id bigint, amount numeric(9, 2), note varchar(9), updated_at {kind} NOT NULL)"
    )
    reader = Reader(bank, payments())
    reader.bank.pay((1, f"2026-11-24 01:00:00{zone}"))
    reader.run()
    reader.bank.pay((2, f"2026-11-25 01:00:00{zone}"), (3, f"2026-11-24 02:00:00{zone}"))
    reader.run()
    for number, hour in ((4, "03"), (5, "04")):
        reader.bank.pay((number, f"2026-11-24 {hour}:00:00{zone}"))
        reader.run()
    assert sorted(ids(reader)) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "spelt",
    [
        ["24.11.2026 01:00:00"], ["2026-11-24T01:00:00", "2026-11-24 01:30:00"], ["20261124T010000"], [""],
        ["2026-11-24T01:00:00Z", "2026-11-24T01:00:00"], ["2026-11-24T01:00:00Z", "2026-11-24T03:00:00+02:00"],
        ["2026-11-24T01:00:00", "2026-11-24T02:00:00-05:00"], ["2026-11-24", "2026-11-24 01:00:00"],
    ],
)  # fmt: skip
def test_text_that_does_not_sort_as_the_times_it_means_is_refused(bank: Bank, spelt: list[str]) -> None:
    bank.execute("CREATE TABLE payments (id bigint, amount numeric(9, 2), note varchar(9), updated_at varchar(30))")
    bank.pay(*enumerate(spelt))
    with pytest.raises(DatabaseError, match="payments: updated_at is text that does not sort as it is meant"):
        Reader(bank, payments()).run()


@pytest.mark.parametrize(
    "spelt",
    [
        ["2026-11-24 01:00", "2026-11-24 01:00:00", "2026-11-24 01:00:00.25"], ["2026-11-23", "2026-11-24"],
        ["2026-11-24T01:00:00Z", "2026-11-24T01:00:00.5Z"], ["2026-11-24T01:00:00+00:00"],
    ],
)  # fmt: skip
def test_text_that_is_written_alike_is_read(bank: Bank, spelt: list[str]) -> None:
    bank.execute("CREATE TABLE payments (id bigint, amount numeric(9, 2), note varchar(9), updated_at varchar(30))")
    bank.pay(*enumerate(spelt))
    assert Reader(bank, payments()).run().rows == len(spelt)


def test_digits_in_a_text_column_are_refused_as_a_watermark(bank: Bank) -> None:
    columns = (*COLUMNS[:3], Column("updated_at", "bigint", required=True))
    bank.execute("CREATE TABLE payments (id bigint, amount numeric(9, 2), note varchar(9), updated_at varchar(30))")
    bank.pay((1, "9"), (2, "10"))
    with pytest.raises(DatabaseError, match="text that does not sort as it is meant"):
        Reader(bank, payments(columns)).run()


def test_a_run_short_of_time_stops_after_a_page_and_the_next_goes_on(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PAGE_ROWS", 2)
    reader.bank.pay(*((number, "2026-11-24 01:00:00") for number in range(1, 6)))
    reader.seconds_left = running.RESERVE_SECONDS - 1
    done = reader.run()
    assert done.rows == 2
    assert done.remaining.startswith("the rows after updated_at=2026-11-24 01:00:00")
    assert done.remaining.endswith(", id=2")
    assert [(run.rows, bool(run.remaining)) for run in (reader.run(MINUTE), reader.run(MINUTE))] == [
        (2, True),
        (1, False),
    ]
    assert ids(reader) == [1, 2, 3, 4, 5]


def test_without_a_watermark_all_rows_are_put_each_time(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PAGE_ROWS", 2)
    bank.create()
    bank.pay(*((number, "2026-11-24 01:00:00") for number in range(1, 6)))
    reader = Reader(bank, payments(watermark=None))
    assert [reader.run().rows, reader.run().rows] == [5, 5]
    assert [row["id"] for row in reader.view()] == [1, 2, 3, 4, 5]


def test_a_number_will_do_as_a_watermark(bank: Bank) -> None:
    bank.create()
    bank.pay((1, "2026-11-24 01:00:00"), (2, "2026-11-24 01:00:00"))
    reader = Reader(bank, payments(watermark="id"))
    assert reader.run().rows == 2
    bank.pay((3, "2026-11-24 01:00:00"))
    assert [reader.run().rows, reader.run().rows] == [1, 0]


def test_a_query_is_read_like_a_table(bank: Bank) -> None:
    bank.create()
    bank.pay((1, "2026-11-24 01:00:00"), (2, "2026-11-24 02:00:00"))
    query = "SELECT id, amount, 'at 10:00' AS note, updated_at FROM payments WHERE note LIKE '%' AND id > 1"
    reader = Reader(bank, payments(table=None, query=query))
    assert (reader.run().rows, reader.run().rows) == (1, 0)
    assert [row["note"] for row in lines(reader.firehose, "payments")] == ["at 10:00"]
    assert records(reader.firehose, "payments")[0][0].startswith("sql/payments/")


def test_rows_without_a_watermark_are_told_of_before_anything_is_put(bank: Bank) -> None:
    bank.execute("CREATE TABLE payments (id bigint, amount numeric(9, 2), note varchar(9), updated_at timestamp NULL)")
    bank.execute("INSERT INTO payments VALUES (1, 1, '', NULL)")
    with pytest.raises(DatabaseError, match="payments: updated_at is NULL in some rows, which would never be read"):
        Reader(bank, payments()).run()


def test_when_the_watermark_changes_or_on_demand_everything_is_read_anew(reader: Reader) -> None:
    reader.bank.pay((1, "2026-11-24 01:00:00"))
    reader.run()
    assert reader.run(full_reload=True).rows == 1
    reader.contract = payments(watermark="id")
    assert reader.run().rows == 1
    assert reader.run().rows == 0


def test_watermarks_of_another_type_are_read_from_the_beginning(postgresql_bank: Bank) -> None:
    postgresql_bank.create()
    reader = Reader(postgresql_bank, payments())
    reader.bank.pay((1, "2026-11-24 01:00:00+00:00"))
    reader.run()
    for kind in ("timestamp", "timestamptz"):
        reader.bank.execute(f"ALTER TABLE payments ALTER COLUMN updated_at TYPE {kind}")
        assert (reader.run().rows, reader.run().rows) == (1, 0)


def test_a_database_of_another_kind_is_read_from_the_beginning(bank: Bank, tmp_path: Path) -> None:
    first = create_engine(f"sqlite:///{tmp_path}/first.db")
    reader = Reader(Bank(first, first), payments())
    for each in (reader.bank, bank):
        each.create()
        each.pay((1, "2026-11-24 01:00:00"))
    reader.run()
    same = bank.engine.dialect.name == "sqlite"
    reader.bank = bank
    assert (reader.run().rows, reader.run().rows) == (0 if same else 1, 0)
