"""However a series arrives, each row is news once, and only a row that has changed is a change."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from producers.alpha_vantage.comparing import REMEMBERED_ROWS, Landed, fingerprint, landed, news
from producers.alpha_vantage.documents import Rows

FIRST = date(2010, 1, 4)
PRICES = st.sampled_from(["1", "1.0", "2.50", "3", "-", "1e3"])


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[str, dict[str, str]], list[int]]:
    """A series, and how many of its rows are there at each run."""
    count = draw(st.integers(1, 260))
    prices = draw(st.lists(PRICES, min_size=count, max_size=count))
    rows = {str(FIRST + timedelta(days=number)): {"close": price} for number, price in enumerate(prices)}
    steps = draw(st.lists(st.integers(0, REMEMBERED_ROWS - 1), max_size=8))
    seen = [draw(st.integers(1, count))]
    for step in steps:
        seen.append(min(count, seen[-1] + step))
    return rows, [*seen]


def newest(rows: dict[str, dict[str, str]], count: int) -> Rows:
    """A compact answer: the newest 100 of the first `count` rows, newest first."""
    return dict(sorted(rows.items())[:count][::-1][:REMEMBERED_ROWS])


@given(histories())
def test_every_row_is_news_exactly_once(history: tuple[dict[str, dict[str, str]], list[int]]) -> None:
    rows, seen = history
    first = dict(sorted(rows.items())[: seen[0]])
    put, before = list(first), landed(first)
    for count in seen[1:]:
        assert before is not None
        told = news(newest(rows, count), before)
        assert (told.changed, told.gap) == ((), False)
        put += told.rows
        before = landed(newest(rows, count), before)
    assert sorted(put) == sorted(rows)[: seen[-1]]
    assert before is not None
    assert before.newest == max(put)
    assert sorted(before.fingerprints) == sorted(put)[-REMEMBERED_ROWS:]


@given(histories(), st.data())
def test_a_changed_row_of_the_overlap_is_found(
    history: tuple[dict[str, dict[str, str]], list[int]], data: st.DataObject
) -> None:
    rows, (count, *_) = history
    before = landed(newest(rows, count))
    assert isinstance(before, Landed)
    changed = data.draw(st.sampled_from(sorted(before.fingerprints)))
    restated = {**newest(rows, count), changed: {"close": "99"}}
    assert news(restated, before).changed == (changed,)


def test_a_row_that_was_skipped_far_back_is_no_news_and_what_is_no_date_always_is() -> None:
    before = Landed("2010-06-01", {"2010-06-01": fingerprint({}), "2010-05-28": fingerprint({})})
    assert news({"2010-01-01": {}, "soon": {}, "2010-05-31": {}}, before).rows == {"soon": {}, "2010-05-31": {}}


def test_nothing_is_remembered_of_nothing() -> None:
    assert landed({}) is None
    assert landed({"soon": {}}) is None
    before = Landed("2010-06-01", {"2010-06-01": "x"})
    assert landed({}, before) == before
