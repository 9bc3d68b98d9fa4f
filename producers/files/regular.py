"""Whether a block of delimited text can be read by any reader with one result."""

from typing import Final, NamedTuple

from producers.files.reading import MAX_ROW_BYTES
from schemas.files import Csv

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
    if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
        return None
    try:
        block.decode()
    except UnicodeDecodeError:
        return None
    quote, between = options.quote.encode(), delimiter.encode()
    if not quote or quote not in block:
        return Look(False, _is_plain(block, between))
    pieces = block.split(quote)
    if not _alternate(pieces, between):
        return None
    inside = b"".join(pieces[1::2])
    is_plain = quote * 2 not in block and b"\n" not in inside and b"\r" not in inside
    return Look(True, is_plain and _is_plain(block.replace(quote, b""), between))


def _alternate(pieces: list[bytes], delimiter: bytes) -> bool:
    """Whether `pieces`, the text between quotes, are outside and inside of fields in turn.

    What is outside goes from the end of a field to the beginning of another. It is empty between doubled quotes.
    """
    if len(pieces) % 2 == 0:
        return False
    ends, begins = (b"", b"\n", b"\r", delimiter), (b"", b"\n", delimiter)
    return (
        pieces[0][-1:] in begins
        and pieces[-1][:1] in ends
        and all(piece[:1] in ends and piece[-1:] in begins for piece in set(pieces[2:-1:2]))
    )


def _has_long_lines(block: bytes) -> bool:
    """Whether a line may be too long for a record."""
    return any(b"\n" not in block[at : at + _STRIDE] for at in range(0, len(block) - _STRIDE, _STRIDE))


def _is_plain(block: bytes, delimiter: bytes) -> bool:
    """Whether no value has anything that JSON escapes; quotes around fields are asked for elsewhere."""
    escaped = _ESCAPED.translate(None, delimiter)
    return len(block.translate(None, escaped)) == len(block)
