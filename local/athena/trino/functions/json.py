"""https://trino.io/docs/current/functions/json.html

JSON is a text whose objects have their keys in order and whose numbers read as Java writes them.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from sqlglot import exp

from local.athena.trino.functions.failing import TrinoError, invalid
from local.athena.trino.signatures import Call, Function, Native, Returns, scalar
from local.athena.trino.texts import text
from local.athena.trino.types import BIGINT, BOOLEAN, DOUBLE, JSON, VARCHAR, Type, type_of

_DOCUMENTS = (JSON, VARCHAR)


def _returned(call: Call) -> Type:
    return _parsed_type(call.nodes[2].name.lower()) if len(call.nodes) > 2 else VARCHAR


def _value(call: Call) -> str:
    told = f"trino_json_value({call.arguments[0].sql}, {call.arguments[1].sql})"
    return told if call.returns == VARCHAR else f"TRY_CAST({told} AS {call.returns.engine})"


_VALUE: Returns = _returned
FUNCTIONS: tuple[Function, ...] = (
    scalar("is_json_scalar", [JSON], BOOLEAN, "trino_is_json_scalar({0})"),
    scalar("is_json_scalar", [VARCHAR], BOOLEAN, "trino_is_json_scalar({0})"),
    *(
        function
        for kind in _DOCUMENTS
        for function in (
            scalar("json_array_contains", [kind, BOOLEAN], BOOLEAN, "trino_json_array_contains({0}, {1})"),
            scalar("json_array_contains", [kind, BIGINT], BOOLEAN, "trino_json_array_contains({0}, {1})"),
            scalar("json_array_contains", [kind, DOUBLE], BOOLEAN, "trino_json_array_contains({0}, {1})"),
            scalar("json_array_contains", [kind, VARCHAR], BOOLEAN, "trino_json_array_contains({0}, {1})"),
            scalar("json_array_get", [kind, BIGINT], JSON, "trino_json_array_get({0}, {1})"),
            scalar("json_array_length", [kind], BIGINT, "trino_json_array_length({0})"),
            scalar("json_extract", [kind, VARCHAR], JSON, "trino_json_extract({0}, {1})"),
            scalar("json_extract_scalar", [kind, VARCHAR], VARCHAR, "trino_json_extract_scalar({0}, {1})"),
            scalar("json_size", [kind, VARCHAR], BIGINT, "trino_json_size({0}, {1})"),
        )
    ),
    scalar("json_exists", [VARCHAR, VARCHAR], BOOLEAN, "trino_json_exists({0}, {1})"),
    scalar("json_format", [JSON], VARCHAR, "{0}"),
    scalar("json_parse", [VARCHAR], JSON, "trino_json_parse({0})"),
    scalar("json_query", [VARCHAR, VARCHAR], VARCHAR, "trino_json_query({0}, {1})"),
    scalar("json_value", [VARCHAR, VARCHAR], VARCHAR, _value),
    scalar("json_value", [VARCHAR, VARCHAR, VARCHAR], _VALUE, _value),
)


def loaded(value: str) -> Any:
    """The document; raises `ValueError`."""
    return msgspec.json.decode(value)


def dumped(value: Any) -> str:
    """The document as Trino writes it."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{dumped(str(name))}:{dumped(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dumped, value)) + "]"
    if isinstance(value, float):
        return str(text(value)) if value == value and abs(value) != float("inf") else f'"{text(value)}"'
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(value, ensure_ascii=False)


def parse(value: str) -> str:
    try:
        return dumped(loaded(value))
    except ValueError:
        raise invalid(f"Cannot convert value to JSON: '{value}'") from None


def _or_none(value: str) -> Any:
    try:
        return loaded(value)
    except ValueError:
        return None


