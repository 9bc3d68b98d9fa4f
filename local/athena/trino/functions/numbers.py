"""https://trino.io/docs/current/functions/math.html and bitwise.html"""

import math
import sys
from decimal import ROUND_HALF_UP, Decimal, localcontext

from local.athena.trino.functions.failing import TrinoError, invalid
from local.athena.trino.operations.operators import calculated
from local.athena.trino.signatures import Call, Function, Native, Returns, Typed, letter, same_type, scalar
from local.athena.trino.texts import double, shortest
from local.athena.trino.types import BIGINT, BOOLEAN, DOUBLE, INTEGER, REAL, VARCHAR, Type, array, decimal

TINYINT, SMALLINT = Type("tinyint"), Type("smallint")
T = letter("T")
_WHOLE = (TINYINT, SMALLINT, INTEGER, BIGINT)
_EXACT = Type("decimal")


def _rounded(call: Call) -> Type:
    """One digit more than the whole part: rounding may carry."""
    kind = call.arguments[0].type
    return decimal(kind.precision - kind.scale + min(kind.scale, 1), 0)


def _rounded_to(call: Call) -> Type:
    kind = call.arguments[0].type
    return decimal(kind.precision + 1, kind.scale)


def _sql_rounded_to(call: Call) -> str:
    value, digits = call.arguments
    wide = f"CAST({value.sql} AS DECIMAL(38,{value.type.scale}))"
    return f"CAST(round_decimal({wide}, {digits.sql}) AS {call.returns.engine})"


def _sql_truncated_to(call: Call) -> str:
    value, digits = call.arguments
    wide = f"CAST({value.sql} AS DECIMAL(38,{value.type.scale}))"
    return f"CAST(truncate_decimal({wide}, {digits.sql}) AS {call.returns.engine})"


def _each(name: str, kinds: tuple[Type, ...], sql: str, returns: Returns | None = None) -> tuple[Function, ...]:
    return tuple(scalar(name, [kind], returns or kind, sql) for kind in kinds)


def _doubles(names: str) -> tuple[Function, ...]:
    return tuple(scalar(name, [DOUBLE], DOUBLE, f"{name}({{0}})") for name in names.split())


