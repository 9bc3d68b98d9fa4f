"""Object keys: prefixes, Java's time patterns, names."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.firehose.java_time import check_pattern, format_time
from local.firehose.prefix import Expression, Surroundings, data_prefix, error_prefix, object_name, parse_prefix

MOMENT = datetime(2026, 12, 29, 4, 5, 6, 789_000, UTC)


def at(moment: datetime = MOMENT) -> Surroundings:
    keys = {
        Expression("partitionKeyFromLambda", "year"): "2024",
        Expression("partitionKeyFromLambda", "k"): "a=b/c",
        Expression("partitionKeyFromQuery", "k"): "query",
    }
    return Surroundings(moment, lambda: "abcdefghijk", "processing-failed", keys)


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("yyyy/MM/dd/HH/", "2026/12/29/04/"),
        ("YYYY/MM/dd", "2027/12/29"),
        ("yyyy/MM/DD", "2026/12/363"),
        ("yy-M-d H:m:s", "26-12-29 4:5:6"),
        ("'dt='yyyy-MM-dd", "dt=2026-12-29"),
        ("'o''clock' HH", "o'clock 04"),
        ("HH''mm", "04'05"),
        ("MMM ss.SSS", "Dec 06.789"),
    ],
)
def test_java_patterns(pattern: str, written: str) -> None:
    check_pattern(pattern)
    assert format_time(pattern, MOMENT) == written


@pytest.mark.parametrize("pattern", ["qqq", "yyyy-ddd", "'open", "EEE"])
def test_patterns_that_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"pattern|Too many"):
        check_pattern(pattern)


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda moment: moment.year < 9999))
def test_a_week_is_in_the_year_of_its_first_of_january(moment: datetime) -> None:
    days_after_sunday = (moment.weekday() + 1) % 7
    week = [moment.toordinal() - days_after_sunday + day for day in range(7)]
    next_year_begins = datetime(moment.year + 1, 1, 1, tzinfo=UTC).toordinal() in week
    assert int(format_time("YYYY", moment)) == moment.year + next_year_begins


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "2026/12/29/04/"),
        ("legacy", "legacy2026/12/29/04/"),
        ("data/!{timestamp:yyyy}/", "data/2026/"),
        ("r/!{firehose:random-string}/", "r/abcdefghijk/"),
        ("y=!{partitionKeyFromLambda:year}/k=!{partitionKeyFromLambda:k}/", "y=2024/k=a=b/c/"),
        ("!{partitionKeyFromQuery:k}/!{partitionKeyFromLambda:k}/", "query/a=b/c/"),
    ],
)
def test_data_prefixes(text: str, key: str) -> None:
    assert data_prefix(text).evaluate(at()) == key


@pytest.mark.parametrize(
    ("text", "data", "key"),
    [
        ("", "", "processing-failed/2026/12/29/04/"),
        ("", "data/", "data/processing-failed/2026/12/29/04/"),
        ("errs/!{firehose:error-output-type}/", "data/", "errs/processing-failed/"),
        ("errs/", "data/", "errs/processing-failed/2026/12/29/04/"),
    ],
)
def test_error_prefixes(text: str, data: str, key: str) -> None:
    assert error_prefix(text, data).evaluate(at()) == key


def test_the_time_is_that_of_the_zone() -> None:
    local = MOMENT.astimezone(ZoneInfo("Asia/Tokyo"))
    assert data_prefix("!{timestamp:dd-HH}").evaluate(at(local)) == "29-13"
    assert object_name("s", 3, local, "u") == "s-3-2026-12-29-13-05-06-u"


@given(st.text(st.characters(exclude_characters="!{}")))
def test_text_without_expressions_is_itself(text: str) -> None:
    assert parse_prefix(text).evaluate(at()) == text
