"""What a file turned out to hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Format = Literal["csv", "json", "parquet"]
Compression = Literal["none", "gzip"]
Kind = str | tuple["Kind"] | Mapping[str, "Kind"]
"""A type: Hive's word, what an array holds, or the fields of a struct."""


class UnreadableError(Exception):
    """A file that no classifier reads; the text says why and what would be right."""


class MixedError(Exception):
    """Files of one table that do not fit together; the text names them and what differs."""


@dataclass(frozen=True)
class Csv:
    """How delimited text is written. `gaps`: columns of numbers in which some value is missing."""

    delimiter: str
    is_quoted: bool
    has_header: bool
    gaps: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Schema:
    """Columns in their order with their types, and how they are written down. `csv` is None for other formats."""

    format: Format
    columns: Mapping[str, Kind]
    compression: Compression = "none"
    csv: Csv | None = None
