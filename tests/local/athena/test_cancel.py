"""Stopping a query."""

import threading

import pytest

from local.athena.cancel import Cancel
from local.athena.errors import QueryCancelledError


def test_a_stop_is_repeated_until_the_query_ends() -> None:
    cancel, stopped, calls = Cancel(), threading.Event(), []

    def interrupt() -> None:
        calls.append(len(calls))
        if len(calls) == 3:  # the first ones reach an engine that does nothing yet
            stopped.set()

    with cancel.of(interrupt):
        cancel.ask()
        assert stopped.wait(30)
    before = len(calls)
    assert cancel.asked
    cancel.ask()
    assert len(calls) == before


def test_a_query_that_has_not_begun_does_not_begin() -> None:
    cancel = Cancel()
    cancel.ask()
    with pytest.raises(QueryCancelledError), cancel.of(lambda: None):
        pytest.fail("it ran")
