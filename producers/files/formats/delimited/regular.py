"""Whether a block of delimited text can be read by any reader with one result, and in its simplest form."""

from typing import Final

from producers.files.formats.reading import MAX_ROW_BYTES
from producers.files.formats.text import UTF8_BOM
from schemas.files import Csv

_STRIDE: Final = MAX_ROW_BYTES // 8
"""A line without an end in so many bytes is looked at: its row in JSON is longer, by names and escapes."""


def regular(block: bytes, options: Csv, delimiter: str) -> bytes | None:
    """Whole lines as text in UTF-8 that end in newlines; None when there are escapes, comments, odd line ends, or bytes
    that are no text."""
    if not (delimiter + options.quote).isascii() or block.startswith(UTF8_BOM) or _has_long_lines(block):
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
    text = block.replace(b"\r", b"") if b"\r" in block else block
    return text if text.endswith(b"\n") else text + b"\n"


def _has_long_lines(block: bytes) -> bool:
    """Whether a line may be too long for a record."""
    return any(b"\n" not in block[at : at + _STRIDE] for at in range(0, len(block) - _STRIDE, _STRIDE))
