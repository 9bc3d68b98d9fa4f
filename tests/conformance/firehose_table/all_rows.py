"""Every row, in the order of the page."""

import importlib

from tests.conformance.firehose_table.row import ROWS

MODULES = (
    "rows_protocol",
    "rows_put",
    "rows_lifecycle",
    "rows_creation",
    "rows_tags",
    "rows_encryption",
    "rows_updates",
    "rows_cloudformation",
    "rows_event",
    "rows_outcomes",
    "rows_errors",
    "rows_refused",
    "rows_partitioning",
    "rows_query",
    "rows_subrecords",
    "rows_objects",
    "rows_expressions",
    "rows_refused_keys",
    "rows_buffering",
    "rows_documents",
    "rows_refused_conversion",
    "rows_parquet",
    "rows_orc",
    "rows_openx",
    "rows_hive",
    "rows_conversion_errors",
    "rows_metrics",
)

for _module in MODULES:
    importlib.import_module(f"{__package__}.{_module}")

__all__ = ["MODULES", "ROWS"]
