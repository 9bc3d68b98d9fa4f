"""Which refusals of a batch are worth another try, after which pause, and until when.

A stream takes so many bytes a second (`delivery.limits.THROUGHPUT`) and answers `ServiceUnavailableException` above
that, for a record or for the whole call. This passes, so who has time waits for it. Any other refusal is tried a few
times.
"""

import math
from collections.abc import Callable
from typing import Final

from botocore.exceptions import ClientError
from tenacity import (
    Future,
    RetryCallState,
    Retrying,
    retry_if_exception,
    retry_if_result,
    stop_after_attempt,
    wait_random_exponential,
)
from tenacity.stop import stop_base

MAX_ATTEMPTS: Final = 8
"""Sends of one batch: with the pauses below half a minute or so, a few times the throttling that one caller causes."""
RESERVE_SECONDS: Final = 30
"""What a run keeps of its time while it waits for a throttled stream: enough to park all that it holds."""
THROTTLED: Final = frozenset(
    {
        "ServiceUnavailableException",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
    }
)
"""Codes that mean too much at the moment; all but the first are AWS's general ones
(https://docs.aws.amazon.com/firehose/latest/APIReference/CommonErrors.html)."""

_PAUSE: Final = wait_random_exponential(multiplier=0.2, max=10)
_THROTTLED_PAUSE: Final = wait_random_exponential(multiplier=0.2, max=2)
"""A quota counts seconds, and what a second had left cannot be used in the next one: longer pauses would waste it."""

SecondsLeft = Callable[[], float]
"""How long the run may still take."""


def unlimited() -> float:
    """The seconds that a command has: until somebody stops it."""
    return math.inf


def a_few_times(sleep: Callable[[float], None]) -> Retrying:
    """Tries MAX_ATTEMPTS times, whatever was refused. The call that is tried gives the codes of what was not taken."""
    return Retrying(sleep=sleep, wait=_PAUSE, stop=stop_after_attempt(MAX_ATTEMPTS), retry=retry_if_result(bool))


def until_time_is_up(sleep: Callable[[float], None], seconds_left: SecondsLeft) -> Retrying:
    """The same, but as long as there is time while the stream is throttled."""
    return Retrying(
        sleep=sleep,
        wait=lambda state: (_THROTTLED_PAUSE if is_throttled(state.outcome) else _PAUSE)(state),
        stop=_TimeIsUp(seconds_left),
        retry=retry_if_result(bool) | retry_if_exception(_is_throttling),
    )


def is_throttled(attempt: Future | None) -> bool:
    """Whether `attempt` at a batch ended with a refusal that passes once less is sent."""
    assert attempt is not None
    if error := attempt.exception():
        return _is_throttling(error)
    return not THROTTLED.isdisjoint(attempt.result())


class _TimeIsUp(stop_base):
    """Counts only the attempts that were not throttled."""

    def __init__(self, seconds_left: SecondsLeft) -> None:
        self._seconds_left = seconds_left
        self._failures = 0

    def __call__(self, state: RetryCallState) -> bool:
        if is_throttled(state.outcome):
            return self._seconds_left() < state.upcoming_sleep + RESERVE_SECONDS
        self._failures += 1
        return self._failures >= MAX_ATTEMPTS


def _is_throttling(error: BaseException) -> bool:
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in THROTTLED
