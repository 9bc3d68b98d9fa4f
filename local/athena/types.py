"""Column types in three type systems: Hive's (Glue), Arrow's (reading) and Athena's (results).

https://docs.aws.amazon.com/athena/latest/ug/data-types.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp
from sqlglot.errors import SqlglotError

from local.athena.catalogue.glue import Column
from local.athena.errors import QueryError
from local.athena.reading.lengths import text_field
from local.athena.trino import Field, Source
from local.athena.trino.origins import Files
from local.athena.trino.signatures import Typed
from local.athena.trino.type_names import type_of
from local.athena.trino.types import BIGINT, VARCHAR, ZONED, Type, quoted

_SCALARS = {
    exp.DType.BOOLEAN: pa.bool_(),
    exp.DType.TINYINT: pa.int8(),
    exp.DType.SMALLINT: pa.int16(),
    exp.DType.INT: pa.int32(),
    exp.DType.BIGINT: pa.int64(),
    exp.DType.FLOAT: pa.float32(),
    exp.DType.DOUBLE: pa.float64(),
    exp.DType.TEXT: pa.string(),
    exp.DType.VARCHAR: pa.string(),
    exp.DType.CHAR: pa.string(),
    exp.DType.BINARY: pa.binary(),
    exp.DType.DATE: pa.date32(),
    exp.DType.TIMESTAMP: pa.timestamp("us"),
}


_HIDDEN = {"$path": VARCHAR, "$file_size": BIGINT, "$file_modified_time": ZONED}
"""Columns of every table that no `*` shows: where a row is stored."""


def arrow_field(column: Column) -> pa.Field:
    """The column, e.g. of type `array<struct<a:int>>`, as Arrow's; raises `QueryError` if Athena does not read it."""
    try:
        return _field(column.name, exp.DataType.build(column.type, dialect="hive"))
    except (SqlglotError, KeyError):
        raise QueryError("HIVE_UNSUPPORTED_FORMAT", f"Column type '{column.type}' is not supported") from None


def _field(name: str, node: exp.DataType) -> pa.Field:
    inner = node.expressions
    if node.this is exp.DType.CHAR or (node.this is exp.DType.VARCHAR and inner):
        return text_field(name, node.this.value.lower(), int(inner[0].name) if inner else 1)
    return pa.field(name, _arrow(node))


def _arrow(node: exp.DataType) -> pa.DataType:
    inner = node.expressions
    if node.this is exp.DType.DECIMAL:
        precision, scale = (int(each.name) for each in inner) if inner else (10, 0)
        return pa.decimal128(precision, scale)
    if node.this is exp.DType.ARRAY:
        return pa.list_(_field("item", inner[0]))
    if node.this is exp.DType.MAP:
        return pa.map_(_field("key", inner[0]).with_nullable(False), _field("value", inner[1]))
    if node.this is exp.DType.STRUCT:
        return pa.struct([_field(each.name, each.args["kind"]) for each in inner])
    return _SCALARS[node.this]


@dataclass(frozen=True)
class ResultType:
    """A result column's type as GetQueryResults names it."""

    name: str
    precision: int = 0
    scale: int = 0


_PRECISIONS = {
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "real": 17,
    "double": 17,
    "varchar": 2147483647,
    "json": 2147483647,
    "varbinary": 1073741824,
    "time": 3,
    "timestamp": 3,
    "timestamp with time zone": 3,
}
_HIVE = {"integer": "int", "varchar": "string", "varbinary": "binary", "real": "float"}


def result_type(kind: Type) -> ResultType:
    """The type of a result column as Athena names it."""
    if kind.name == "decimal":
        return ResultType("decimal", kind.precision, kind.scale)
    return ResultType("float" if kind.name == "real" else kind.name, _PRECISIONS.get(kind.name, 0))


def hive_type(kind: Type) -> str:
    """The Glue type of a column of such values."""
    if kind.name == "row":
        members = zip(kind.members, kind.inner, strict=True)
        return f"struct<{','.join(f'{name}:{hive_type(inner)}' for name, inner in members)}>"
    if kind.inner:
        return f"{kind.name}<{','.join(map(hive_type, kind.inner))}>"
    if kind.name in ("decimal", "char"):
        return str(kind)
    return _HIVE.get(kind.name, kind.name)


def source_of(name: str, columns: Sequence[Column], files: Files | None = None) -> Source:
    """A table of the catalogue that the engine knows by `name`; raises `QueryError` for a type that is not read."""
    fields = [Field(each.name, Typed(quoted(each.name), trino_type(each.type))) for each in columns]
    hidden = [Field(each, Typed(quoted(each), kind), hidden=True) for each, kind in _HIDDEN.items()]
    return Source(quoted(name), [*fields, *hidden], files)


def trino_type(hive: str) -> Type:
    """What Athena makes of a Glue type; raises `QueryError` for one that it does not read."""
    try:
        node = exp.DataType.build(hive, dialect="hive")
    except SqlglotError:
        raise QueryError("HIVE_UNSUPPORTED_FORMAT", f"Column type '{hive}' is not supported") from None
    for each in node.find_all(exp.DataType):
        if each.this is exp.DType.DECIMAL and not each.expressions:
            each.set("expressions", [exp.Literal.number(10), exp.Literal.number(0)])
    return type_of(node)
