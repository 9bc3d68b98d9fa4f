"""Operators: the types they take and give, and what they are to the engine.

https://trino.io/docs/current/functions/math.html
https://trino.io/docs/current/functions/decimal.html
https://trino.io/docs/current/functions/datetime.html
"""

from local.athena.trino.operations.casts import coerced, padded
from local.athena.trino.operations.equality import equal, key, less
from local.athena.trino.signatures import Typed
from local.athena.trino.types import (
    BIGINT,
    BOOLEAN,
    DAY_TO_SECOND,
    VARBINARY,
    VARCHAR,
    YEAR_TO_MONTH,
    Type,
    as_char,
    as_decimal,
    common,
    decimal,
)

_EXACT, _NARROW = 38, 18


def compared(sign: str, left: Typed, right: Typed) -> Typed | None:
    """`left sign right` as a boolean; None if the two cannot be compared so."""
    together = common(left.type, right.type)
    if together is None or (sign not in ("=", "<>") and not together.is_orderable):
        return None
    one, other = coerced(left, together), coerced(right, together)
    if sign == "=":
        return Typed(equal(one, other), BOOLEAN)
    if sign == "<>":
        return Typed(f"(NOT {equal(one, other)})" if together.inner else f"({key(one)} <> {key(other)})", BOOLEAN)
    return Typed(less(sign, one, other), BOOLEAN)


def calculated(sign: str, left: Typed, right: Typed) -> Typed | None:
    """`left sign right`; None if Trino has no such operation."""
    if left.type.is_number and right.type.is_number:
        return _numbers(sign, left, right)
    if "unknown" in (left.type.name, right.type.name):
        return _unknown(sign, left, right)
    for one, other in ((left, right), (right, left)):
        if other.type.name.startswith("interval"):
            return _with_interval(sign, one, other, swapped=one is right)
    return _times(left, right) if sign == "-" else None


def _unknown(sign: str, left: Typed, right: Typed) -> Typed | None:
    known = right if left.type.name == "unknown" else left
    if known.type.name == "unknown":
        return Typed("CAST(NULL AS BIGINT)", BIGINT)
    if known.type.is_number:
        return _numbers(sign, coerced(left, known.type), coerced(right, known.type))
    return Typed(f"CAST(NULL AS {known.type.engine})", known.type) if sign in "+-" else None


def _numbers(sign: str, left: Typed, right: Typed) -> Typed:
    together = common(left.type, right.type)
    assert together is not None
    if together.name == "decimal":
        return _decimals(sign, left, right)
    one, other = coerced(left, together).sql, coerced(right, together).sql
    if sign in "+-*":
        return Typed(f"({one} {sign} {other})", together)
    if not together.is_integer:
        sql = f"({one} / {other})" if sign == "/" else f"trino_fmod({one}, {other})"
        return Typed(f"CAST({sql} AS {together.engine})" if sign == "%" else sql, together)
    return Typed(f"{'divided' if sign == '/' else 'modulo'}({one}, {other})", together)


def _decimals(sign: str, left: Typed, right: Typed) -> Typed:
    mine, its = as_decimal(left.type), as_decimal(right.type)
    one, other = coerced(left, mine).sql, coerced(right, its).sql
    whole = max(mine.precision - mine.scale, its.precision - its.scale)
    scale = max(mine.scale, its.scale)
    if sign in "+-":
        kind = decimal(whole + scale + 1, scale)
        return Typed(_as(f"({_as(one, kind)} {sign} {_as(other, kind)})", kind), kind)
    if sign == "*":
        kind = decimal(mine.precision + its.precision, mine.scale + its.scale)
        return Typed(_product(one, other, mine, its, kind), kind)
    if sign == "%":
        kind = decimal(min(mine.precision - mine.scale, its.precision - its.scale) + scale, scale)
        wide = decimal(whole + scale, scale)
        return Typed(f"CAST(modulo({_as(one, wide)}, {_as(other, wide)}) AS {kind.engine})", kind)
    kind = decimal(mine.precision + its.scale + max(its.scale - mine.scale, 0), scale)
    return Typed(divided_decimal(Typed(one, mine), Typed(other, its), kind), kind)


def _product(one: str, other: str, mine: Type, its: Type, kind: Type) -> str:
    """The engine keeps 18 digits of a product whose factors have no more, unless one of them is declared wider."""
    if mine.precision + its.precision <= _NARROW:
        return f"({one} * {other})"
    return _as(f"({_as(one, _widest(mine))} * {other})", kind)


def _widest(kind: Type) -> Type:
    return decimal(_EXACT, kind.scale)


def _as(sql: str, kind: Type) -> str:
    return f"CAST({sql} AS {kind.engine})"


