"""Every row of the table."""

import importlib
from pathlib import Path

from firehose_table.row import ROWS

for _path in sorted(Path(__file__).parent.glob("rows_*.py")):
    importlib.import_module(f"firehose_table.{_path.stem}")

__all__ = ["ROWS"]
