"""What a file turned out to hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Format = Literal["csv", "json", "parquet"]
Compression = Literal["none", "gzip"]
Kind = str | tuple["Kind"] | Mapping[str, "Kind"]
"""A type: Hive's name, the type of an array's elements, or the fields of a struct."""


class UnreadableError(Exception):
    """A file that no classifier can read; the text says why and what is expected."""


class MixedError(Exception):
    """Files of one table that do not fit together; the text names them and the difference."""


@dataclass(frozen=True)
class Csv:
    """How delimited text is written. `gaps`: columns of numbers with missing values."""

    delimiter: str
    is_quoted: bool
    has_header: bool
    gaps: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Schema:
    """Columns in order with their types, and how they are stored. `csv` is None for other formats."""

    format: Format
    columns: Mapping[str, Kind]
    compression: Compression = "none"
    csv: Csv | None = None
