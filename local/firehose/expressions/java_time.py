"""Times written by the patterns of Java's DateTimeFormatter, in English (Locale.US), for S3 prefixes.

https://docs.oracle.com/javase/8/docs/api/java/time/format/DateTimeFormatter.html#patterns
"""

import functools
import re
from datetime import datetime

from local.firehose.expressions.java_fields import Written, field

_TOKEN = re.compile(r"'(?P<quoted>(?:[^']|'')*+)'|(?P<pad>p*)(?P<letter>[A-Za-oq-z])(?P=letter)*|p+|.", re.DOTALL)
_OPTIONAL = {"[": 1, "]": -1}
"""Around optional sections, which a time with a zone always fills."""
_RESERVED = "{}#"


def check_pattern(pattern: str) -> None:
    """Raise ValueError, in Java's words, unless `pattern` is one that `format_time` can follow."""
    _compiled(pattern)


def format_time(pattern: str, moment: datetime) -> str:
    """`moment`, which has a time zone, written in `pattern`; raises ValueError for a pattern that Java refuses."""
    return "".join(part if isinstance(part, str) else part(moment) for part in _compiled(pattern))


@functools.lru_cache
def _compiled(pattern: str) -> tuple[str | Written, ...]:
    parts, depth = [], 0
    for token in _TOKEN.finditer(pattern):
        change = _OPTIONAL.get(token.group())
        if change is None:
            parts.append(_part(token, pattern))
            continue
        depth += change
        if depth < 0:
            raise ValueError("Pattern invalid as it contains ] without previous [")
    return tuple(parts)


def _part(token: re.Match[str], pattern: str) -> str | Written:
    text, quoted, letter = token.group(), token["quoted"], token["letter"]
    if quoted is not None:
        return quoted.replace("''", "'") or "'"
    if letter:
        width = len(token["pad"])
        return _padded(field(letter, len(text) - width), width)
    if text == "'":
        raise ValueError(f"Pattern ends with an incomplete string literal: {pattern}")
    if text[0] == "p":
        raise ValueError(f"Pad letter 'p' must be followed by valid pad pattern: {pattern}")
    if text in _RESERVED:
        raise ValueError(f"Pattern includes reserved character: '{text}'")
    return text


def _padded(write: Written, width: int) -> Written:
    """Java fails for what is longer than `width` only when it writes; here it is written as it is."""
    return (lambda moment: write(moment).rjust(width)) if width else write
