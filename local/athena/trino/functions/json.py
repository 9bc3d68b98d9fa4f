"""https://trino.io/docs/current/functions/json.html

JSON is a text whose objects have their keys in order and whose numbers read as Java writes them.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from local.athena.trino.functions.failing import TrinoError, invalid
from local.athena.trino.functions.json_casts import as_type, parsed_type, to_json
from local.athena.trino.functions.json_texts import dumped, loaded, loaded_as_written, scalar_text
from local.athena.trino.signatures import Call, Function, Native, Returns, scalar
from local.athena.trino.types import BIGINT, BOOLEAN, DOUBLE, JSON, VARCHAR, Type

_DOCUMENTS = (JSON, VARCHAR)


def _returned(call: Call) -> Type:
    return parsed_type(call.nodes[2].name.lower()) if len(call.nodes) > 2 else VARCHAR


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
    try:
        found = _at(loaded_as_written(value), path)
    except ValueError:
        return None
    return None if found is _MISSING or isinstance(found, dict | list) else scalar_text(found)


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
    return scalar_text(found[0]) if len(found) == 1 and not isinstance(found[0], dict | list) else None


def query_at(value: str, path: str) -> str | None:
    try:
        found = _reached(value, path)
    except TrinoError:
        return None
    return dumped(found[0]) if len(found) == 1 else None


def exists_at(value: str, path: str) -> bool:
    try:
        return bool(_reached(value, path))
    except TrinoError:
        return False


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
