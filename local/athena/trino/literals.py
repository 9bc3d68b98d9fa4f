"""Literals: their types and values.

https://trino.io/docs/current/language/types.html
"""

import re
from datetime import date, datetime
from decimal import Decimal

from sqlglot import exp

from local.athena.errors import QueryError
from local.athena.trino.functions.zones import zoned_parts
from local.athena.trino.signatures import Typed
from local.athena.trino.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DAY_TO_SECOND,
    DOUBLE,
    INTEGER,
    JSON,
    UNKNOWN,
    VARBINARY,
    YEAR_TO_MONTH,
    Type,
    decimal,
    text,
)

_MOST_INTEGER, _MOST_BIGINT = 2**31 - 1, 2**63 - 1
_MILLISECONDS = {"SECOND": 1000, "MINUTE": 60_000, "HOUR": 3_600_000, "DAY": 86_400_000}
_MONTHS = {"MONTH": 1, "YEAR": 12}
_TIMES = re.compile(r"\s*(\d{4,}-\d{1,2}-\d{1,2})(?: (\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.(\d+))?)?))?\s*")
_FINEST = 6


def literal(node: exp.Expr) -> Typed | None:
    """The value that is written there; None for an expression that is no literal; raises `QueryError`."""
    if isinstance(node, exp.Literal):
        return _string(node.name) if node.is_string else _number(node.name)
    if isinstance(node, exp.Null):
        return Typed("NULL", UNKNOWN)
    if isinstance(node, exp.Boolean):
        return Typed("true" if node.this else "false", BOOLEAN)
    if isinstance(node, exp.HexString):
        return Typed(f"unhex({text(str(node.this))})", VARBINARY)
    if isinstance(node, exp.UnicodeString):
        return _string(_unescaped(node))
    if isinstance(node, exp.Interval):
        return _interval(node)
    if isinstance(node, exp.ParseJSON) and isinstance(node.this, exp.Literal):
        return Typed(f"trino_json_parse({text(node.this.name)})", JSON)
    if type(node) is exp.Cast and "line" not in node.meta and isinstance(node.this, exp.Literal):
        return _typed(node.this.name, node.args["to"])
    return None


def _string(value: str) -> Typed:
    return Typed(text(value), Type("varchar", (len(value),)))


def _number(shown: str) -> Typed:
    if "e" in shown.lower():
        return Typed(f"CAST({text(shown)} AS DOUBLE)", DOUBLE)
    if "." in shown:
        return decimal_literal(shown)
    if int(shown) <= _MOST_INTEGER:
        return Typed(f"{int(shown)}::INTEGER", INTEGER)
    if int(shown) <= _MOST_BIGINT + 1:
        return Typed(f"CAST({int(shown)} AS {'BIGINT' if int(shown) <= _MOST_BIGINT else 'HUGEINT'})", BIGINT)
    raise QueryError("NUMERIC_VALUE_OUT_OF_RANGE", f"Invalid numeric literal: {shown}")


def decimal_literal(shown: str) -> Typed:
    """A decimal of the digits that are written, leading noughts before the point aside where it stands alone."""
    digits = shown.strip().lstrip("+-")
    whole, _, fraction = digits.partition(".")
    precision = max(len(whole.lstrip("0")) + len(fraction), 1)
    kind = decimal(precision, len(fraction))
    return Typed(f"CAST({text(shown)} AS {kind.engine})", kind)


def _unescaped(node: exp.UnicodeString) -> str:
    escape = node.args.get("escape")
    sign = re.escape(escape.name if isinstance(escape, exp.Expr) else "\\")
    pattern = rf"{sign}({sign}|\+[0-9A-Fa-f]{{6}}|[0-9A-Fa-f]{{4}})"
    return re.sub(pattern, lambda found: _character(found[1]), str(node.this))


def _character(code: str) -> str:
    return chr(int(code.lstrip("+"), 16)) if len(code) > 1 else code


def _interval(node: exp.Interval) -> Typed:
    value, unit = node.this.name, node.args["unit"]
    span = [unit.this.name, unit.expression.name] if isinstance(unit, exp.IntervalSpan) else [unit.name]
    units = [each.upper() for each in span]
    sizes, kind = (_MONTHS, YEAR_TO_MONTH) if units[0] in _MONTHS else (_MILLISECONDS, DAY_TO_SECOND)
    if any(each not in sizes for each in units):
        raise QueryError("SYNTAX_ERROR", f"mismatched input '{units[-1]}'")
    numbers = [Decimal(each) for each in re.findall(r"\d+(?:\.\d+)?", value)]
    order = list(reversed(sizes))
    first = order.index(units[0])
    wanted = order[first : order.index(units[-1]) + 1]
    if not numbers or len(numbers) != len(wanted):
        raise QueryError("INVALID_LITERAL", f"'{value}' is not a valid INTERVAL literal")
    total = int(sum(number * sizes[each] for number, each in zip(numbers, wanted, strict=True)))
    sign = -1 if value.strip().startswith("-") else 1
    sign = -sign if str(node.args.get("sign", "")) == "-" else sign
    return Typed(f"CAST({sign * total} AS BIGINT)", kind)


def _typed(value: str, to: exp.DataType) -> Typed | None:
    """`DATE '...'` and `TIMESTAMP '...'`: checked while the query is read."""
    if to.this is exp.DType.DATE:
        try:
            return Typed(f"DATE {text(date(*map(int, value.strip().split('-'))).isoformat())}", DATE)
        except (ValueError, TypeError):
            return None
    if to.this is exp.DType.DECIMAL and not to.expressions:
        return decimal_literal(value)
    if to.this in (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ):
        return _timestamp(value)
    return None


def _timestamp(value: str) -> Typed | None:
    found = _TIMES.fullmatch(value)
    if found:
        digits = len(found[3] or "")
        kind = Type("timestamp", (digits,))
        return _moment(f"{found[1]} {found[2] or '00:00'}", kind)
    zoned = zoned_parts(value)
    if zoned is None:
        return None
    moment, zone, digits = zoned
    kind = Type("timestamp with time zone", (digits,))
    return Typed(f"zoned(TIMESTAMP {text(str(moment))}, {text(zone)})", kind)


def _moment(value: str, kind: Type) -> Typed | None:
    if kind.precision > _FINEST:
        raise QueryError("NOT_SUPPORTED", f"Times finer than microseconds are not supported here: {kind}")
    day, _, clock = value.partition(" ")
    try:
        year, month, day_of_month = map(int, day.split("-"))
        hour, minute, *second = clock.split(":")
        seconds = Decimal(second[0] if second else 0)
        whole = datetime(year, month, day_of_month, int(hour), int(minute), int(seconds))  # noqa: DTZ001 - has no zone
    except ValueError:
        return None
    shown = whole.replace(microsecond=int(seconds % 1 * 1_000_000))
    return Typed(f"TIMESTAMP {text(str(shown))}", kind)
