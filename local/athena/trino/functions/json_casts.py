"""CAST to JSON and from it.

https://trino.io/docs/current/functions/json.html#cast-to-json
"""

import json
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache
from typing import Any

from sqlglot import exp

from local.athena.trino.functions.failing import TrinoError
from local.athena.trino.functions.json_texts import dumped, loaded, scalar_text
from local.athena.trino.functions.numbers import sql_text
from local.athena.trino.texts import real, text
from local.athena.trino.type_names import type_of
from local.athena.trino.types import MAX_PRECISION, Type


@lru_cache(maxsize=1000)
def parsed_type(shown: str) -> Type:
    return type_of(exp.DataType.build(shown, dialect="trino"))


def to_json(value: Any, kind: str) -> str | None:
    return None if value is None else _told(value, parsed_type(kind))


def _told(value: Any, kind: Type) -> str:
    if value is None:
        return "null"
    if kind.name == "json":
        return str(value)
    if isinstance(value, datetime):
        fraction = f".{value.microsecond:06d}"[: kind.precision + 1] if kind.precision else ""
        return dumped(f"{value:%Y-%m-%d %H:%M:%S}{fraction}")
    if kind.name == "real":
        return dumped(real(value))
    if kind.name == "array":
        return "[" + ",".join(_told(each, kind.inner[0]) for each in value) + "]"
    if kind.name == "map":
        members = sorted((_key(name, kind.inner[0]), _told(each, kind.inner[1])) for name, each in value.items())
    elif kind.name == "row":
        pairs = zip(kind.fields, value.values(), kind.inner, strict=True)
        members = [(name or "", _told(each, inner)) for name, each, inner in pairs]
    else:
        return dumped(text(value) if isinstance(value, date) else value)
    return "{" + ",".join(f"{dumped(name)}:{value}" for name, value in members) + "}"


def _key(value: Any, kind: Type) -> str:
    return str(text(value)) if kind.name != "json" else str(value)


def as_type(value: str, kind: str, strict: bool) -> str | None:
    """The document as one that the engine casts to `kind`; a scalar as its text."""
    wanted = parsed_type(kind)
    try:
        document = _fitted(loaded(value), wanted)
    except (ValueError, ArithmeticError, KeyError, TypeError):
        if strict:
            message = f"Cannot cast to {kind}. {value}" if wanted.inner else f"Cannot cast '{value}' to {kind}"
            raise TrinoError("INVALID_CAST_ARGUMENT", message) from None
        return None
    if wanted.inner:
        return None if document is None else json.dumps(document)
    return document if document is None or isinstance(document, str) else str(text(document))


def _fitted(document: Any, wanted: Type) -> Any:
    if document is None or wanted.name == "json":
        return None if document is None else dumped(document)
    if wanted.name == "array":
        return [_fitted(each, wanted.inner[0]) for each in _of(document, list)]
    if wanted.name == "map":
        return {name: _fitted(each, wanted.inner[1]) for name, each in _of(document, dict).items()}
    if wanted.name == "row":
        return _row(document, wanted)
    if isinstance(document, list | dict):
        raise ValueError("not a scalar")
    if wanted.name == "varchar" and isinstance(document, float):
        return sql_text(repr(document))
    return _number(document, wanted) if wanted.is_number or wanted.name == "boolean" else scalar_text(document)


def _of(document: Any, kind: type) -> Any:
    if not isinstance(document, kind):
        raise ValueError("another kind of document")
    return document


def _row(document: Any, wanted: Type) -> dict[str, Any]:
    if isinstance(document, list):
        if len(document) != len(wanted.inner):
            raise ValueError("another number of fields")
        values = document
    else:
        lowered = {name.lower(): each for name, each in _of(document, dict).items()}
        values = [lowered.get((name or "").lower()) for name in wanted.fields]
    return {name: _fitted(each, inner) for name, each, inner in zip(wanted.members, values, wanted.inner, strict=True)}


_BOOLEANS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
_BITS = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64}


def _integer(document: Any, limit: int) -> int:
    """A fraction is rounded half up, one in a text is none; raises `ValueError`, also from `limit` on."""
    if isinstance(document, float):
        document = Decimal(repr(document)).quantize(Decimal(1), ROUND_HALF_UP)
    number = int(document)
    if not -limit <= number < limit:
        raise ValueError("out of range")
    return number


def _decimal(number: Decimal, wanted: Type) -> Decimal:
    with localcontext() as context:
        context.prec = MAX_PRECISION  # more digits raise ArithmeticError
        rounded = number.quantize(Decimal(1).scaleb(-wanted.scale), ROUND_HALF_UP)
    if len(rounded.as_tuple().digits) > wanted.precision:
        raise ValueError("out of range")
    return rounded


def _number(document: Any, wanted: Type) -> Any:
    if wanted.name == "boolean":
        return _BOOLEANS[document.lower()] if isinstance(document, str) else bool(document)
    if wanted.is_integer:
        return _integer(document, 1 << (_BITS[wanted.name] - 1))
    document = int(document) if isinstance(document, bool) else document
    if wanted.name == "decimal":
        return str(_decimal(Decimal(str(document)), wanted))
    return float(document)
