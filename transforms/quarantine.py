"""Rows that cannot land, as lines for the quarantine's stream.

That stream has no transform, so its rows are written in their final form.
"""

from collections.abc import Mapping

import msgspec

from schemas.internal import QuarantineRow
from transforms.record import Reject


def quarantine_line(reject: Reject, dataset: str, lineage: Mapping[str, str]) -> bytes:
    """One row of the dataset `quarantine`, without a newline."""
    row = QuarantineRow(
        dataset=dataset,
        rule=reject.broken.rule,
        reason=_unicode(reject.broken.reason),
        source_row=_unicode(reject.source_row),
        line=reject.line,
        column_name=reject.broken.column,
        **lineage,
    )
    return msgspec.json.encode(row)


def _unicode(text: str) -> str:
    """`text` with halves of surrogate pairs, which JSON can spell and UTF-8 cannot, written as `\\udxxx`."""
    return text.encode(errors="backslashreplace").decode()
