"""Literals: their types and values.

https://trino.io/docs/current/language/types.html
"""

import re
from datetime import date
from decimal import Decimal

from sqlglot import exp

from local.athena.trino.functions.zones import moment, zoned_parts
from local.athena.trino.problems import Problems
from local.athena.trino.signatures import Typed
from local.athena.trino.type_names import check_precision
from local.athena.trino.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DAY_TO_SECOND,
    DOUBLE,
    INTEGER,
    JSON,
    MAX_PRECISION,
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
_TIMES = re.compile(r"\s*(\d{4,}-\d{1,2}-\d{1,2})(?: (\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?)?\s*")
_DECIMAL = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)\s*")


def literal(node: exp.Expr, problems: Problems) -> Typed | None:
    """The value of a literal; None for an expression that is not one; raises `QueryError`."""
    if isinstance(node, exp.Literal):
        return _string(node.name) if node.is_string else _number(node, problems)
    if isinstance(node, exp.Null):
        return Typed("NULL", UNKNOWN)
    if isinstance(node, exp.Boolean):
        return Typed("true" if node.this else "false", BOOLEAN)
    if isinstance(node, exp.ByteString):
        return _binary(node, problems)
    if isinstance(node, exp.UnicodeString):
        return _string(_unescaped(node))
    if isinstance(node, exp.Interval):
        return _interval(node, problems)
    if isinstance(node, exp.ParseJSON) and isinstance(node.this, exp.Literal):
        return Typed(f"trino_json_parse({text(node.this.name)})", JSON)
    if type(node) is exp.Cast and "called" not in node.meta and isinstance(node.this, exp.Literal):
        return _typed(node, node.this.name, node.args["to"], problems)
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and node.this.name == str(_MOST_BIGINT + 1):
        return Typed(f"CAST(-{node.this.name} AS BIGINT)", BIGINT)
    return None


def _string(value: str) -> Typed:
    return Typed(text(value), Type("varchar", (len(value),)))


def _number(node: exp.Literal, problems: Problems) -> Typed:
    shown = node.name
    if "e" in shown.lower():
        return Typed(f"CAST({text(shown)} AS DOUBLE)", DOUBLE)
    if "." in shown:
        known = _decimal(shown, shown.partition(".")[0].lstrip("0"))
        if known is None:
            raise problems.at(node, "INVALID_LITERAL", f"'{shown}' is not a valid decimal literal")
        return known
    if int(shown) <= _MOST_INTEGER:
        return Typed(f"{int(shown)}::INTEGER", INTEGER)
    if int(shown) <= _MOST_BIGINT:
        return Typed(f"CAST({int(shown)} AS BIGINT)", BIGINT)
    raise problems.at(node, "INVALID_LITERAL", f"Invalid numeric literal: {shown}")


def _decimal(shown: str, whole: str) -> Typed | None:
    """A decimal with as many digits as `whole` and what follows the point have; None if they are too many."""
    fraction = shown.partition(".")[2].strip()
    precision = max(len(whole) + len(fraction), 1)
    if precision > MAX_PRECISION:
        return None
    kind = decimal(precision, len(fraction))
    return Typed(f"CAST({text(shown)} AS {kind.engine})", kind)


def _binary(node: exp.ByteString, problems: Problems) -> Typed:
    digits = re.sub(r"[ \r\n\t]", "", node.name)
    if not re.fullmatch("[0-9A-Fa-f]*", digits):
        raise problems.at(node, "SYNTAX_ERROR", "Binary literal can only contain hexadecimal digits")
    if len(digits) % 2:
        raise problems.at(node, "SYNTAX_ERROR", "Binary literal must contain an even number of digits")
    return Typed(f"unhex({text(digits)})", VARBINARY)


def _unescaped(node: exp.UnicodeString) -> str:
    escape = node.args.get("escape")
    sign = re.escape(escape.name if isinstance(escape, exp.Expr) else "\\")
    pattern = rf"{sign}({sign}|\+[0-9A-Fa-f]{{6}}|[0-9A-Fa-f]{{4}})"
    return re.sub(pattern, lambda found: _character(found[1]), str(node.this))


def _character(code: str) -> str:
    return chr(int(code.lstrip("+"), 16)) if len(code) > 1 else code


def _interval(node: exp.Interval, problems: Problems) -> Typed:
    unit = node.args["unit"]
    negative = isinstance(node.this, exp.Neg)
    written = node.this.this if negative else node.this
    if not isinstance(written, exp.Literal):
        raise problems.syntax(node, written.sql(dialect="trino"))
    value = written.name
    span = [unit.this.name, unit.expression.name] if isinstance(unit, exp.IntervalSpan) else [unit.name]
    units = [each.upper() for each in span]
    sizes, kind = (_MONTHS, YEAR_TO_MONTH) if units[0] in _MONTHS else (_MILLISECONDS, DAY_TO_SECOND)
    if any(each not in sizes for each in units):
        raise problems.syntax(node, units[-1])
    numbers = [Decimal(each) for each in re.findall(r"\d+(?:\.\d+)?", value)]
    order = list(reversed(sizes))
    first = order.index(units[0])
    wanted = order[first : order.index(units[-1]) + 1]
    if not numbers or len(numbers) != len(wanted):
        raise problems.at(node, "INVALID_LITERAL", f"'{value}' is not a valid INTERVAL literal")
    total = int(sum(number * sizes[each] for number, each in zip(numbers, wanted, strict=True)))
    sign = -1 if value.strip().startswith("-") != negative else 1
    return Typed(f"CAST({sign * total} AS BIGINT)", kind)


def _typed(node: exp.Cast, value: str, to: exp.DataType, problems: Problems) -> Typed | None:
    """`DATE '...'`, `TIMESTAMP '...'` and `DECIMAL '...'`: checked while the query is read."""
    known: Typed | None
    if to.this is exp.DType.DATE:
        known = _date(value)
    elif to.this is exp.DType.DECIMAL and not to.expressions:
        known = _decimal(value, value.partition(".")[0].strip().lstrip("+-")) if _DECIMAL.fullmatch(value) else None
    elif to.this in (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ):
        known = _timestamp(value)
    elif to.this is exp.DType.CHAR and not to.expressions:
        known = Typed(text(value.rstrip(" ")), Type("char", (len(value),)))
    else:
        return None
    if known is None:
        name = str(to.this.value).replace("TIMESTAMPTZ", "TIMESTAMP")
        raise problems.at(node, "INVALID_LITERAL", f"'{value}' is not a valid {name} literal")
    return known


def _date(value: str) -> Typed | None:
    try:
        return Typed(f"DATE {text(date(*map(int, value.strip().split('-'))).isoformat())}", DATE)
    except (ValueError, TypeError):
        return None


def _timestamp(value: str) -> Typed | None:
    found = _TIMES.fullmatch(value)
    if found:
        kind = Type("timestamp", (len(found[5] or ""),))
        check_precision(kind)
        try:
            return Typed(f"TIMESTAMP {text(str(moment(*found.groups())))}", kind)
        except ValueError:
            return None
    zoned = zoned_parts(value)
    if zoned is None:
        return None
    at, zone, digits = zoned
    kind = Type("timestamp with time zone", (digits,))
    check_precision(kind)
    return Typed(f"zoned(TIMESTAMP {text(str(at))}, {text(zone)})", kind)
