"""Every row, in the order in which the page tells them."""

from firehose_table import (
    rows_buffering,
    rows_coercion,
    rows_conversion,
    rows_keys,
    rows_partitioning,
    rows_put,
    rows_refused,
    rows_streams,
    rows_transform,
)
from firehose_table.row import ROWS

MODULES = (
    rows_put,
    rows_streams,
    rows_refused,
    rows_transform,
    rows_partitioning,
    rows_keys,
    rows_buffering,
    rows_conversion,
    rows_coercion,
)

__all__ = ["MODULES", "ROWS"]
