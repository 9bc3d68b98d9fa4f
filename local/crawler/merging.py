"""One schema for the files of one table, or why there is none."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from local.crawler.schema import Csv, Kind, MixedError, Schema
from local.crawler.types import UNKNOWN, hive_text, wider_binary, wider_text


def merged(files: Mapping[str, Schema]) -> Schema:
    """The schema that fits all `files`, by their keys; raises `MixedError`. There is at least one.

    Columns are in the order in which they are first seen, files in the order of their keys.
    """
    ordered = {key: files[key] for key in sorted(files)}
    for (one, left), (other, right) in pairwise(ordered.items()):
        if left.format != right.format:
            raise MixedError(f"{one} is {left.format} and {other} is {right.format}")
    found, *_ = ordered.values()
    compressions = {schema.compression for schema in ordered.values()}
    found = replace(found, compression=found.compression if len(compressions) == 1 else "none")
    if found.csv is not None:
        return _delimited(ordered, found)
    return replace(found, columns=_by_name(ordered, is_text=found.format == "json"))


def _delimited(files: Mapping[str, Schema], found: Schema) -> Schema:
    """Columns of delimited text are read by position, so files may differ only by more columns at the end."""
    longest_key, longest = max(files.items(), key=lambda item: len(item[1].columns))
    columns: dict[str, Kind] = dict(longest.columns)
    layouts = {key: schema.csv for key, schema in files.items() if schema.csv}
    first_key, first = next(iter(layouts.items()))
    for key, layout in layouts.items():
        if (layout.delimiter, layout.has_header) != (first.delimiter, first.has_header):
            raise MixedError(f"{first_key} has {_described(first)}, {key} has {_described(layout)}")
        names = list(files[key].columns)
        if names != list(columns)[: len(names)]:
            raise MixedError(
                f"{longest_key} has the columns {', '.join(columns)} and {key} has {', '.join(names)}; columns of text "
                "are read by position, so new ones must be at the end"
            )
        for name in names:
            columns[name] = wider_text(columns[name], files[key].columns[name])
    is_quoted = any(layout.is_quoted for layout in layouts.values())
    gaps = frozenset(name for layout in layouts.values() for name in layout.gaps)
    if is_quoted:
        columns = {name: "string" if name in gaps else kind for name, kind in columns.items()}
    return replace(found, columns=columns, csv=Csv(first.delimiter, is_quoted, first.has_header, gaps))


def _described(layout: Csv) -> str:
    return f"the delimiter {layout.delimiter!r} and {'a' if layout.has_header else 'no'} header"


def _by_name(files: Mapping[str, Schema], *, is_text: bool) -> dict[str, Kind]:
    columns: dict[str, Kind] = {}
    origin: dict[str, str] = {}
    for key, schema in files.items():
        if columns and columns.keys().isdisjoint(schema.columns):
            raise MixedError(f"{key} has no column in common with the others: {', '.join(schema.columns)}")
        for name, kind in schema.columns.items():
            known = columns.get(name, UNKNOWN)
            wider = wider_text(known, kind) if is_text or known == UNKNOWN else wider_binary(known, kind)
            if wider is None:
                raise MixedError(
                    f"the column {name} is {hive_text(known)} in {origin[name]} and {hive_text(kind)} in {key}; "
                    "a Parquet column cannot be read as both"
                )
            columns[name] = wider
            origin.setdefault(name, key)
    return columns
