"""What Alpha Vantage can answer, as values. Nearly every answer comes with HTTP 200, so its text decides.

Success is the presence of the series, never the absence of an error: the field of a refusal has moved between
`Information`, `Note` and `Error Message` over the years.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

Series: TypeAlias = Mapping[str, Mapping[str, object]]
"""Date, or date and time, to the fields of that row, as they came."""


@dataclass(frozen=True)
class Data:
    """The series that was asked for, the function that gave it, and the time zone of its times."""

    function: str
    series: Series
    zone: str = "UTC"


class Restated(Data):
    """A series whose past is no longer what landed before: a split, a dividend, a correction."""


@dataclass(frozen=True)
class Current:
    """Nothing was asked: everything that the service can have by now has landed. `text` says why."""

    text: str


@dataclass(frozen=True)
class Refusal:
    """An answer without a series. `text` is the service's own, with the key taken out."""

    text: str
    wait_seconds: float = 0.0
    """The service's own minimum before another try."""


class Empty(Refusal):
    """No series and no word about it, as in an outage."""


class RateLimited(Refusal):
    """Asked too often just now; if waiting does not help, no symbol will work."""


class Unavailable(Refusal):
    """No answer in time, a status other than 200, or something that is not JSON."""


class UnknownSymbol(Refusal):
    """The symbol or pair is not known: wrong in the contract, for good."""


class PremiumOnly(Refusal):
    """The function is not in the plan of the key."""


class FullSizePremiumOnly(Refusal):
    """The function is in the plan, its full history is not."""


class BadKey(Refusal):
    """The key is wrong, missing or the demo key: no symbol will work."""


class UnknownFunction(Refusal):
    """The service does not offer the function: no symbol will work."""


class QuotaSpent(Refusal):
    """The day's requests are used up, as the service or our own quota says: no symbol will work before midnight."""


class OutOfTime(Refusal):
    """The function would be stopped before another call was over; what is left can be run at once."""


Outcome: TypeAlias = Data | Current | Refusal


@dataclass(frozen=True)
class Reaction:
    """What a run does about a refusal."""

    again: bool = False
    """It may pass in seconds: worth another try."""
    ends_run: bool = False
    """It is about the caller rather than about the symbol: when it is the last word, no other symbol is asked for."""
    advice: str = ""


REACTIONS: Mapping[type[Refusal], Reaction] = {
    Empty: Reaction(again=True),
    Unavailable: Reaction(again=True),
    RateLimited: Reaction(
        again=True, ends_run=True, advice="let fewer things use the key, or take a plan with more requests per minute"
    ),
    UnknownSymbol: Reaction(advice="correct the symbols in the dataset's contract"),
    PremiumOnly: Reaction(advice="take a premium plan, or a function that the key may ask for"),
    FullSizePremiumOnly: Reaction(advice="set the environment's plan to free, or take a premium plan"),
    BadKey: Reaction(ends_run=True, advice="put a valid key into the secret that ALPHA_VANTAGE_SECRET names"),
    UnknownFunction: Reaction(ends_run=True, advice="Alpha Vantage has changed; look at its documentation"),
    QuotaSpent: Reaction(ends_run=True, advice="list fewer symbols, or take a premium plan"),
    OutOfTime: Reaction(ends_run=True, advice="run it again: it continues with the symbols that remain"),
}
"""Every refusal and what becomes of it."""

# The first phrase that occurs decides. The burst text also names the daily limit, and the text about full history also
# says "premium", so the narrower ones stand first.
_PHRASES: tuple[tuple[str, type[Refusal], float], ...] = (
    ("1 request per second", RateLimited, 1.5),
    ("calls per minute", RateLimited, 60.0),
    ("requests per minute", RateLimited, 60.0),
    ("requests per day", QuotaSpent, 0.0),
    ("calls per day", QuotaSpent, 0.0),
    ("outputsize=full", FullSizePremiumOnly, 0.0),
    ("premium", PremiumOnly, 0.0),
    ("demo** api key", BadKey, 0.0),
    ("demo api key", BadKey, 0.0),
    ("apikey is invalid or missing", BadKey, 0.0),
    ("does not exist", UnknownFunction, 0.0),
    ("invalid api call", UnknownSymbol, 0.0),
)
_TEXT_FIELDS = ("Error Message", "Information", "Note", "message", "detail")


def classify(function: str, answer: object) -> Data | Refusal:
    """What a JSON answer stands for: its data, or why it has none."""
    if not isinstance(answer, dict):
        return Unavailable(f"the answer is a JSON {type(answer).__name__}, not an object")
    series = series_in(answer)
    if series is not None:
        return Data(function, series) if series else Empty("the series has no dates in it")
    texts = [answer[field] for field in _TEXT_FIELDS if isinstance(answer.get(field), str)]
    if not texts:
        return Empty(f"the answer holds no series; its fields are {sorted(answer) or 'none'}")
    text = " ".join(texts)
    for phrase, refusal, wait_seconds in _PHRASES:
        if phrase in text.lower():
            return refusal(text, wait_seconds)
    return Unavailable(text)


def series_in(answer: Mapping[str, Any]) -> Series | None:
    """The only object in the answer that is not its description; None if there is no such object, or several."""
    found = [value for key, value in answer.items() if isinstance(value, dict) and key != "Meta Data"]
    return found[0] if len(found) == 1 else None


@lru_cache(1024)  # a series has the same few in each of thousands of rows
def field_name(field: str) -> str:
    """`adjusted close` for `5. adjusted close`: the numbers move from function to function."""
    return re.sub(r"^\d+[a-z]?[.:]\s*", "", field)