def divided_decimal(one: Typed, other: Typed, kind: Type) -> str:
    """The quotient rounded half up to `kind`: in the engine's whole numbers where they have the digits for it."""
    scale = other.type.scale
    if max(one.type.precision, other.type.precision) + kind.scale + scale > _EXACT:
        return f"CAST(trino_divided({one.sql}, {other.sql}, {kind.scale}) AS {kind.engine})"
    unit = f"CAST({'0.' + '1'.zfill(kind.scale)} AS DECIMAL(38,{kind.scale}))" if kind.scale else "1"
    wide, divisor = (_as(value.sql, _widest(value.type)) for value in (one, other))
    shift, back = _power(kind.scale + scale), _power(scale)
    digits = f"CAST(quotient(whole({wide}, {shift}), whole({divisor}, {back})) AS DECIMAL(38,0))"
    return f"CAST({digits} * {unit} AS {kind.engine})"


def _power(digits: int) -> str:
    return f"CAST(1{'0' * digits} AS DECIMAL({digits + 1},0))"


def _with_interval(sign: str, value: Typed, interval: Typed, swapped: bool) -> Typed | None:
    if value.type == interval.type and sign in "+-":
        one, other = (interval, value) if swapped else (value, interval)
        return Typed(f"({one.sql} {sign} {other.sql})", value.type)
    if value.type.is_number:
        return _scaled(sign, value, interval, swapped)
    if sign not in "+-" or (sign == "-" and swapped):
        return None
    return _moved(sign, value, interval)


def _scaled(sign: str, value: Typed, interval: Typed, swapped: bool) -> Typed | None:
    """An interval times a number, or `swapped` by one: whole numbers multiply exactly, all else is done in doubles."""
    if sign == "*" and value.type.is_integer:
        return Typed(f"({interval.sql} * {value.sql})", interval.type)
    if sign == "*" or (sign == "/" and swapped):
        name = "interval_multiplied" if sign == "*" else "interval_divided"
        return Typed(f"{name}({interval.sql}, CAST({value.sql} AS DOUBLE))", interval.type)
    return None


def _moved(sign: str, value: Typed, interval: Typed) -> Typed | None:
    months = interval.type == YEAR_TO_MONTH
    step = f"to_months(CAST({interval.sql} AS INTEGER))" if months else f"to_milliseconds({interval.sql})"
    name = value.type.name
    if name == "date":
        days = f"date_moved({value.sql}, {_signed(sign, interval.sql)})"
        return Typed(f"CAST({value.sql} {sign} {step} AS DATE)" if months else days, value.type)
    if name == "timestamp":
        return Typed(f"({value.sql} {sign} {step})", value.type)
    if name == "time" and not months:
        return Typed(f"CAST(({value.sql} {sign} {step}) AS TIME)", value.type)
    if name == "timestamp with time zone":
        zone = f"zone_id({value.sql})"
        at = f"instant({value.sql}) {sign} {step}"
        moved = f"to_utc(local_time({value.sql}) {sign} {step}, {zone})" if months else at
        return Typed(f"zoned({moved}, {zone})", value.type)
    return None


def _signed(sign: str, sql: str) -> str:
    return sql if sign == "+" else f"(-{sql})"


def _times(left: Typed, right: Typed) -> Typed | None:
    """The interval between two times, which Trino gives for two of one type."""
    together = common(left.type, right.type)
    if together is None or not (together.is_temporal or together.name == "time"):
        return None
    one, other = (key(coerced(value, together)) for value in (left, right))
    if together.name == "date":
        return Typed(f"(CAST({one} - {other} AS BIGINT) * 86400000)", DAY_TO_SECOND)
    return Typed(f"((epoch_us({one}) - epoch_us({other})) // 1000)", DAY_TO_SECOND)


def negated(value: Typed) -> Typed | None:
    if value.type.is_integer or value.type.name.startswith("interval"):  # the engine would widen the least of constants
        return Typed(f"CAST((-{value.sql}) AS {value.type.engine})", value.type)
    if value.type.is_number or value.type.name == "unknown":
        return Typed(f"(-{value.sql})", value.type)
    return None


def concatenated(left: Typed, right: Typed) -> Typed | None:
    """`left || right` of texts, binaries and arrays."""
    if left.type.is_text and right.type.is_text:
        if "char" in (left.type.name, right.type.name):
            one, other = (coerced(value, as_char(value.type)) for value in (left, right))
            return Typed(f"({padded(one)} || {other.sql})", Type("char", (one.type.precision + other.type.precision,)))
        return Typed(f"({left.sql} || {right.sql})", VARCHAR)
    if left.type == right.type == VARBINARY:
        return Typed(f"({left.sql} || {right.sql})", VARBINARY)
    if "array" in (left.type.name, right.type.name):
        return _arrays(left, right)
    if "unknown" in (left.type.name, right.type.name) and (left.type.is_text or right.type.is_text):
        return Typed("CAST(NULL AS VARCHAR)", VARCHAR)
    return None


def _arrays(left: Typed, right: Typed) -> Typed | None:
    one = left if left.type.name == "array" else Typed(f"[{left.sql}]", Type("array", inner=(left.type,)))
    other = right if right.type.name == "array" else Typed(f"[{right.sql}]", Type("array", inner=(right.type,)))
    together = common(one.type, other.type)
    if together is None:
        return None
    return Typed(f"arrays_joined({coerced(one, together).sql}, {coerced(other, together).sql})", together)
