"""Column types in three tongues: Hive's (Glue), Arrow's (reading) and Athena's (results).

https://docs.aws.amazon.com/athena/latest/ug/data-types.html
"""

import re
from dataclasses import dataclass

import pyarrow as pa
from duckdb.sqltypes import DuckDBPyType
from sqlglot import exp
from sqlglot.errors import SqlglotError

from local.athena.errors import QueryError

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


def arrow_type(hive: str) -> pa.DataType:
    """`array<struct<a:int>>` as Arrow's type; raises `QueryError` for a type that Athena does not read."""
    try:
        return _arrow(exp.DataType.build(hive, dialect="hive"))
    except (SqlglotError, KeyError):
        raise QueryError("HIVE_UNSUPPORTED_FORMAT", f"Column type '{hive}' is not supported") from None


def _arrow(node: exp.DataType) -> pa.DataType:
    inner = node.expressions
    if node.this is exp.DType.DECIMAL:
        precision, scale = (int(each.name) for each in inner) if inner else (10, 0)
        return pa.decimal128(precision, scale)
    if node.this is exp.DType.ARRAY:
        return pa.list_(_arrow(inner[0]))
    if node.this is exp.DType.MAP:
        return pa.map_(_arrow(inner[0]), _arrow(inner[1]))
    if node.this is exp.DType.STRUCT:
        return pa.struct([(each.name, _arrow(each.args["kind"])) for each in inner])
    return _SCALARS[node.this]


@dataclass(frozen=True)
class ResultType:
    """A result column's type as GetQueryResults names it."""

    name: str
    precision: int = 0
    scale: int = 0


_STRING = ResultType("varchar", 2147483647)
_RESULTS = {
    "boolean": ResultType("boolean"),
    "tinyint": ResultType("tinyint", 3),
    "smallint": ResultType("smallint", 5),
    "integer": ResultType("integer", 10),
    "bigint": ResultType("bigint", 19),
    "float": ResultType("float", 17),
    "double": ResultType("double", 17),
    "varchar": _STRING,
    "date": ResultType("date"),
    "time": ResultType("time", 3),
    "timestamp": ResultType("timestamp", 3),
    "timestamp with time zone": ResultType("timestamp with time zone", 3),
    "blob": ResultType("varbinary", 1073741824),
    "interval": ResultType("interval day to second"),
    "list": ResultType("array"),
    "array": ResultType("array"),
    "map": ResultType("map"),
    "struct": ResultType("row"),
    "json": ResultType("json", 2147483647),
    "uuid": ResultType("uuid"),
}
_AS_BIGINT = {"hugeint", "uhugeint", "ubigint", "uinteger", "usmallint", "utinyint"}


def result_type(duck: DuckDBPyType) -> ResultType:
    """Athena's name for the type of a result column. Wide integers, which sums have here, are Trino's bigint."""
    if duck.id == "decimal":
        precision, scale = re.findall(r"\d+", str(duck))
        return ResultType("decimal", int(precision), int(scale))
    if duck.id in _AS_BIGINT:
        return _RESULTS["bigint"]
    if duck.id.startswith("timestamp"):
        return _RESULTS["timestamp with time zone" if "time zone" in duck.id else "timestamp"]
    return _RESULTS.get(duck.id, _STRING)


def view_type(duck: DuckDBPyType) -> str:
    """The Trino type of a view's column, as Athena stores it in the view's text."""
    kind = result_type(duck)
    if kind.name == "decimal":
        return f"decimal({kind.precision},{kind.scale})"
    if kind.name in ("array", "map", "row"):
        inner = [(name, view_type(each)) for name, each in duck.children if isinstance(each, DuckDBPyType)]
        return f"{kind.name}({', '.join(f'{name} {each}' if kind.name == 'row' else each for name, each in inner)})"
    return {"timestamp": "timestamp(3)", "float": "real"}.get(kind.name, kind.name)


def hive_type(duck: DuckDBPyType) -> str:
    """The Glue type of a view's column."""
    if duck.id in ("list", "struct", "map"):
        inner = [(name, hive_type(kind)) for name, kind in duck.children if isinstance(kind, DuckDBPyType)]
        if duck.id == "struct":
            return f"struct<{','.join(f'{name}:{kind}' for name, kind in inner)}>"
        return f"{'array' if duck.id == 'list' else 'map'}<{','.join(kind for _, kind in inner)}>"
    trino = view_type(duck)
    return {
        "integer": "int",
        "varchar": "string",
        "varbinary": "binary",
        "timestamp(3)": "timestamp",
        "real": "float",
    }.get(trino, trino)
