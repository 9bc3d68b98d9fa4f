"""What every part of a contract is made of."""

from typing import Annotated

from msgspec import Meta, Struct

Name = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}\Z", description="a letter, then letters, digits and _, all lower case")
]
Names = Annotated[tuple[Name, ...], Meta(min_length=1)]
_LINE = r"[\t\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]"
_LINES = _LINE.replace(r"\t", r"\t\r\n")
Line = Annotated[str, Meta(pattern=rf"^\s*{_LINE}{{0,255}}\s*\Z", description="one line of at most 255 characters")]
"""What Glue accepts as a column's comment; space around it is stripped."""
Lines = Annotated[str, Meta(pattern=rf"^\s*{_LINES}{{0,2048}}\s*\Z", description="text of at most 2,048 characters")]
"""What Glue accepts as a table's description; space around it is stripped."""

_EXAMPLES = "rate(1 hour), cron(0 18 ? * MON-FRI *) (one of its two days is ?) or at(2026-01-02T18:00:00)"
_TIMES = r"[\d*,/-]+"
_DAYS = r"[\w*,/#-]+"
_EXPRESSION = (
    r"^(rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minute|hour|day)s)\)"
    r"|at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)"
    rf"|cron\({_TIMES} {_TIMES} (\? {_DAYS} {_DAYS}|{_DAYS} {_DAYS} \?) {_TIMES}\))\Z"
)


class Value(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of everything a contract is made of: immutable, and an unknown key is an error."""


class Schedule(Value, frozen=True):
    """When a scheduled producer runs: an EventBridge Scheduler expression and its time zone."""

    expression: Annotated[str, Meta(pattern=_EXPRESSION, description=_EXAMPLES)]
    timezone: str = "UTC"
