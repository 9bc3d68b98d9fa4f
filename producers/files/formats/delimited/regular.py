"""Whether a block of delimited text can be read by any reader with one result, and in its simplest form."""

from typing import Final, NamedTuple

from delivery.header import UNIT_SEPARATOR
from producers.files.formats.reading import MAX_ROW_BYTES
from schemas.files import Csv

_STRIDE: Final = MAX_ROW_BYTES // 8
"""A line without an end in so many bytes is looked at: its row in JSON is longer, by names and escapes."""
_SEPARATOR: Final = UNIT_SEPARATOR.encode()


class Regular(NamedTuple):
    """Whole records in UTF-8, with `delimiter` between their fields. Unless it is `quoted`, no quote has a meaning in
    it, and each line is a record."""

    text: bytes
    delimiter: str
    quoted: bool


def regular(block: bytes, options: Csv, delimiter: str) -> Regular | None:
    """A block as regular text; None for one with quotes in odd places, escapes, comments, or bytes that are no text.

    Every quote in it has to begin or end a field or stand doubled in a quoted one. The block begins with a record and,
    being whole lines, then ends with one.
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
        return Regular(_with_newlines(block), delimiter, quoted=False)
    if text := _unquoted(_with_newlines(block), quote, between):
        return Regular(text, UNIT_SEPARATOR, quoted=False)
    return Regular(block, delimiter, quoted=True) if _alternate(block.split(quote), between) else None


def _with_newlines(block: bytes) -> bytes:
    return block.replace(b"\r", b"") if b"\r" in block else block


def _unquoted(block: bytes, quote: bytes, delimiter: bytes) -> bytes | None:
    """A block whose fields are all quoted, without their quotes and with another delimiter; None for any other.

    Once the quotes around each delimiter and line end are gone none may be left, and each line must have ended so.
    """
    end = quote + b"\n"
    if not (block.startswith(quote) and block.endswith(end)) or _SEPARATOR in block:
        return None
    lines = block.count(b"\n")
    fields = block[len(quote) : -len(end)].replace(quote + delimiter + quote, _SEPARATOR)
    text = fields.replace(end + quote, b"\n")
    is_whole = len(fields) - len(text) == (lines - 1) * 2 * len(quote)
    return text + b"\n" if is_whole and quote not in text else None


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
