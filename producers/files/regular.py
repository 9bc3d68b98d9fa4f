"""Whether a block of delimited text can be read by any reader with one result."""

import re
from functools import cache
from typing import Final, NamedTuple

from producers.files.reading import MAX_ROW_BYTES
from schemas.contract import Csv

_STRIDE: Final = MAX_ROW_BYTES // 8
"""A line without an end in so many bytes is looked at: its row in JSON is longer, by names and escapes."""
_ESCAPED: Final = b'"\\\\' + bytes(code for code in range(32) if chr(code) not in "\n\r")


class Look(NamedTuple):
    """A regular block: whole records in UTF-8. `quoted` if there are quotes in it; `plain` if no value has a character
    that JSON would have to escape."""

    quoted: bool
    plain: bool


def look_at(block: bytes, options: Csv, delimiter: str) -> Look | None:
    """How a regular block looks; None for one with quotes in odd places, escapes, comments, or bytes that are no text.

    In a regular block every quote begins or ends a field or stands doubled in a quoted one. The block begins with a
    record and, being whole lines, then ends with one.
    """
    if not (delimiter + options.quote).isascii() or _has_long_lines(block):
        return None
    for mark in (options.escape, options.comment):
        if mark and mark.encode() in block:
            return None
    if (returns := block.count(b"\r")) and returns != block.count(b"\r\n"):
        return None
    try:
        block.decode()
    except UnicodeDecodeError:
        return None
    quote, between = options.quote.encode(), delimiter.encode()
    if not quote or quote not in block:
        return Look(False, _is_plain(block, between))
    regular = quote not in _quoted_field(quote, between).sub(b"", block)
    return Look(True, False) if regular else None


def _has_long_lines(block: bytes) -> bool:
    """Whether a line may be too long for a record."""
    return any(b"\n" not in block[at : at + _STRIDE] for at in range(0, len(block) - _STRIDE, _STRIDE))


@cache
def _quoted_field(quote: bytes, delimiter: bytes) -> re.Pattern[bytes]:
    mark, between = re.escape(quote), re.escape(delimiter)
    field = rb"%b[^%b]*(?:%b%b[^%b]*)*%b" % ((mark,) * 6)
    return re.compile(rb"(?:^|(?<=[\n%b]))%b(?=[\r\n%b]|$)" % (between, field, between))


def _is_plain(block: bytes, delimiter: bytes) -> bool:
    """Whether no value has anything that JSON escapes; quotes around fields are asked for elsewhere."""
    escaped = _ESCAPED.translate(None, delimiter)
    return len(block.translate(None, escaped)) == len(block)
