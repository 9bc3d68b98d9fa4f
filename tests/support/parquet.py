"""Parquet files for tests to put into a bucket."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def parquet(**columns: Any) -> bytes:
    """A file with these columns."""
    body = io.BytesIO()
    pq.write_table(pa.table(columns), body)
    return body.getvalue()
