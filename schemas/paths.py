"""Names that are paths: in a JSON object without such a field, `quote.bid` is the field `bid` of the object `quote`."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

Fields = Mapping[str, Any]

_PATH: Final = re.compile(r"[^.\s]+(\.[^.\s]+)+")
"""Without spaces: `1. open` is a name of Alpha Vantage's."""


def is_path(name: str) -> bool:
    """Whether `name` may stand for a field of an object inside a row."""
    return bool(_PATH.fullmatch(name))


def found_at(fields: Fields, name: str, below: Callable[[Any], Fields | None]) -> Any:
    """The value of the field `name`, or else of that at the path; None where there is none.

    `below` gives the fields of a value that is an object, and None for any other.
    """
    if name in fields or not is_path(name):
        return fields.get(name)
    first, _, rest = name.partition(".")
    inner = below(fields.get(first))
    return None if inner is None else found_at(inner, rest, below)
