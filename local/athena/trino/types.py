"""Trino's types: their names, how one becomes another, and what holds their values in the engine.

https://trino.io/docs/current/language/types.html

Held otherwise than their names say: a timestamp with time zone is its UTC time and its zone; an interval day to second
is its milliseconds, an interval year to month its months; JSON is its text; a CHAR has no blanks at its end.
"""

from dataclasses import dataclass

MAX_PRECISION = 38
MAX_CHAR = 65536


@dataclass(frozen=True)
class Type:
    """`decimal(10,2)` is Type("decimal", (10, 2)); `row(a integer)` is Type("row", inner=(INTEGER,), fields=("a",))."""

    name: str
    parameters: tuple[int, ...] = ()
    inner: tuple["Type", ...] = ()
    fields: tuple[str | None, ...] = ()

    def __str__(self) -> str:
        if self.name == "row":
            parts = [
                f"{name} {kind}" if name else str(kind) for name, kind in zip(self.fields, self.inner, strict=True)
            ]
            return f"row({', '.join(parts)})"
        if self.inner:
            return f"{self.name}({', '.join(map(str, self.inner))})"
        if not self.parameters:
            return self.name
        name, _, zone = self.name.partition(" ")
        return f"{name}({','.join(map(str, self.parameters))}){zone and ' ' + zone}"

    @property
    def engine(self) -> str:
        """The type of the engine that holds the values."""
        if self.name == "decimal":
            return f"DECIMAL({self.parameters[0]},{self.parameters[1]})"
        if self.name == "array":
            return f"{self.inner[0].engine}[]"
        if self.name == "map":
            return f"MAP({self.inner[0].engine}, {self.inner[1].engine})"
        if self.name == "row":
            members = zip(self.members, self.inner, strict=True)
            return f"STRUCT({', '.join(f'{quoted(name)} {kind.engine}' for name, kind in members)})"
        return _ENGINE[self.name]

    @property
    def members(self) -> list[str]:
        """The names of a row's fields in the engine and in results; a nameless one is `field0`, `field1`, ..."""
        return [name or f"field{index}" for index, name in enumerate(self.fields)]

    @property
    def is_number(self) -> bool:
        return self.name in _NUMBERS

    @property
    def is_integer(self) -> bool:
        return self.name in _DIGITS

    @property
    def is_text(self) -> bool:
        return self.name in ("varchar", "char")

    @property
    def is_temporal(self) -> bool:
        return self.name in ("date", "timestamp", "timestamp with time zone")

    @property
    def is_orderable(self) -> bool:
        return self.name not in ("map", "json") and all(inner.is_orderable for inner in self.inner)

    @property
    def precision(self) -> int:
        return self.parameters[0]

    @property
    def scale(self) -> int:
        return self.parameters[1]


BOOLEAN, INTEGER, BIGINT, REAL, DOUBLE = (Type(name) for name in ("boolean", "integer", "bigint", "real", "double"))
VARCHAR, VARBINARY, DATE, JSON, UNKNOWN = (Type(name) for name in ("varchar", "varbinary", "date", "json", "unknown"))
DAY_TO_SECOND, YEAR_TO_MONTH = Type("interval day to second"), Type("interval year to month")
TIMESTAMP = Type("timestamp", (3,))
ZONED = Type("timestamp with time zone", (3,))

_ENGINE = {
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "real": "FLOAT",
    "double": "DOUBLE",
    "varchar": "VARCHAR",
    "char": "VARCHAR",
    "varbinary": "BLOB",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
    "timestamp with time zone": 'STRUCT("at" TIMESTAMP, "zone" VARCHAR)',
    "interval day to second": "BIGINT",
    "interval year to month": "BIGINT",
    "json": "VARCHAR",
    "uuid": "UUID",
    "unknown": '"NULL"',
}
_DIGITS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19}
_WIDTH = [*_DIGITS, "decimal", "real", "double"]
_NUMBERS = frozenset(_WIDTH)


