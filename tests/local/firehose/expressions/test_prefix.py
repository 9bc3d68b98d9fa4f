"""Object keys: prefixes and names."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.firehose.expressions.prefix import (
    Expression,
    Surroundings,
    data_prefix,
    error_prefix,
    object_name,
    parse_prefix,
)

MOMENT = datetime(2026, 12, 29, 4, 5, 6, 789_000, UTC)


def at(moment: datetime = MOMENT) -> Surroundings:
    keys = {
        Expression("partitionKeyFromLambda", "year"): "2024",
        Expression("partitionKeyFromLambda", "k"): "a=b/c",
        Expression("partitionKeyFromQuery", "k"): "query",
    }
    return Surroundings(moment, lambda: "abcdefghijk", "processing-failed", keys)


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
