"""The schema of one file, inferred by DuckDB from text and read by Arrow from Parquet."""

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from local.crawler.classifiers import BUILT_IN, Classifier
from local.crawler.delimited import read_csv
from local.crawler.json_lines import read_json
from local.crawler.schema import Compression, Kind, Schema, UnreadableError
from local.crawler.types import of_parquet

_PARQUET: Final = b"PAR1"
_GZIP: Final = b"\x1f\x8b"
_START_BYTES: Final = 64 * 1024
_PACKED: Final = {b"PK\x03\x04": "a zip archive or workbook", b"BZh": "bzip2", b"(\xb5/\xfd": "zstd"}


def read(path: Path, classifiers: Sequence[Classifier]) -> Schema:
    """What the file holds; the `classifiers` are tried first. Raises `UnreadableError`."""
    start = _start(path, gzipped=False)
    if start.startswith(_PARQUET):
        return _parquet(path)
    compression: Compression = "gzip" if start.startswith(_GZIP) else "none"
    if (compression == "gzip") != (path.suffix == ".gz"):
        raise UnreadableError("gzipped files, and only they, must be named .gz: Athena goes by the name")
    start = _start(path, gzipped=compression == "gzip")
    if found := next((name for magic, name in _PACKED.items() if start.startswith(magic)), None):
        raise UnreadableError(f"it is {found}; CSV, JSON and Parquet are supported, plain or gzipped")
    if b"\0" in start:
        raise UnreadableError("it is not text; CSV, JSON and Parquet are supported")
    if not (text := start.removeprefix(b"\xef\xbb\xbf").lstrip()):
        raise UnreadableError("it has no rows")
    if text.startswith(b"["):
        raise UnreadableError("it is a JSON array; Athena reads one JSON object a line")
    if text.startswith(b"{"):
        return read_json(path, compression)
    return read_csv(path, compression, (*classifiers, BUILT_IN))


def _start(path: Path, *, gzipped: bool) -> bytes:
    try:
        with gzip.open(path) if gzipped else path.open("rb") as file:
            return bytes(file.read(_START_BYTES))
    except (OSError, EOFError) as error:
        raise UnreadableError(f"it begins like gzip but is damaged: {error}") from None


def _parquet(path: Path) -> Schema:
    try:
        schema = pq.read_schema(path)
    except pa.ArrowInvalid as error:
        raise UnreadableError(f"it begins like Parquet but is damaged: {error}") from None
    columns: dict[str, Kind] = {}
    for field in schema:
        name = field.name.lower()
        if name in columns:
            raise UnreadableError(f"two columns are called {name!r}, ignoring case; Athena cannot tell them apart")
        columns[name] = of_parquet(field.type)
    return Schema("parquet", columns)
