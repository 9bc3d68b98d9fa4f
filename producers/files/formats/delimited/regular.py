"""Whether a block of delimited text can be read by any reader with one result, and in its simplest form."""

from producers.files.formats.streams.text import UTF8_BOM, has_long_lines
from schemas.files import Csv


def regular(block: bytes, options: Csv, delimiter: str) -> bytes | None:
    """Whole lines as text in UTF-8 that end in newlines; None when there are escapes, comments, odd line ends, or bytes
    that are not text."""
    if not (delimiter + options.quote).isascii() or block.startswith(UTF8_BOM) or has_long_lines(block):
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