FUNCTIONS: tuple[Function, ...] = (
    *_each("abs", (*_WHOLE, REAL, DOUBLE), "abs({0})"),
    scalar("abs", [_EXACT], same_type, "abs({0})"),
    *_doubles("acos asin atan sin cos tan sinh cosh tanh exp ln log10 log2 sqrt degrees radians"),
    scalar("atan2", [DOUBLE, DOUBLE], DOUBLE, "atan2({0}, {1})"),
    scalar("cbrt", [DOUBLE], DOUBLE, "trino_cbrt({0})"),
    *(
        function
        for name, sql in (("ceil", "ceil"), ("ceiling", "ceil"), ("floor", "floor"))
        for function in (
            *_each(name, _WHOLE, "{0}"),
            *_each(name, (REAL, DOUBLE), f"{sql}({{0}})"),
            scalar(name, [_EXACT], _rounded, f"CAST({sql}({{0}}) AS {{returns}})"),
        )
    ),
    scalar("e", [], DOUBLE, "exp(1::DOUBLE)"),
    scalar("from_base", [VARCHAR, BIGINT], BIGINT, "trino_from_base({0}, {1})"),
    scalar("to_base", [BIGINT, BIGINT], VARCHAR, "trino_to_base({0}, {1})"),
    scalar("infinity", [], DOUBLE, "'Infinity'::DOUBLE"),
    scalar("nan", [], DOUBLE, "'NaN'::DOUBLE"),
    *(
        scalar(name, [kind], BOOLEAN, sql)
        for kind in (REAL, DOUBLE)
        for name, sql in (
            ("is_finite", "isfinite({0})"),
            ("is_infinite", "isinf({0})"),
            ("is_nan", "isnan({0})"),
        )
    ),
    scalar("log", [DOUBLE, DOUBLE], DOUBLE, "(ln({1}) / ln({0}))"),
    *(scalar("mod", [kind, kind], kind, "modulo({0}, {1})") for kind in _WHOLE),
    scalar("mod", [_EXACT, _EXACT], lambda call: _remainder(call).type, lambda call: _remainder(call).sql),
    scalar("mod", [DOUBLE, DOUBLE], DOUBLE, "trino_fmod({0}, {1})"),
    scalar("pi", [], DOUBLE, "pi()"),
    *(scalar(name, [DOUBLE, DOUBLE], DOUBLE, "power({0}, {1})") for name in ("pow", "power")),
    *(
        function
        for name in ("rand", "random")
        for function in (
            scalar(name, [], DOUBLE, "random()"),
            scalar(name, [BIGINT], BIGINT, "CAST(floor(random() * {0}) AS BIGINT)"),
            scalar(name, [BIGINT, BIGINT], BIGINT, "({0} + CAST(floor(random() * ({1} - {0})) AS BIGINT))"),
        )
    ),
    *_each("round", _WHOLE, "{0}"),
    *_each("round", (REAL, DOUBLE), "round({0})"),
    scalar("round", [_EXACT], _rounded, "CAST({0} AS {returns})"),
    *(
        scalar("round", [kind, BIGINT], kind, "CAST(round_decimal(CAST({0} AS DECIMAL(38,0)), {1}) AS {returns})")
        for kind in _WHOLE
    ),
    scalar("round", [_EXACT, BIGINT], _rounded_to, _sql_rounded_to),
    *(scalar("round", [kind, BIGINT], kind, "trino_round({0}, {1})") for kind in (REAL, DOUBLE)),
    *_each("sign", _WHOLE, "CAST(sign({0}) AS {returns})"),
    *_each("sign", (REAL, DOUBLE), "CASE WHEN isnan({0}) THEN {0} ELSE CAST(sign({0}) AS {returns}) END"),
    scalar("sign", [_EXACT], decimal(1, 0), "CAST(sign({0}) AS DECIMAL(1,0))"),
    *_each("truncate", (REAL, DOUBLE), "trunc({0})"),
    scalar(
        "truncate",
        [_EXACT],
        lambda call: decimal(max(same_type(call).precision - same_type(call).scale, 1), 0),
        "CAST(trunc({0}) AS {returns})",
    ),
    scalar("truncate", [_EXACT, BIGINT], same_type, _sql_truncated_to),
    scalar("width_bucket", [DOUBLE, DOUBLE, DOUBLE, BIGINT], BIGINT, "trino_width_bucket({0}, {1}, {2}, {3})"),
    scalar("width_bucket", [DOUBLE, array(DOUBLE)], BIGINT, "trino_width_bucket_of({0}, {1})"),
    scalar("greatest", [T], T, lambda call: _extreme("greatest", call), repeats=True),
    scalar("least", [T], T, lambda call: _extreme("least", call), repeats=True),
    scalar("bit_count", [BIGINT, BIGINT], BIGINT, "trino_bit_count({0}, {1})"),
    scalar("bitwise_and", [BIGINT, BIGINT], BIGINT, "({0} & {1})"),
    scalar("bitwise_or", [BIGINT, BIGINT], BIGINT, "({0} | {1})"),
    scalar("bitwise_xor", [BIGINT, BIGINT], BIGINT, "xor({0}, {1})"),
    scalar("bitwise_not", [BIGINT], BIGINT, "(~{0})"),
    *(
        scalar(name, [kind, BIGINT], kind, f"CAST({native}({{0}}, {{1}}, {bits}) AS {{returns}})")
        for kind, bits in zip(_WHOLE, (8, 16, 32, 64), strict=True)
        for name, native in (
            ("bitwise_left_shift", "trino_shift_left"),
            ("bitwise_right_shift", "trino_shift_right"),
            ("bitwise_right_shift_arithmetic", "trino_shift_arithmetic"),
        )
    ),
)


def _remainder(call: Call) -> Typed:
    value = calculated("%", *call.arguments)
    assert value is not None
    return value


def _extreme(name: str, call: Call) -> str:
    """NULL if any argument is NULL."""
    missing = " OR ".join(f"{value.sql} IS NULL" for value in call.arguments)
    return f"CASE WHEN {missing} THEN NULL ELSE {name}({', '.join(value.sql for value in call.arguments)}) END"


def from_base(value: str, radix: int) -> int:
    _radix(radix)
    try:
        return int(value, radix)
    except ValueError:
        raise invalid(f"Not a valid base-{radix} number: {value}") from None


def to_base(value: int, radix: int) -> str:
    _radix(radix)
    digits, rest = "", abs(value)
    while rest or not digits:
        rest, digit = divmod(rest, radix)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return ("-" if value < 0 else "") + digits


def _radix(radix: int) -> None:
    if not 2 <= radix <= 36:
        raise invalid("Radix must be between 2 and 36")


