"""The floor never rises above a row that is still to come, and what is remembered comes back as it was."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.rows import Row
from producers.sql.cells import UnkeepableError, kept, restored
from producers.sql.state import DIGEST_BYTES, MAX_KNOWN, Known, State, digest, is_ahead

OVERLAP = 100

rows = st.lists(st.tuples(st.integers(1, 2000), st.integers(0, OVERLAP)), max_size=40)
"""Watermark, which is the moment it was taken, and how much later the row was committed."""
runs = st.lists(st.integers(1, 300), min_size=1, max_size=30)
"""Seconds between runs."""


def number(seconds: int) -> Any:
    return seconds


def local_time(seconds: int) -> Any:
    """Without a zone, some hours behind the clock of the runs."""
    return datetime(1969, 12, 31, 18) + timedelta(seconds=seconds)  # noqa: DTZ001


def text(seconds: int) -> Any:
    return f"{local_time(seconds):%Y-%m-%dT%H:%M:%S}"


@given(rows, runs, st.data(), st.sampled_from([number, local_time, text]))
def test_no_row_is_missed_however_late_it_is_committed(
    written: list[tuple[int, int]], pauses: list[int], data: st.DataObject, watermark: Callable[[int], Any]
) -> None:
    state, read, now = State("basis"), set(), 0
    for pause in [*pauses, 2200, 2200]:
        now += pause
        state = state.begun(now)
        visible = sorted((watermark(mark), n) for n, (mark, late) in enumerate(written) if mark + late <= now)
        floor = restored(state.floor)[0] if state.floor else watermark(0)
        after = tuple(restored(state.after)) if state.after else (floor, len(written))
        page = [row for row in visible if row > after]
        cut = data.draw(st.integers(0, len(page))) if pause < 2200 else len(page)
        read |= {n for _, n in page[:cut]}
        if cut:
            state = state.cut(page[cut - 1], page[cut - 1][0])
        if cut == len(page):
            state = state.ended(now, OVERLAP)
    assert read == set(range(len(written)))


def test_the_floor_follows_the_rows_at_a_distance_of_the_overlap() -> None:
    state = State("basis")
    floors = []
    for now in range(0, 1000, 10):
        state = state.begun(now).cut((now, 0), now).ended(now, OVERLAP)
        floors.append(restored(state.floor)[0] if state.floor else None)
        assert len(state.marks) <= 51
    assert floors[-1] == 990 - OVERLAP
    assert floors[:11] == [None] * 10 + [0]


VALUES: list[Any] = [
    7, 2**40, "ü\n", Decimal("1.10"), 0.1, date(2026, 11, 24), datetime(2026, 11, 24, 1, 2, 3, 456789),  # noqa: DTZ001
    datetime(2026, 11, 24, 1, tzinfo=UTC), UUID(int=7), b"\x00\xff", True, None,
]  # fmt: skip


def test_values_come_back_equal_and_of_their_types() -> None:
    found = restored(kept(VALUES))
    assert found == tuple(VALUES)
    assert [type(value) for value in found] == [type(value) for value in VALUES]
    assert b"\n" not in kept(VALUES)


def test_a_value_that_cannot_be_kept_is_named() -> None:
    with pytest.raises(UnkeepableError, match="a value of type timedelta cannot be remembered; valid in a key"):
        kept([timedelta(1)])


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_a_number_that_is_not_finite_cannot_be_kept(value: float) -> None:
    with pytest.raises(UnkeepableError, match=f"{value} cannot be remembered"):
        kept([1, value])


def met(known: Known, text: str) -> str:
    """Those of the letters that are new."""
    return "".join(row.data.decode() for row in known.new([Row(None, letter.encode()) for letter in text]))


def test_known_rows_are_those_of_the_last_pass() -> None:
    known = Known(b"", b"")
    assert met(known, "aba") == "aba"
    resumed = Known(*known.cut())
    assert met(resumed, "bc") == "c"
    before, rest = resumed.ended()
    assert rest == b""
    following = Known(before, rest)
    assert met(following, "cd") == "d"
    assert met(Known(*following.ended()), "a") == "a"


def test_only_the_newest_digests_are_kept() -> None:
    known = Known(b"", b"")
    known.new([Row(None, b"%d" % number) for number in range(MAX_KNOWN + 10)])
    before, _ = known.ended()
    assert len(before) == MAX_KNOWN * DIGEST_BYTES
    assert digest(b"9") not in before
    assert before.startswith(digest(b"10"))


@pytest.mark.parametrize(
    ("watermark", "ahead"),
    [
        (datetime(2026, 11, 24, 1, 1, tzinfo=UTC), False), (datetime(2026, 11, 24, 1, 2, tzinfo=UTC), True),
        (datetime(2026, 11, 25, 0, 59), False), (datetime(2026, 11, 25, 1, 1), True),  # noqa: DTZ001
        ("2026-11-25 00:59:00", False), ("2026-11-25 01:01:00", True), ("2026-11-25", False), ("soon", False),
        ("2026-11-24T01:01:00Z", False), ("2026-11-24T03:02:00+02:00", True),
        (date(2026, 11, 25), False), (date(2026, 11, 26), True), (10**9, False),
    ],
)  # fmt: skip
def test_what_lies_ahead_of_all_clocks(watermark: object, ahead: bool) -> None:
    assert is_ahead(watermark, datetime(2026, 11, 24, 1, tzinfo=UTC), OVERLAP) is ahead


def test_the_run_after_a_first_load_reads_the_newest_times_only() -> None:
    state = State("basis").begun(1000).cut((local_time(900), 1), local_time(900)).ended(1060, OVERLAP)
    assert restored(state.floor) == (local_time(900 - OVERLAP - 60),)
    state = State("basis").begun(1000).cut((900, 1), 900).ended(1060, OVERLAP)
    assert state.floor == b""
