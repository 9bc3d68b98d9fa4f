"""The view counts every row of a source once, whatever came twice."""

from typing import Any

import duckdb
import pytest

from schemas.load import load_contracts
from schemas.views import RECONCILIATION_COLUMNS, reconciliation_view

CONTRACTS = load_contracts()


def reconciled(rows_in: int, landed: list[str], quarantined: int) -> dict[str, Any]:
    """The view's row for one source, `landed` being the keys of its rows."""
    connection = empty()
    connection.execute("INSERT INTO loads VALUES ('trades', 's', ?, 0)", [rows_in])
    for key in landed:
        connection.execute("INSERT INTO trades_landing (trade_id, source) VALUES (?, 's')", [key])
    for _ in range(quarantined):
        connection.execute("INSERT INTO quarantine_landing (dataset, source) VALUES ('trades', 's')")
    (found,) = view(connection)
    return found


def view(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    found = connection.execute(reconciliation_view(CONTRACTS.values())).fetchall()
    return [dict(zip([column.name for column in RECONCILIATION_COLUMNS], row, strict=True)) for row in found]


def empty() -> duckdb.DuckDBPyConnection:
    """The tables that the view reads, without rows."""
    connection = duckdb.connect()
    for contract in CONTRACTS.values():
        columns = ", ".join(f'"{column.name}" VARCHAR' for column in contract.all_columns)
        connection.execute(f"CREATE TABLE {contract.name}_landing ({columns})")
    connection.execute("CREATE TABLE loads (dataset VARCHAR, loaded_source VARCHAR, rows_in BIGINT, rejected BIGINT)")
    return connection


@pytest.mark.parametrize(
    ("rows_in", "landed", "quarantined", "expected"),
    [
        (3, ["a", "b"], 1, (2, 1, 0, 0, 0)),
        (3, ["a", "b", "b"], 0, (2, 0, 1, 0, 0)),
        (3, ["a", "b"], 0, (2, 0, 0, 1, 0)),
        (2, ["a", "b", "a", "b"], 0, (2, 0, 2, 0, 2)),
        (1, [], 3, (0, 3, 0, 0, 2)),
        (0, [], 0, (0, 0, 0, 0, 0)),
    ],
    ids=["good and bad", "a key twice in the file", "one is missing", "delivered twice", "told of thrice", "nothing"],
)
def test_rows_add_up_and_none_is_missing_less_than_not_at_all(
    rows_in: int, landed: list[str], quarantined: int, expected: tuple[int, ...]
) -> None:
    found = reconciled(rows_in, landed, quarantined)
    names = ("landed", "quarantined", "duplicates", "missing", "redelivered")
    assert tuple(found[name] for name in names) == expected
    assert found["rows_in"] + found["redelivered"] == sum(found[name] for name in names[:-1])


def test_a_dataset_whose_contract_was_removed_is_left_out() -> None:
    connection = empty()
    connection.execute("INSERT INTO loads VALUES ('invoices', 's', 27, 0)")
    assert view(connection) == []


def test_a_file_for_a_dataset_that_never_was_is_accounted_for() -> None:
    connection = empty()
    connection.execute("INSERT INTO loads VALUES ('tradse', 's', 1, 1)")
    (found,) = view(connection)
    assert found["missing"] == 1
    connection.execute("INSERT INTO quarantine_landing (dataset, source) VALUES ('tradse', 's')")
    (found,) = view(connection)
    assert (found["quarantined"], found["missing"]) == (1, 0)
