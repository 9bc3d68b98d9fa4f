"""Rows that a producer cannot send on, in the form in which the quarantine keeps them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from schemas.internal import QuarantineRow, quarantine_line
from schemas.texts import landed_timestamp


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
    row = QuarantineRow(
        dataset,
        reject.rule,
        reject.reason,
        reject.source_row,
        reject.line,
        reject.column,
        source,
        landed_timestamp(now),
    )
    return quarantine_line(row)
