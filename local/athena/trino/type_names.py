"""Types as a CAST or a column of the catalogue names them.

https://trino.io/docs/current/language/types.html
"""

from sqlglot import exp

from local.athena.errors import QueryError
from local.athena.trino.types import DAY_TO_SECOND, MAX_CHAR, MAX_PRECISION, YEAR_TO_MONTH, Type, array, mapping, row

_NAMES = {
    exp.DType.BOOLEAN: "boolean",
    exp.DType.TINYINT: "tinyint",
    exp.DType.SMALLINT: "smallint",
    exp.DType.INT: "integer",
    exp.DType.BIGINT: "bigint",
    exp.DType.FLOAT: "real",
    exp.DType.DOUBLE: "double",
    exp.DType.TEXT: "varchar",
    exp.DType.VARCHAR: "varchar",
    exp.DType.CHAR: "char",
    exp.DType.BINARY: "varbinary",
    exp.DType.VARBINARY: "varbinary",
    exp.DType.DATE: "date",
    exp.DType.TIME: "time",
    exp.DType.TIMESTAMP: "timestamp",
    exp.DType.TIMESTAMPTZ: "timestamp with time zone",
    exp.DType.JSON: "json",
    exp.DType.UUID: "uuid",
    exp.DType.UNKNOWN: "unknown",
}
_DEFAULTS = {"decimal": (MAX_PRECISION, 0), "char": (1,), "time": (3,), "timestamp": (3,)}
_DEFAULTS["timestamp with time zone"] = (3,)
_FINEST = 6


def type_of(node: exp.DataType) -> Type:
    """The type that a CAST or a column of the catalogue names; raises `QueryError` for one that is not supported."""
    inner = node.expressions
    if node.this is exp.DType.STRUCT:
        return _row_of(inner)
    if node.this in (exp.DType.ARRAY, exp.DType.LIST):
        return array(type_of(inner[0]))
    if node.this is exp.DType.MAP:
        return mapping(type_of(inner[0]), type_of(inner[1]))
    if node.this is exp.DType.INTERVAL:
        return YEAR_TO_MONTH if "YEAR" in node.sql().upper() else DAY_TO_SECOND
    name = "decimal" if node.this is exp.DType.DECIMAL else _NAMES.get(node.this)
    if name is None:
        raise QueryError("TYPE_NOT_FOUND", f"Unknown type: {node.sql(dialect='trino').lower()}")
    parameters = tuple(int(each.name) for each in inner)
    if name == "decimal" and len(parameters) == 1:
        parameters = (*parameters, 0)
    kind = Type(name, parameters or _DEFAULTS.get(name, ()))
    _check(kind)
    return kind


def _check(kind: Type) -> None:
    """Raise `QueryError` for parameters that no such type has."""
    if kind.name.startswith("time"):
        check_precision(kind)
    if kind.name == "char" and kind.precision > MAX_CHAR:
        raise QueryError("TYPE_NOT_FOUND", f"Unknown type: {kind}")
    if kind.name == "decimal" and not 0 < kind.precision <= MAX_PRECISION:
        message = f"DECIMAL precision must be in range [1, {MAX_PRECISION}]: {kind.precision}"
        raise QueryError("INVALID_FUNCTION_ARGUMENT", message)
    if kind.name == "decimal" and kind.scale > kind.precision:
        message = f"DECIMAL scale must be in range [0, precision ({kind.precision})]: {kind.scale}"
        raise QueryError("INVALID_FUNCTION_ARGUMENT", message)


def check_precision(kind: Type) -> None:
    """Raise `QueryError` for times that are finer than the engine's."""
    if kind.precision > _FINEST:
        raise QueryError("NOT_SUPPORTED", f"Times finer than microseconds are not supported here: {kind}")


def _row_of(members: list[exp.Expr]) -> Type:
    kinds, fields = [], []
    for member in members:
        named = isinstance(member, exp.ColumnDef)
        kind = member.args["kind"] if isinstance(member, exp.ColumnDef) else member
        assert isinstance(kind, exp.DataType)
        kinds.append(type_of(kind))
        fields.append(_folded(member.this) if named else None)
    return row(*kinds, fields=tuple(fields))


def _folded(name: exp.Identifier) -> str:
    return name.name if name.quoted else name.name.lower()
