"""SQL sources in contracts, and what the views make of versions and deletions."""

from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from schemas.contract import DELETED, Column, Contract, Partition, Put, key_contract
from schemas.load import ContractError, load_contract
from schemas.sql import Sql
from schemas.value import Schedule
from schemas.views import history_view, latest_view

GOOD = """
dataset: payments
description: Payments.
source: {kind: sql, table: payments, watermark: updated_at, deletes: compared, schedule: {expression: rate(1 hour)}}
key: [id]
partition: {by: paid_on}
columns:
  - {name: id, type: bigint}
  - {name: paid_on, type: date}
  - {name: amount, type: double, required: true}
  - {name: updated_at, type: timestamp}
checks:
  - {rule: positive, columns: [amount]}
"""


def loaded(folder: Path, old: str = "", new: str = "") -> Contract:
    assert old in GOOD
    file = folder / "payments.yaml"
    file.write_text(GOOD.replace(old, new, 1))
    return load_contract(file)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("table: payments, ", "", "source: it needs either table or query"),
        ("table: payments", "table: payments, query: SELECT 1", "source: it needs either table or query"),
        ("watermark: updated_at", "watermark: changed", "source.watermark: 'changed' is not a column; the columns are"),
        ("watermark: updated_at", "watermark: amount", "'amount' is a double; it must be bigint, date, int or timest"),
        ("by: paid_on", "by: updated_at", "partition.by: 'updated_at' is the watermark, so every change would move"),
        ("deletes: compared", "deletes: soft", "source.deletes: Invalid enum value 'soft'; valid: compared, ignored"),
        ("deletes:", "overlap_minutes: -1, deletes:", "source.overlap_minutes: Expected `int` >= 0"),
        ("name: amount", "name: is_deleted", "source and ingested_at and is_deleted are Standpipe's own"),
        ("watermark:", "watermrk:", "source: Object contains unknown field `watermrk`; valid: "),
    ],
)
def test_a_source_that_does_not_fit_says_what_would(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ContractError) as failure:
        loaded(tmp_path, old, new)
    assert said in str(failure.value)


def test_what_was_gone_stays_gone_when_deletes_are_no_longer_compared(tmp_path: Path) -> None:
    compared, ignored = loaded(tmp_path), loaded(tmp_path, "deletes: compared", "deletes: ignored")
    assert ignored.all_columns == compared.all_columns
    assert (latest_view(ignored), history_view(ignored)) == (latest_view(compared), history_view(compared))
    assert DELETED.name in history_view(ignored)


def test_only_datasets_from_a_database_have_the_column(tmp_path: Path) -> None:
    compared = loaded(tmp_path)
    put = msgspec.structs.replace(compared, source=Put())
    assert compared.all_columns == (*put.all_columns, DELETED)
    assert DELETED.name not in latest_view(put) + history_view(put)


def test_the_key_of_a_row_is_what_remains_of_its_contract(tmp_path: Path) -> None:
    rest = key_contract(loaded(tmp_path))
    assert [column.name for column in rest.columns] == ["id", "paid_on"]
    assert (rest.checks, rest.partition) == ((), Partition("paid_on"))


THINGS = Contract(
    "things", "Things.", (Column("id", "bigint"), Column("value", "bigint")), ("id",),
    source=Sql(table="things", schedule=Schedule("rate(1 hour)"), deletes="compared"),
)  # fmt: skip
moments, flags = st.integers(0, 3), st.sampled_from([True, False, None])
versions = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 99), moments, moments, flags),
    max_size=30,
    unique_by=lambda row: (row[0], row[2], row[3]),
)


@given(versions)
def test_the_view_shows_the_newest_version_of_each_key_that_is_not_gone(rows: list[tuple[Any, ...]]) -> None:
    newest = {row[0]: row for row in sorted(rows, key=lambda row: (row[2], row[3]))}
    expected = sorted((key, row[1]) for key, row in newest.items() if not row[4])
    database = duckdb.connect()
    database.execute("CREATE TABLE things_landing (id int, value int, ingested_at int, source int, is_deleted boolean)")
    if rows:
        database.executemany("INSERT INTO things_landing VALUES (?, ?, ?, ?, ?)", rows)
    assert (
        database.execute(f"SELECT id, value FROM ({_duckdb(latest_view(THINGS))}) ORDER BY id").fetchall() == expected
    )
    (count,) = database.execute(f"SELECT count(*) FROM ({_duckdb(history_view(THINGS))})").fetchall()[0]
    assert count == len(rows)


def _duckdb(sql: str) -> str:
    return sqlglot.transpile(sql, read="trino", write="duckdb")[0]
