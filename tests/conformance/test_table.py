"""The local Firehose does what each row says."""

import inspect
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.firehose_table import all_rows
from tests.conformance.firehose_table.all_rows import MODULES, ROWS
from tests.conformance.firehose_table.row import Row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_row(row: Row, arranged_table: Any) -> None:
    arranged_table.assert_row(row)


def test_the_table_is_as_long_as_it_says_and_no_row_is_there_twice() -> None:
    assert len(ROWS) >= 500
    assert [name for name, times in Counter(row.id for row in ROWS).items() if times > 1] == []


def test_every_row_asserts_something() -> None:
    assert [row.id for row in ROWS if "assert " not in inspect.getsource(row.check)] == []


def test_every_module_of_rows_is_in_the_table() -> None:
    assert sorted(MODULES) == sorted(path.stem for path in Path(all_rows.__file__).parent.glob("rows_*.py"))


def test_what_is_unknown_says_what_was_chosen() -> None:
    assert [row.id for row in ROWS if row.confidence == "unknown" and not row.here] == []