_STEP = re.compile(
    r"\.(?P<name>[^.\[\]\"']+)|\.\"(?P<spelled>(?:[^\"\\]|\\.)*)\"|\[(?P<index>-?\d+)\]|"
    r"\[\"(?P<double>(?:[^\"\\]|\\.)*)\"\]|\['(?P<single>(?:[^'\\]|\\.)*)'\]|(?P<all>\[\*\]|\.\*)"
)
_MODE = re.compile(r"\s*(lax|strict)\s+", re.IGNORECASE)
Step = str | int | None


@lru_cache(maxsize=1000)
def steps(path: str) -> tuple[Step, ...]:
    """Names and places of a JSON path, None for `[*]`; raises `TrinoError` for another text."""
    found: list[Step] = []
    place = 1
    while path.startswith("$") and place < len(path):
        step = _STEP.match(path, place)
        if step is None:
            break
        name = next((step[each] for each in ("name", "spelled", "double", "single") if step[each] is not None), None)
        found.append(None if step["all"] else int(step["index"]) if name is None else re.sub(r"\\(.)", r"\1", name))
        place = step.end()
    if not path.startswith("$") or place < len(path):
        raise invalid(f"Invalid JSON path: '{path}'")
    return tuple(found)


_MISSING = object()


def _at(document: Any, path: str) -> Any:
    """What stands at the path; `_MISSING` for nothing."""
    for step in steps(path):
        if step is None:
            raise invalid(f"Invalid JSON path: '{path}'")
        if isinstance(document, dict) and not isinstance(step, int):
            document = document.get(step, _MISSING)
        elif isinstance(document, list) and str(step).isdigit() and int(step) < len(document):
            document = document[int(step)]
        else:
            return _MISSING
    return document


def extract(value: str, path: str) -> str | None:
    steps(path)
    found = _at(_or_none(value), path)
    return None if found is _MISSING or (found is None and _or_none(value) is None) else dumped(found)


def extract_scalar(value: str, path: str) -> str | None:
    steps(path)
    found = _at(_or_none(value), path)
    return None if found is _MISSING or isinstance(found, dict | list) else _scalar(found)


