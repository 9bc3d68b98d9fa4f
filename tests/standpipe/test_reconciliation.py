"""What `standpipe reconcile` shows adds up."""

import pytest

from standpipe.query.athena import Result, Row, Statistics
from standpipe.reconciliation import by_dataset

NAMES = ["source", "dataset", "loads", "rows_in", "landed", "quarantined", "duplicates", "missing"]


class FakeAws:
    def __init__(self, rows: list[Row]) -> None:
        self._result = Result([*NAMES, "redelivered"], rows, Statistics(0, 0, 0, 0, billed=True))

    def query(self, _: str) -> Result:
        return self._result


@pytest.mark.parametrize(("redelivered", "shown"), [("0", NAMES), ("2", [*NAMES, "redelivered"])])
def test_what_was_delivered_once_more_is_shown_where_there_is_any(redelivered: str, shown: list[str]) -> None:
    rows: list[Row] = [
        ["files", "trades", "2", "486", "480", "6", "2", "0", redelivered],
        ["SQL", "accounts", "1", "5", "5", "0", "0", "0", "0"],
    ]
    columns, found = by_dataset(FakeAws(rows))  # type: ignore[arg-type]
    assert columns == shown
    assert {len(row) for row in found} == {len(shown)}