def quoted(name: str) -> str:
    """The name as an identifier of the engine."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """The value as a literal of the engine."""
    return "'" + value.replace("'", "''") + "'"


def array(element: Type) -> Type:
    return Type("array", inner=(element,))


def mapping(key: Type, value: Type) -> Type:
    return Type("map", inner=(key, value))


def row(*inner: Type, fields: tuple[str | None, ...] | None = None) -> Type:
    return Type("row", inner=inner, fields=fields or (None,) * len(inner))


def decimal(precision: int, scale: int) -> Type:
    return Type("decimal", (min(MAX_PRECISION, precision), scale))


def as_decimal(kind: Type) -> Type:
    """The decimal type that holds every value of an integer type."""
    return decimal(_DIGITS[kind.name], 0) if kind.is_integer else kind


def holds(wanted: Type, given: Type) -> bool:
    """Whether `wanted` has a place for every digit of `given`; both are decimals or integers."""
    theirs, its = as_decimal(wanted), as_decimal(given)
    return its.scale <= theirs.scale and its.precision - its.scale <= theirs.precision - theirs.scale


def common(one: Type, other: Type) -> Type | None:
    """The type that both become when they meet; None if they have no common type."""
    if one == other or other.name == "unknown":
        return one
    if one.name == "unknown":
        return other
    if one.is_number and other.is_number:
        return _common_number(one, other)
    if one.name == other.name:
        return _common_of_name(one, other)
    names = {one.name, other.name}
    if names == {"char", "varchar"}:
        return _common_of_name(as_char(one), as_char(other))
    if one.is_temporal and other.is_temporal:
        digits = max((kind.parameters or (0,))[0] for kind in (one, other))
        return Type("timestamp with time zone" if "timestamp with time zone" in names else "timestamp", (digits,))
    return None


def as_char(kind: Type) -> Type:
    """The char that a text becomes where it meets one."""
    return Type("char", (min(kind.precision, MAX_CHAR) if kind.parameters else MAX_CHAR,))


def _common_number(one: Type, other: Type) -> Type:
    wider = max(one, other, key=lambda kind: _WIDTH.index(kind.name))
    if wider.name != "decimal":
        return wider
    one, other = as_decimal(one), as_decimal(other)
    scale = max(one.scale, other.scale)
    return decimal(max(one.precision - one.scale, other.precision - other.scale) + scale, scale)


def _common_of_name(one: Type, other: Type) -> Type | None:
    if one.name == "varchar":
        return (
            Type("varchar", (max(one.precision, other.precision),)) if one.parameters and other.parameters else VARCHAR
        )
    if not one.inner:
        return Type(one.name, max(one.parameters, other.parameters))
    if len(one.inner) != len(other.inner):
        return None
    inner = [common(mine, its) for mine, its in zip(one.inner, other.inner, strict=True)]
    known = tuple(kind for kind in inner if kind is not None)
    if len(known) < len(inner):
        return None
    fields = tuple(mine if mine == its else None for mine, its in zip(one.fields, other.fields, strict=True))
    return Type(one.name, one.parameters, known, fields)


def becomes(given: Type, wanted: Type) -> bool:
    """Whether a value of one type is taken where the other is wanted, without a CAST."""
    if given.name == "unknown" or given == wanted:
        return True
    if given.is_number and wanted.name == "decimal" and given.name not in ("real", "double"):
        return holds(wanted, given)
    if given.is_number and wanted.is_number:
        return _WIDTH.index(given.name) <= _WIDTH.index(wanted.name) and wanted.name != "decimal"
    if given.name == wanted.name == "row":
        return len(given.inner) == len(wanted.inner) and all(map(becomes, given.inner, wanted.inner))
    if given.name == wanted.name and given.inner:
        return all(map(becomes, given.inner, wanted.inner))
    if given.name == wanted.name == "varchar":
        return not wanted.parameters or (bool(given.parameters) and given.precision <= wanted.precision)
    return common(given, wanted) == wanted
