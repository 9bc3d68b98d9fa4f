"""Time patterns against a JDK (17.0.9, Locale.US), whose answers are in the tables beside this file."""

import csv
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.firehose.expressions.java_time import check_pattern, format_time

HERE = Path(__file__).parent
ZONES = ["UTC", "America/New_York", "Asia/Kathmandu", "Europe/London"]
moments = st.builds(
    lambda moment, zone: moment.astimezone(ZoneInfo(zone)),
    st.datetimes(datetime(1971, 1, 1), datetime(9990, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
    st.sampled_from(ZONES),
)
fields = st.builds(
    lambda letter, count: letter * count, st.sampled_from("GuyYQqMLwWDdFEecaHkKhmsSAnNVOXxZz"), st.just(1)
)
legal = fields.filter(lambda pattern: pattern != "V") | st.sampled_from(["yyyy", "MM", "dd", "HH", "SSS", "XXX", "VV"])


def rows(name: str) -> list[list[str]]:
    with (HERE / name).open(newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


def test_patterns_are_written_as_java_writes_them() -> None:
    table = rows("java_time.tsv")
    written = {
        (pattern, instant, zone): format_time(pattern, datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)))
        for pattern, instant, zone, _ in table
    }
    assert len(table) > 500
    assert written == {(pattern, instant, zone): expected for pattern, instant, zone, expected in table}


@pytest.mark.parametrize(("pattern", "message"), rows("java_time_refused.tsv"))
def test_patterns_are_refused_in_javas_words(pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", ["zzzz", "g", "v", "B", "{", "#"])
def test_what_is_not_here_is_refused(pattern: str) -> None:
    """g, v and B came after the Java that AWS's page links to."""
    with pytest.raises(ValueError, match=r"not available|Unknown pattern letter|reserved character"):
        check_pattern(pattern)


@given(st.text(st.characters(exclude_categories=["Cs"])), moments)
def test_quoted_text_stands_for_itself(text: str, moment: datetime) -> None:
    assert format_time("'" + text.replace("'", "''") + "'", moment) == (text or "'")


@given(st.lists(legal, min_size=1, max_size=6), moments)
def test_parts_are_written_one_after_the_other(patterns: list[str], moment: datetime) -> None:
    assert format_time("/".join(patterns), moment) == "/".join(format_time(part, moment) for part in patterns)


@given(st.text("yMdHqjp'[]{ /-", max_size=12), moments)
def test_what_passes_the_check_can_be_written(pattern: str, moment: datetime) -> None:
    try:
        check_pattern(pattern)
    except ValueError:
        return
    format_time(pattern, moment)


@given(moments)
def test_a_week_is_in_the_year_of_its_first_of_january(moment: datetime) -> None:
    days_after_sunday = (moment.weekday() + 1) % 7
    week = [moment.toordinal() - days_after_sunday + day for day in range(7)]
    next_year_begins = datetime(moment.year + 1, 1, 1, tzinfo=UTC).toordinal() in week
    assert int(format_time("YYYY", moment)) == moment.year + next_year_begins
    if next_year_begins:
        assert format_time("w", moment) == "1"


@given(moments)
def test_a_pad_fills_up_with_spaces(moment: datetime) -> None:
    assert format_time("pppd", moment) == format_time("d", moment).rjust(3)
