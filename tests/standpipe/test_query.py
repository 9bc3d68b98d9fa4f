"""What `standpipe query` shows."""

from collections.abc import Iterator

import pytest

from standpipe.query import command as query
from standpipe.query.athena import Column, Statistics


class Numbers:
    """An answer of so many rows."""

    columns = (Column("n", "integer"),)
    statistics = Statistics(0, 0, 0, 0, billed=True)

    def __init__(self, count: int) -> None:
        self.count = count
        self.fetched = 0

    def rows(self) -> Iterator[list[str | None]]:
        for number in range(self.count):
            self.fetched += 1
            yield [str(number)]


@pytest.mark.parametrize("count", [query.MOST_SHOWN, query.MOST_SHOWN + 1, 10 * query.MOST_SHOWN])
def test_a_long_answer_is_cut_and_says_so(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    answer = Numbers(count)
    query.show(answer, "table", None)  # type: ignore[arg-type]
    said = capsys.readouterr().out
    assert answer.fetched == min(count, query.MOST_SHOWN + 1)
    assert ("999" in said.split(), "1001" in said.split()) == (True, False)
    assert "1000 rows, " in said
    assert ("These are the first 1,000 rows; --output answer.csv writes all of them." in said) == (count > 1_000)
