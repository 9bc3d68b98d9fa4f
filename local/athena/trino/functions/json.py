"""https://trino.io/docs/current/functions/json.html

JSON is a text whose objects have their keys in order and whose numbers read as Java writes them.
"""

from typing import Any

from sqlglot import exp

from local.athena.errors import QueryError
from local.athena.trino.functions.failing import invalid
from local.athena.trino.functions.json_casts import as_type, parsed_type, to_json
from local.athena.trino.functions.json_paths import MISSING, at, document, reached, sql_steps
from local.athena.trino.functions.json_texts import dumped, loaded, loaded_as_written, scalar_text
from local.athena.trino.signatures import Call, Function, Native, scalar
from local.athena.trino.types import BIGINT, BOOLEAN, DOUBLE, JSON, VARCHAR, Type

_DOCUMENTS = (JSON, VARCHAR)


def _returned(call: Call) -> Type:
    return parsed_type(call.nodes[2].name.lower()) if len(call.nodes) > 2 else VARCHAR


def _followed(call: Call) -> str:
    """The call of a function whose path is one of SQL/JSON; raises `QueryError` for one that is not followed here."""
    node = call.nodes[1]
    if not isinstance(node, exp.Literal):
        raise QueryError("SYNTAX_ERROR", f"{call.place}: The JSON path of {call.name} must be written as a text")
    try:
        sql_steps(node.name)
    except ValueError:
        message = f"{call.place}: JSON path '{node.name}' is not supported here: it has names, places, [*] and .* only"
        raise QueryError("NOT_SUPPORTED", message) from None
    return f"trino_{call.name}({call.arguments[0].sql}, {call.arguments[1].sql})"


def _value(call: Call) -> str:
    sql = _followed(call)
    return sql if call.returns == VARCHAR else f"TRY_CAST({sql} AS {call.returns.engine})"


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
    scalar("json_exists", [VARCHAR, VARCHAR], BOOLEAN, _followed),
    scalar("json_format", [JSON], VARCHAR, "{0}"),
    scalar("json_parse", [VARCHAR], JSON, "trino_json_parse({0})"),
    scalar("json_query", [VARCHAR, VARCHAR], VARCHAR, _followed),
    scalar("json_value", [VARCHAR, VARCHAR], VARCHAR, _value),
    scalar("json_value", [VARCHAR, VARCHAR, VARCHAR], _returned, _value),
)


def parse(value: str) -> str:
    try:
        return dumped(loaded(value))
    except ValueError:
        raise invalid(f"Cannot convert value to JSON: '{value}'") from None


def extract(value: str, path: str) -> str | None:
    found = at(document(value), path)
    return None if found is MISSING else dumped(found)


def extract_scalar(value: str, path: str) -> str | None:
    found = at(document(value, loaded_as_written), path)
    return None if found is MISSING or isinstance(found, dict | list) else scalar_text(found)


def size(value: str, path: str) -> int | None:
    found = at(document(value), path)
    return None if found is MISSING else len(found) if isinstance(found, dict | list) else 0


def array_length(value: str) -> int | None:
    found = document(value)
    return len(found) if isinstance(found, list) else None


def array_get(value: str, index: int) -> str | None:
    found = document(value)
    if not isinstance(found, list) or not -len(found) <= index < len(found):
        return None
    return None if found[index] is None else dumped(found[index])


def array_contains(value: str, element: Any) -> bool | None:
    found = document(value)
    if not isinstance(found, list):
        return None
    return any(type(each) is type(element) and each == element for each in found)


def is_scalar(value: str) -> bool:
    try:
        return not isinstance(loaded(value), dict | list)
    except ValueError:
        raise invalid(f"Invalid JSON value: {value}") from None


def value_at(value: str, path: str) -> str | None:
    found = _reached(value, path)
    return scalar_text(found[0]) if len(found) == 1 and not isinstance(found[0], dict | list) else None


def query_at(value: str, path: str) -> str | None:
    found = _reached(value, path)
    return dumped(found[0]) if len(found) == 1 else None


def exists_at(value: str, path: str) -> bool:
    return bool(_reached(value, path))


def _reached(value: str, path: str) -> list[Any]:
    """Nothing where the path fails: NULL ON ERROR and FALSE ON ERROR."""
    try:
        return reached(document(value), path)
    except LookupError:
        return []


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
