"""CREATE EXTERNAL TABLE as Glue's description of a table.

https://docs.aws.amazon.com/athena/latest/ug/create-table.html
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlglot import exp

from local.athena.catalogue.storage import TEXTFILE, format_named
from local.athena.errors import QueryError
from local.serde.classes import OPENX_JSON

_DELIMITERS = {
    "fields": "field.delim",
    "escaped": "escape.delim",
    "collection_items": "collection.delim",
    "map_keys": "mapkey.delim",
    "lines": "line.delim",
    "null": "serialization.null.format",
}


_TYPES = re.compile(
    r"boolean|tinyint|smallint|int|integer|bigint|float|double|string|binary|date|timestamp"
    r"|decimal(\s*\(\s*\d+\s*(,\s*\d+\s*)?\))?|(char|varchar)\s*\(\s*\d+\s*\)|(array|map|struct)\s*<.*",
    re.IGNORECASE | re.DOTALL,
)
"""The types of the column DDL in https://docs.aws.amazon.com/athena/latest/ug/data-types.html."""


def table_input(tree: exp.Create, name: str, now: float) -> dict[str, Any]:
    """The TableInput of a CREATE EXTERNAL TABLE; `now` is its time in epoch seconds. Raises `QueryError`."""
    properties = tree.args.get("properties")
    declared: list[exp.Expr] = properties.expressions if properties is not None else []
    parameters = text_properties(declared)
    _refuse(declared, parameters)
    comment = next((each.name for each in declared if isinstance(each, exp.SchemaCommentProperty)), None)
    keys = next((each.this for each in declared if isinstance(each, exp.PartitionedByProperty)), None)
    described = {} if comment is None else {"comment": comment}
    data, partitioning = columns(tree.this.expressions), columns(keys.expressions if keys is not None else ())
    if {each["Name"] for each in data} & {each["Name"] for each in partitioning}:
        raise QueryError("FAILED", "SemanticException [Error 10035]: Column repeated in partitioning columns")
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": partitioning,
        "Parameters": {"EXTERNAL": "TRUE", "transient_lastDdlTime": str(int(now)), **described, **parameters},
        "StorageDescriptor": {
            "Columns": data,
            "Location": location(declared),
            **_storage(declared),
            **_buckets(declared),
        },
    }


def columns(definitions: Iterable[exp.Expr]) -> list[dict[str, str]]:
    """Glue's columns of column definitions; raises `QueryError` for one that has no type or the name of another."""
    found: list[dict[str, str]] = []
    for each in definitions:
        kind = each.args.get("kind")
        if not isinstance(each, exp.ColumnDef) or kind is None:
            raise QueryError("FAILED", f"ParseException line 1:1 missing type at {each.sql('hive')}")
        _check_definition(each, kind)
        column = {"Name": each.name.lower(), "Type": hive_text(kind)}
        if any(column["Name"] == other["Name"] for other in found):
            raise QueryError("FAILED", f"SemanticException [Error 10036]: Duplicate column name: {column['Name']}")
        for constraint in each.find_all(exp.CommentColumnConstraint):
            column["Comment"] = constraint.this.name
        found.append(column)
    return found


def _check_definition(column: exp.ColumnDef, kind: exp.Expr) -> None:
    """Raise `QueryError` for a type that Hive does not have and for anything but a comment after it."""
    for part in kind.find_all(exp.DataType):
        text = part.meta["text"]
        if not _TYPES.fullmatch(text):
            raise QueryError("FAILED", f"ParseException line 1:1 cannot recognize input near '{text}' in column type")
    for constraint in column.args["constraints"] or ():
        if not isinstance(constraint.kind, exp.CommentColumnConstraint):
            text = constraint.sql("hive")
            raise QueryError("FAILED", f"ParseException line 1:1 mismatched input '{text}' near '{column.name}'")


def hive_text(kind: exp.Expr) -> str:
    """A type as Glue spells it, e.g. `array<struct<a:int,b:string>>`."""
    return kind.sql("hive").lower().replace(": ", ":").replace(", ", ",")


def text_properties(declared: Iterable[exp.Expr]) -> dict[str, str]:
    """`'name' = 'value'` pairs."""
    return {each.name: each.args["value"].name for each in declared if type(each) is exp.Property}


def location(declared: Iterable[exp.Expr]) -> str:
    """The LOCATION without its last slash, as Athena keeps it; raises `QueryError` when there is none."""
    place = next((each.name for each in declared if isinstance(each, exp.LocationProperty)), "")
    if not place.lower().startswith("s3://"):
        raise QueryError(
            "FAILED",
            f"SemanticException No location was specified for table. An S3 location must be specified: {place}",
        )
    return place.rstrip("/")


def _refuse(declared: Iterable[exp.Expr], parameters: Mapping[str, str]) -> None:
    if parameters.get("table_type", "").upper() == "ICEBERG":
        raise QueryError(
            "NOT_SUPPORTED", "Iceberg tables are not supported here; CREATE EXTERNAL TABLE makes a Hive table"
        )
    if not any(isinstance(each, exp.ExternalProperty) for each in declared):
        raise QueryError(
            "FAILED", "SemanticException Only external table creation is supported; use CREATE EXTERNAL TABLE"
        )


def _storage(declared: Iterable[exp.Expr]) -> dict[str, Any]:
    storage = TEXTFILE.storage()
    serde = ""
    parameters: dict[str, str] = {}
    for each in declared:
        if isinstance(each, exp.FileFormatProperty):
            storage = _format(each.this)
        elif isinstance(each, exp.RowFormatSerdeProperty):
            serde = each.name
            parameters |= _serde_properties(each.args.get("serde_properties"))
        elif isinstance(each, exp.SerdeProperties):
            parameters |= _serde_properties(each)
        elif isinstance(each, exp.RowFormatDelimitedProperty):
            parameters |= {_DELIMITERS[name]: value.name for name, value in each.args.items() if value is not None}
    if serde == OPENX_JSON and not any(isinstance(each, exp.FileFormatProperty) for each in declared):
        storage["OutputFormat"] = "org.apache.hadoop.hive.ql.io.IgnoreKeyTextOutputFormat"
    named = storage["SerdeInfo"]["SerializationLibrary"]
    parameters.setdefault("serialization.format", parameters.get("field.delim", "1"))
    return {**storage, "SerdeInfo": {"SerializationLibrary": serde or named, "Parameters": parameters}}


def _format(declared: exp.Expr) -> dict[str, Any]:
    if not isinstance(declared, exp.InputOutputFormat):
        return format_named(declared.name).storage()
    return {
        "InputFormat": declared.text("input_format"),
        "OutputFormat": declared.text("output_format"),
        "SerdeInfo": {"SerializationLibrary": "", "Parameters": {}},
    }


def _serde_properties(declared: exp.Expr | None) -> dict[str, str]:
    return text_properties(declared.expressions) if declared is not None else {}


def _buckets(declared: Iterable[exp.Expr]) -> dict[str, Any]:
    for each in declared:
        if isinstance(each, exp.ClusteredByProperty):
            names = [column.name.lower() for column in each.expressions]
            return {"BucketColumns": names, "NumberOfBuckets": int(each.args["buckets"].name)}
    return {}