def round_double(value: float, digits: int) -> float:
    """Half away from zero, as the double's shortest text reads."""
    if not math.isfinite(value) or digits > sys.float_info.max_10_exp:
        return value
    factor = 10.0 ** max(digits, -sys.float_info.max_10_exp)
    rounded = math.floor(abs(value) * factor + 0.5) / factor if math.isfinite(value * factor) else abs(value)
    return math.copysign(rounded, value)


def width_bucket(value: float, low: float, high: float, count: int) -> int:
    if count <= 0:
        raise invalid("bucketCount must be greater than 0")
    if math.isnan(value):
        raise invalid("operand must not be NaN")
    if not (math.isfinite(low) and math.isfinite(high)):
        raise invalid("bounds must be finite")
    if low == high:
        raise invalid("bounds cannot equal each other")
    place = (value - low) / (high - low)
    if low < high:
        return 0 if value < low else count + 1 if value >= high else int(count * place + 1)
    return 0 if value > low else count + 1 if value <= high else int(count * place + 1)


def width_bucket_of(value: float, bins: list[float]) -> int:
    if not bins:
        raise invalid("Bins cannot be an empty array")
    if math.isnan(value):
        raise invalid("Operand cannot be NaN")
    if bins != sorted(bins):
        raise invalid("Bin values are not sorted in ascending order")
    return sum(each <= value for each in bins)


def bit_count(value: int, bits: int) -> int:
    if not 2 <= bits <= 64:
        raise invalid("Bits specified in bit_count must be between 2 and 64, got " + str(bits))
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise invalid(
            f"Number must be representable with the bits specified. {value} cannot be represented with {bits} bits"
        )
    return (value & ((1 << bits) - 1)).bit_count()


def shift_left(value: int, shift: int, bits: int) -> int:
    return _signed((value << min(shift, bits)) & ((1 << bits) - 1), bits)


def shift_right(value: int, shift: int, bits: int) -> int:
    return value if shift == 0 else _signed((value & ((1 << bits) - 1)) >> shift, bits)


def shift_arithmetic(value: int, shift: int, _bits: int) -> int:
    return value >> shift


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


def cube_root(value: float) -> float:
    """As near as Java's: one step of Newton's method corrects the last bit."""
    root = math.cbrt(value)
    return root - (root**3 - value) / (3 * root**2) if root and math.isfinite(root) else root


def sql_text(shown: str) -> str:
    """What CAST(double AS varchar) gives: `1.5E0`."""
    number = Decimal(shown)
    if not number.is_finite():
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[shown]
    sign, digits, exponent = number.normalize().as_tuple()
    rest = "".join(map(str, digits[1:])) or "0"
    power = int(exponent) + len(digits) - 1 if number else 0
    return f"{'-' if sign else ''}{digits[0]}.{rest}E{power}"


def fmod(value: float, other: float) -> float:
    return math.fmod(value, other) if other and not math.isinf(value) else math.nan


def divided(one: Decimal, other: Decimal, scale: int) -> str:
    """The quotient rounded half up to so many places, as text."""
    if not other:
        raise TrinoError("DIVISION_BY_ZERO", "Division by zero")
    with localcontext() as context:
        context.prec = _MOST_DIGITS
        return f"{(one / other).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP):f}"


_MOST_DIGITS = 160  # two decimals' digits and as many again: what is rounded has not been rounded before
NATIVES = {
    "trino_cbrt": Native(cube_root, "DOUBLE"),
    "trino_double_text": Native(lambda value: sql_text(repr(value)), "VARCHAR"),
    "trino_java_text": Native(double, "VARCHAR"),
    "trino_shortest": Native(shortest, "DOUBLE", columns=True),
    "trino_divided": Native(divided, "VARCHAR"),
    "trino_fmod": Native(fmod, "DOUBLE"),
    "trino_from_base": Native(from_base, "BIGINT"),
    "trino_to_base": Native(to_base, "VARCHAR"),
    "trino_round": Native(round_double, "DOUBLE"),
    "trino_width_bucket": Native(width_bucket, "BIGINT"),
    "trino_width_bucket_of": Native(width_bucket_of, "BIGINT"),
    "trino_bit_count": Native(bit_count, "BIGINT"),
    "trino_shift_left": Native(shift_left, "BIGINT"),
    "trino_shift_right": Native(shift_right, "BIGINT"),
    "trino_shift_arithmetic": Native(shift_arithmetic, "BIGINT"),
}
