"""Rows that a producer cannot send on, in the form in which the quarantine keeps them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import msgspec

from delivery.limits import KIB
from schemas.internal import QuarantineRow
from schemas.texts import landed_timestamp

MAX_SOURCE_ROW_CHARS: Final = 100 * KIB
"""Longer rows are kept up to here: at 4 bytes or an escape of 6 a character they still fit a record of 1,000 KiB."""


@dataclass(frozen=True)
class Reject:
    """A row that was read and not put: the rule it broke, what was wrong and what would be right, the row as it came.

    `line` is where it begins in its file (an element's or row's number where there are no lines), `column` which value
    is to blame; None where that is not known. Producers only know `parse`; types and checks are the transform's.
    """

    rule: Literal["parse"]
    reason: str
    source_row: str
    line: int | None = None
    column: str | None = None


def quarantine_row(reject: Reject, dataset: str, source: str, now: datetime) -> bytes:
    """`reject` as a line for the stream of `quarantine`."""
    text = reject.source_row
    if len(text) > MAX_SOURCE_ROW_CHARS:
        text = f"{text[:MAX_SOURCE_ROW_CHARS]}… ({len(text):,} characters)"
    row = QuarantineRow(
        dataset, reject.rule, reject.reason, text, reject.line, reject.column, source, landed_timestamp(now)
    )
    return msgspec.json.encode(row)
