"""Where each JSON document of a text begins and ends."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

_WHITESPACE: Final = re.compile(r"[ \t\r\n]*")


def documents(text: str, decoder: json.JSONDecoder) -> Iterator[tuple[int, int, Any]]:
    """Start, end and value of each; white space or nothing separates them. Raises ValueError or RecursionError."""
    start = _after_whitespace(text, 0)
    while start < len(text):
        value, end = decoder.raw_decode(text, start)
        yield start, end, value
        start = _after_whitespace(text, end)


def _after_whitespace(text: str, position: int) -> int:
    found = _WHITESPACE.match(text, position)
    return found.end() if found else position
