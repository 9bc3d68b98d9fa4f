"""Rows that are gone at the source are gone from the view, stay in the history, and no others are."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import NullPool, create_engine, text

from delivery.header import split_header
from producers.sql import keys
from producers.sql.database import DatabaseError, open_database
from schemas.contract import Column, Contract, Partition
from schemas.sql import Sql
from schemas.value import Schedule
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.receiving import PREFIX, lines, records
from tests.producers.sql.reading import Bank, Reader, latest, payments


@pytest.fixture
def reader(bank: Bank) -> Reader:
    bank.create()
    return Reader(bank, payments(deletes="compared"))


def shown(reader: Reader) -> list[int]:
    return [row["id"] for row in reader.view()]


def test_a_deleted_row_leaves_the_view_and_comes_back_when_it_does(reader: Reader) -> None:
    reader.bank.pay(*((number, "2026-11-24 01:00:00") for number in range(1, 5)))
    assert (reader.run().deleted, shown(reader)) == (0, [1, 2, 3, 4])
    reader.bank.execute("DELETE FROM payments WHERE id IN (2, 4)")
    assert (reader.run().deleted, shown(reader)) == (2, [1, 3])
    assert reader.run().deleted == 0
    reader.bank.pay((2, "2026-11-24 04:00:00"))
    assert (reader.run().deleted, shown(reader)) == (0, [1, 2, 3])
    assert [set(row) for row in reader.view()] == [
        {"id", "amount", "note", "updated_at", "source", "ingested_at"}
    ] * 3  # fmt: skip


@pytest.mark.parametrize("chunk", [40, 1000])
def test_a_row_that_comes_back_as_it_was_long_ago_or_is_dated_back_is_shown(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(keys, "CHUNK_BYTES", chunk)
    reader.bank.pay((1, "2026-11-24 01:00:00"), (2, "2026-11-24 01:00:00"))
    reader.run()
    for day in (25, 26, 27):
        reader.bank.pay((day, f"2026-11-{day} 01:00:00"))
        reader.run(timedelta(days=1))
    reader.bank.execute("DELETE FROM payments WHERE id = 1")
    assert (reader.run().deleted, shown(reader)) == (1, [2, 25, 26, 27])
    reader.run()
    reader.bank.pay((1, "2026-11-24 01:00:00"), *((number, "2026-11-20 01:00:00") for number in range(50, 56)))
    assert (reader.run().rows, shown(reader)) == (7, [1, 2, 25, 26, 27, *range(50, 56)])
    assert reader.run().rows == 0
    sources = {source.rpartition("Z")[2] for source, _ in records(reader.firehose, "payments")}
    assert "/returned" in sources


def test_a_row_that_has_come_back_is_put_before_its_key_is_kept(reader: Reader) -> None:
    class Broken(FakeFirehose):
        def put_record_batch(self, **request: object) -> dict[str, object]:
            raise ConnectionError

    reader.bank.pay((1, "2026-11-24 01:00:00"), (2, "2026-11-24 01:00:00"))
    for _ in range(3):
        reader.run()
    reader.bank.pay((3, "2026-11-20 01:00:00"))
    working, reader.firehose = reader.firehose, Broken()
    with pytest.raises(ConnectionError):
        reader.run()
    reader.firehose = working
    assert (reader.run().rows, shown(reader)) == (1, [1, 2, 3])


def test_a_table_without_rows_is_taken_for_an_accident_until_it_is_said_to_be_meant(reader: Reader) -> None:
    reader.bank.pay((1, "2026-11-24 01:00:00"), (2, "2026-11-24 01:00:00"))
    reader.run()
    reader.bank.execute("DELETE FROM payments")
    with pytest.raises(
        DatabaseError, match="payments has no rows, but 2 keys of it have landed; nothing is deleted"
    ) as failed:
        reader.run()
    assert str(failed.value).endswith("If it is intended: `standpipe load payments --confirm-empty`")
    assert shown(reader) == [1, 2]
    assert (reader.run(confirm_empty=True).deleted, shown(reader)) == (2, [])
    assert reader.run().deleted == 0


def test_a_deletion_travels_in_a_record_of_its_own_and_is_counted(reader: Reader) -> None:
    reader.bank.pay((1, "2026-11-24 01:00:00"), (2, "2026-11-24 01:00:00"))
    for _ in range(3):
        reader.run()
    reader.bank.execute("DELETE FROM payments WHERE id = 1")
    reader.run()
    data = reader.firehose.taken[f"{PREFIX}payments"][1]
    source = "sql/payments/2026-11-24T05:00:00.000Z"
    header, body = split_header(data)
    assert (header.source, header.deleted, body) == (f"{source}/deleted", True, b"[1]\n")
    assert header.columns == ("id",)
    loads = [(row["loaded_source"], row["rows_in"]) for row in lines(reader.firehose, "loads")]
    assert loads[3:] == [(f"{source}/deleted", 1), (source, 0)]


def test_versions_that_are_transformed_together_are_told_apart_by_their_run(reader: Reader) -> None:
    reader.bank.pay((1, "2026-11-24 01:00:00"), (2, "2026-11-24 01:00:00"))
    reader.run()
    reader.bank.execute("DELETE FROM payments WHERE id = 1")
    reader.run()
    taken = reader.firehose.taken[f"{PREFIX}payments"]
    assert [row["id"] for row in latest(reader.contract, [taken])] == [2]
    assert [row["id"] for row in latest(reader.contract, [taken[::-1]])] == [2]


def test_rows_of_several_key_columns_and_of_partitions(bank: Bank) -> None:
    bank.execute(
        "CREATE TABLE payments (account varchar(9) NOT NULL, n integer NOT NULL, paid_on date NOT NULL)",
        "INSERT INTO payments VALUES ('A', 1, '2020-01-01'), ('A', 2, '2021-01-01'), ('b', 1, '2021-06-01')",
    )
    contract = Contract(
        name="payments",
        description="Payments.",
        columns=(Column("account", "string"), Column("n", "int"), Column("paid_on", "date")),
        key=("account", "n"),
        partition=Partition("paid_on"),
        source=Sql(table="payments", schedule=Schedule("rate(1 day)"), deletes="compared"),
    )
    reader = Reader(bank, contract)
    reader.run()
    bank.execute("DELETE FROM payments WHERE n = 1")
    assert reader.run().deleted == 2
    deleted = [body for source, body in records(reader.firehose, "payments") if source.endswith("/deleted")]
    assert sorted(deleted) == [
        b'["A",1,"2020-01-01"]\n', b'["b",1,"2021-06-01"]\n',
    ]  # fmt: skip


def test_keys_are_kept_before_their_rows_are_put_and_let_go_after_their_deletion(reader: Reader) -> None:
    class Broken(FakeFirehose):
        def put_record_batch(self, **request: object) -> dict[str, object]:
            raise ConnectionError

    working, reader.firehose = reader.firehose, Broken()
    reader.bank.pay((1, "2026-11-24 01:00:00"), (2, "2026-11-24 01:00:00"))
    with pytest.raises(ConnectionError):
        reader.run()
    reader.bank.execute("DELETE FROM payments WHERE id = 1")
    with pytest.raises(ConnectionError):
        reader.run()
    reader.firehose = working
    assert (reader.run().deleted, shown(reader)) == (1, [2])


def test_only_chunks_that_change_are_written(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "CHUNK_BYTES", 40)
    reader.bank.pay(*((number, "2026-11-24 01:00:00") for number in range(10, 40)))
    reader.run()
    before = dict(reader.table.items)
    reader.bank.pay((20, "2026-11-24 05:00:00"), (50, "2026-11-24 05:00:00"))
    reader.bank.execute("DELETE FROM payments WHERE id = 15")
    reader.run()
    changed = [
        item for owner, item in reader.table.items if before.get((owner, item)) != reader.table.items[owner, item]
    ]
    assert len(before) > 10
    assert len(changed) == 3  # one has lost a key, one has got one, and the position


numbers = st.sets(st.integers(min_value=0, max_value=60), max_size=40)


@settings(max_examples=60)
@given(st.lists(numbers, min_size=1, max_size=6), st.sampled_from([30, 100, 1000]))
def test_exactly_the_missing_keys_are_deleted(tables: list[set[int]], chunk: int) -> None:
    with _sqlite() as bank, pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "CHUNK_BYTES", chunk)
        reader = Reader(bank, payments(deletes="compared", watermark=None))
        before: set[int] = set()
        for there in tables:
            with bank.admin.begin() as connection:
                connection.execute(text("PRAGMA synchronous = OFF"))
                connection.execute(text("DELETE FROM payments"))
                for number in there:
                    connection.execute(text(f"INSERT INTO payments VALUES ({number}, 1, '', '2026-11-24 01:00:00')"))
            assert reader.run(confirm_empty=True).deleted == len(before - there)
            before = there
        assert shown(reader) == sorted(before)


@contextmanager
def _sqlite() -> Iterator[Bank]:
    with TemporaryDirectory() as folder:
        engine = open_database({"url": f"sqlite:///{Path(folder) / 'bank.db'}"})
        bank = Bank(create_engine(engine.url, poolclass=NullPool), engine)
        bank.create()
        yield bank
