"""The WITH (...) of CREATE TABLE AS and of UNLOAD.

https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html#ctas-table-properties
https://docs.aws.amazon.com/athena/latest/ug/unload.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from local.athena.catalogue.storage import PARQUET, Format, format_named
from local.athena.errors import QueryError

_KNOWN = {
    "format",
    "external_location",
    "partitioned_by",
    "write_compression",
    "compression",
    "parquet_compression",
    "orc_compression",
    "compression_level",
    "field_delimiter",
    "table_type",
    "is_external",
}
_BUCKETS = ("bucketed_by", "bucket_count")
_NAMES: dict[type[exp.Expr], str] = {
    exp.FileFormatProperty: "format",
    exp.LocationProperty: "location",
    exp.PartitionedByProperty: "partitioned_by",
    exp.SchemaCommentProperty: "comment",
}
"""The properties that sqlglot knows."""


@dataclass(frozen=True)
class Options:
    """What a write asks for. `compression` is None where the format's own is meant."""

    stored: Format = PARQUET
    compression: str | None = None
    location: str = ""
    partitioned_by: Sequence[str] = ()
    field_delimiter: str = ""
    with_data: bool = True


def options(properties: exp.Expr | None) -> Options:
    """The options of a statement; raises `QueryError` for one that is unknown or cannot be done here."""
    declared = properties.expressions if isinstance(properties, exp.Properties) else []
    named = {_name(each): each for each in declared if not isinstance(each, exp.WithDataProperty)}
    _refuse(named)
    texts = {name: _text(each) for name, each in named.items() if name != "partitioned_by"}
    compressions = ("write_compression", "compression", "parquet_compression", "orc_compression")
    no_data = any(isinstance(each, exp.WithDataProperty) and each.args.get("no") for each in declared)
    return Options(
        stored=format_named(texts.get("format", PARQUET.name)),
        compression=next((texts[name] for name in compressions if name in texts), None),
        location=texts.get("external_location", ""),
        partitioned_by=_names(named.get("partitioned_by")),
        field_delimiter=texts.get("field_delimiter", ""),
        with_data=not no_data,
    )


def unload_options(properties: exp.Expr | None) -> Options:
    """The options of UNLOAD, which has no format of its own; raises `QueryError`."""
    declared = properties.expressions if isinstance(properties, exp.Properties) else []
    if all(_name(each) != "format" for each in declared):
        raise QueryError("INVALID_TABLE_PROPERTY", "line 1:1: UNLOAD needs the property 'format'")
    return options(properties)


def _refuse(named: dict[str, exp.Expr]) -> None:
    if "table_type" in named and (kind := _text(named["table_type"])).upper() != "HIVE":
        raise QueryError("NOT_SUPPORTED", f"Tables of the type {kind} are not supported here; HIVE is")
    if "comment" in named:
        raise QueryError("NOT_SUPPORTED", "COMMENT is not supported here in CREATE TABLE AS")
    for name in _BUCKETS:
        if name in named:
            raise QueryError("NOT_SUPPORTED", f"{name} is not supported here: tables are not written in buckets")
    for name in sorted(set(named) - _KNOWN):
        raise QueryError(
            "INVALID_TABLE_PROPERTY", f"line 1:1: Catalog 'awsdatacatalog' table property '{name}' does not exist"
        )


def _name(declared: exp.Expr) -> str:
    return _NAMES.get(type(declared)) or declared.name.lower()


def _text(declared: exp.Expr) -> str:
    return declared.args["value"].name if type(declared) is exp.Property else declared.name


def _names(declared: exp.Expr | None) -> list[str]:
    """The names of `ARRAY['a', 'b']`."""
    return [] if declared is None else [each.name.lower() for each in declared.this.expressions]
