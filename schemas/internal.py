"""The rows that Standpipe writes itself, in their final form: the streams of internal datasets have no transform."""

from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

_KIB: Final = 1024
MAX_SOURCE_ROW_BYTES: Final = 600 * _KIB
"""Of a rejected row in JSON: with everything else in its line it fits a record of 1,000 KiB."""
_MAX_REASON_BYTES: Final = 60 * _KIB
_MAX_CHARACTER_BYTES: Final = len(r"\u0000")
"""Of a character in JSON."""


class QuarantineRow(Struct, frozen=True):
    """One row of the dataset `quarantine`."""

    dataset: str
    rule: str
    reason: str
    source_row: str
    line: int | None
    column_name: str | None
    source: str
    ingested_at: str


class LoadRow(Struct, frozen=True):
    """One row of the dataset `loads`."""

    dataset: str
    loaded_source: str
    rows_in: int
    records: int
    record_bytes: int
    billed_bytes: int
    rejected: int
    undelivered: int
    note: str | None
    source: str
    ingested_at: str


def quarantine_line(row: QuarantineRow) -> bytes:
    """`row` as a line for the stream of `quarantine`, without a newline; texts that are too long for it are cut."""
    reason, source_row = _cut(row.reason, _MAX_REASON_BYTES), _cut(row.source_row, MAX_SOURCE_ROW_BYTES)
    return msgspec.json.encode(replace(row, reason=reason, source_row=source_row))


def _cut(text: str, most: int) -> str:
    """`text`, or its beginning when it has more than `most` bytes in JSON.

    Halves of surrogate pairs, which JSON can spell and UTF-8 cannot, become `\\udxxx`.
    """
    text = text.encode(errors="backslashreplace").decode()
    if len(msgspec.json.encode(text)) <= most:
        return text
    return f"{text[: most // _MAX_CHARACTER_BYTES]}… ({len(text):,} characters)"
