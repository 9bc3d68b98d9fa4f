"""The schema of a file of delimited text: delimiter, quotes, header and types.

https://docs.aws.amazon.com/glue/latest/dg/add-classifier.html#classifier-built-in
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import duckdb

from local.crawler.classifiers import Classifier
from local.crawler.engine import engine, reason
from local.crawler.schema import Compression, Csv, Kind, Schema, UnreadableError
from local.crawler.types import UNKNOWN

_HIVE: Final = {"BIGINT": "bigint", "DOUBLE": "double", "VARCHAR": "string"}
"""The only types that the built-in classifier gives: dates and booleans are strings."""
_NUMBERS: Final = {
    "bigint": r"[+-]?\d{1,19}",
    "double": r"[+-]?(\d{1,15}|\d+\.\d*|\.\d+|(\d+\.?\d*|\.\d+)[eE][+-]?\d+|NaN|Infinity)",
}
"""Numbers as both SerDes read them, without spaces and in decimal digits; a whole number among doubles is one that a
double can hold. DuckDB reads more texts as numbers."""
_QUOTED: Final = """, quote = '"'"""
_NONE: Final = "(empty)"


@dataclass(frozen=True)
class _Sniffed:
    delimiter: str
    is_quoted: bool
    has_header: bool
    columns: dict[str, str]


def read_csv(path: Path, compression: Compression, classifiers: Sequence[Classifier]) -> Schema:
    """The schema by the first of `classifiers` that reads the file; raises `UnreadableError`."""
    reasons = []
    with engine() as connection:
        for classifier in classifiers:
            try:
                return _classified(connection, path, compression, classifier)
            except UnreadableError as error:
                reasons.append(str(error))
    raise UnreadableError(f"it is not CSV: {reasons[-1]}")


def _classified(
    connection: duckdb.DuckDBPyConnection, path: Path, compression: Compression, classifier: Classifier
) -> Schema:
    found = _sniffed(connection, path, classifier, _header_option(classifier))
    if len(found.columns) == 1 and not classifier.allows_single_column:
        raise UnreadableError("it has one column only")
    if classifier.header == "UNKNOWN" and found.has_header and set(found.columns.values()) == {"string"}:
        # As in Glue: a first row that looks like all the others is not a header.
        found = _sniffed(connection, path, classifier, has_header=False)
    found, gaps = _filled(connection, path, found)
    return Schema(
        "csv", _named(found, classifier), compression, Csv(found.delimiter, found.is_quoted, found.has_header, gaps)
    )


def _header_option(classifier: Classifier) -> bool | None:
    return {"UNKNOWN": None, "PRESENT": True, "ABSENT": False}[classifier.header]


def _sniffed(
    connection: duckdb.DuckDBPyConnection, path: Path, classifier: Classifier, has_header: bool | None
) -> _Sniffed:
    options: dict[str, Any] = {"delim": classifier.delimiter, "quote": classifier.quote, "header": has_header}
    given = {name: value for name, value in options.items() if value not in ("", None)}
    extra = "".join(f", {name} = ${name}" for name in given)
    sql = (
        "SELECT Delimiter, Quote, SkipRows, HasHeader, Columns FROM sniff_csv($path, sample_size = -1, "
        f"auto_type_candidates = ['BIGINT', 'DOUBLE', 'VARCHAR']{extra})"
    )
    try:
        ((delimiter, quote, skipped, header, columns),) = connection.execute(
            sql, {"path": str(path), **given}
        ).fetchall()
    except duckdb.Error as error:
        raise UnreadableError(reason(error)) from None
    if skipped:
        raise UnreadableError(f"its first {skipped} lines have a different number of fields than the others")
    return _Sniffed(delimiter, quote != _NONE, header, {each["name"]: _HIVE[each["type"]] for each in columns})


def _named(found: _Sniffed, classifier: Classifier) -> dict[str, Kind]:
    names = [name.strip().lower() for name in found.columns]
    if not found.has_header:
        names = [f"col{number}" for number in range(len(found.columns))]
    if classifier.names:
        if len(classifier.names) != len(names):
            raise UnreadableError(f"it has {len(names)} columns, and the classifier names {len(classifier.names)}")
        names = [name.lower() for name in classifier.names]
    if len(set(names)) < len(names):
        raise UnreadableError(f"its header names a column twice: {', '.join(names)}")
    return dict(zip(names, found.columns.values(), strict=True))


def _filled(connection: duckdb.DuckDBPyConnection, path: Path, found: _Sniffed) -> tuple[_Sniffed, frozenset[str]]:
    """The same with types as the SerDes read them, and the columns of numbers in which some are missing.

    Columns without a value have an unknown type; those with what only DuckDB reads as a number are strings.
    """
    counted = ", ".join(_counted(name, kind) for name, kind in found.columns.items())
    sql = (
        f"SELECT count(*), {counted} FROM read_csv($path, delim = $delim, header = $header, all_varchar = true, "
        f"sample_size = -1{_QUOTED if found.is_quoted else ''})"
    )
    given = {"path": str(path), "delim": found.delimiter, "header": found.has_header}
    ((rows, *counts),) = connection.execute(sql, given).fetchall()
    filled = dict(zip(found.columns, counts[::2], strict=True))
    read = dict(zip(found.columns, counts[1::2], strict=True))
    kinds = {
        name: UNKNOWN if not filled[name] else kind if read[name] == filled[name] else "string"
        for name, kind in found.columns.items()
    }
    gaps = frozenset(name.strip().lower() for name, kind in kinds.items() if kind in _NUMBERS and filled[name] < rows)
    return replace(found, columns=kinds), gaps


def _counted(name: str, kind: str) -> str:
    """How many values the column has, and how many of them are read as values of `kind`."""
    column = '"{}"'.format(name.replace('"', '""'))
    wanted = f" FILTER (regexp_full_match({column}, '{_NUMBERS[kind]}'))" if kind in _NUMBERS else ""
    return f"count({column}), count({column}){wanted}"
