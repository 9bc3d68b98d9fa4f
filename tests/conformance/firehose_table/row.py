"""One row of the table: a statement about Firehose, how well it is known, and its check."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from tests.conformance.firehose_table.aws import Aws

Confidence = Literal["documented", "probed", "code", "inferred", "unknown"]
"""From AWS's documentation; seen on AWS by somebody; read in code; concluded; not known, so that we chose."""

Check = Callable[[Aws], Iterator[None] | None]
"""Asserts. One that yields arranges before: what it put is on its way while those of other rows are, too."""


@dataclass(frozen=True)
class Row:
    """A statement. `here` says what the local Firehose does instead, or what it chose where nothing is known."""

    id: str
    section: str
    statement: str
    confidence: Confidence
    check: Check
    here: str = ""


ROWS: list[Row] = []
"""Every row, in the order of definition."""


def row(
    row_id: str, section: str, statement: str, confidence: Confidence, *, here: str = ""
) -> Callable[[Check], Check]:
    """Put the decorated check into the table."""

    def register(check: Check) -> Check:
        ROWS.append(Row(row_id, section, statement, confidence, check, here))
        return check

    return register