def _scalar(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else dumped(value)


def size(value: str, path: str) -> int | None:
    found = _at(_or_none(value), path)
    return None if found is _MISSING else len(found) if isinstance(found, dict | list) else 0


def array_length(value: str) -> int | None:
    found = _or_none(value)
    return len(found) if isinstance(found, list) else None


def array_get(value: str, index: int) -> str | None:
    found = _or_none(value)
    if not isinstance(found, list) or not -len(found) <= index < len(found):
        return None
    return None if found[index] is None else dumped(found[index])


def array_contains(value: str, element: Any) -> bool | None:
    found = _or_none(value)
    if not isinstance(found, list):
        return None
    return any(type(each) is type(element) and each == element for each in found)


def is_scalar(value: str) -> bool:
    try:
        return not isinstance(loaded(value), dict | list)
    except ValueError:
        raise invalid(f"Invalid JSON value: {value}") from None


def _reached(value: str, path: str) -> list[Any]:
    """What an SQL/JSON path reaches: `lax`, the default, looks into arrays and past what is missing."""
    mode = _MODE.match(path)
    lax = mode is None or mode[1].lower() == "lax"
    found = [_or_none(value)] if _is_document(value) else []
    for step in steps(path[mode.end() :] if mode else path):
        found = list(_stepped(found, step, lax, path))
    return found


def _is_document(value: str) -> bool:
    try:
        loaded(value)
    except ValueError:
        return False
    return True


def _stepped(found: list[Any], step: Step, lax: bool, path: str) -> Iterator[Any]:
    for document in found:
        if step is None or isinstance(step, int):
            elements = document if isinstance(document, list) else [document] if lax else []
            yield from elements if step is None else elements[step : step + 1]
            continue
        for each in document if lax and isinstance(document, list) else [document]:
            if isinstance(each, dict) and step in each:
                yield each[step]
            elif not lax:
                raise TrinoError("PATH_EVALUATION_ERROR", f"path evaluation failed: {path}")


def value_at(value: str, path: str) -> str | None:
    try:
        found = _reached(value, path)
    except TrinoError:
        return None
    return _scalar(found[0]) if len(found) == 1 and not isinstance(found[0], dict | list) else None


def query_at(value: str, path: str) -> str | None:
    try:
        found = _reached(value, path)
    except TrinoError:
        return None
    return dumped(found[0]) if len(found) == 1 and isinstance(found[0], dict | list) else None


def exists_at(value: str, path: str) -> bool:
    try:
        return bool(_reached(value, path))
    except TrinoError:
        return False


@lru_cache(maxsize=1000)
def _parsed_type(shown: str) -> Type:
    return type_of(exp.DataType.build(shown, dialect="trino"))


def to_json(value: Any, kind: str) -> str | None:
    return None if value is None else _told(value, _parsed_type(kind))


def _told(value: Any, kind: Type) -> str:
    if value is None:
        return "null"
    if kind.name == "json":
        return str(value)
    if isinstance(value, datetime):
        fraction = f".{value.microsecond:06d}"[: kind.precision + 1] if kind.precision else ""
        return dumped(f"{value:%Y-%m-%d %H:%M:%S}{fraction}")
    if kind.name == "array":
        return "[" + ",".join(_told(each, kind.inner[0]) for each in value) + "]"
    if kind.name == "map":
        members = sorted((_key(name, kind.inner[0]), _told(each, kind.inner[1])) for name, each in value.items())
    elif kind.name == "row":
        pairs = zip(kind.fields, value.values(), kind.inner, strict=True)
        members = [(name or "", _told(each, inner)) for name, each, inner in pairs]
    else:
        return dumped(text(value) if isinstance(value, date) else value)
    return "{" + ",".join(f"{dumped(name)}:{told}" for name, told in members) + "}"


def _key(value: Any, kind: Type) -> str:
    return str(text(value)) if kind.name != "json" else str(value)


def as_type(value: str, kind: str, strict: bool) -> str | None:
    """The document as one that the engine casts to `kind`; a scalar as its text."""
    wanted = _parsed_type(kind)
    try:
        document = _fitted(loaded(value), wanted)
    except (ValueError, ArithmeticError, KeyError, TypeError):
        if strict:
            raise TrinoError("INVALID_CAST_ARGUMENT", f"Cannot cast to {kind}. {value}") from None
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
    return _number(document, wanted) if wanted.is_number or wanted.name == "boolean" else _scalar(document)


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


def _number(document: Any, wanted: Type) -> Any:
    if wanted.name == "boolean":
        if isinstance(document, str):
            return {"true": True, "false": False}[document.lower()]
        return bool(document)
    if wanted.is_integer:
        return int(Decimal(str(int(document) if isinstance(document, bool) else document)).quantize(Decimal(1)))
    if wanted.name == "decimal":
        return str(Decimal(str(document)))
    return float(document)


NATIVES = {
    "trino_is_json_scalar": Native(is_scalar, "BOOLEAN"),
    "trino_json_array_contains": Native(array_contains, "BOOLEAN"),
    "trino_json_array_get": Native(array_get, "VARCHAR"),
    "trino_json_array_length": Native(array_length, "BIGINT"),
    "trino_json_exists": Native(exists_at, "BOOLEAN"),
    "trino_json_extract": Native(extract, "VARCHAR"),
    "trino_json_extract_scalar": Native(extract_scalar, "VARCHAR"),
    "trino_json_parse": Native(parse, "VARCHAR"),
    "trino_json_query": Native(query_at, "VARCHAR"),
    "trino_json_size": Native(size, "BIGINT"),
    "trino_json_value": Native(value_at, "VARCHAR"),
    "trino_json_as": Native(as_type, "VARCHAR"),
    "trino_to_json": Native(to_json, "VARCHAR", nulls=True),
}
