"""https://trino.io/docs/current/functions/map.html"""

import re

from local.athena.trino.operations.equality import alike
from local.athena.trino.signatures import Call, Function, function_type, letter, scalar
from local.athena.trino.types import BOOLEAN, UNKNOWN, Type, array, mapping, row

K, V, V2, L = letter("K"), letter("V"), letter("W"), letter("L")
_MAP = mapping(K, V)


def _new(call: Call) -> str:
    return f"new_map({alike(call.arguments[0]).sql}, {call.arguments[1].sql})"


def _keys(call: Call) -> str:
    return f"new_map({_called(call)}, map_values({call.arguments[0].sql}))"


def _values(call: Call) -> str:
    return f"map(map_keys({call.arguments[0].sql}), {_called(call)})"


def _called(call: Call) -> str:
    """The lambda of a key and a value on each entry."""
    values, step = call.arguments[0].sql, call.arguments[1].sql
    names, _, body = step.removeprefix("lambda ").partition(": ")
    return f"list_transform(map_entries({values}), lambda e: {_entry(body, *names.split(', '))})"


def _entry(body: str, key: str, value: str) -> str:
    return re.sub(rf"\b({key}|{value})\b", lambda found: "(e).key" if found[1] == key else "(e).value", body)


def _filtered(call: Call) -> str:
    values, step = call.arguments[0].sql, call.arguments[1].sql
    names, _, body = step.removeprefix("lambda ").partition(": ")
    return f"map_from_entries(list_filter(map_entries({values}), lambda e: {_entry(body, *names.split(', '))}))"


def _zipped(call: Call) -> str:
    one, other, step = (value.sql for value in call.arguments)
    names, _, body = step.removeprefix("lambda ").partition(": ")
    key, first, second = names.split(", ")
    bound = {key: "k", first: f"({one})[k]", second: f"({other})[k]"}
    inner = re.sub(rf"\b({key}|{first}|{second})\b", lambda found: bound[found[1]], body)
    keys = f"distinct_elements(arrays_joined(map_keys({one}), map_keys({other})))"
    return f"map({keys}, list_transform({keys}, lambda k: {inner}))"


def _merged(call: Call) -> str:
    sql = call.arguments[0].sql
    for value in call.arguments[1:]:
        sql = f"map_merged({sql}, {value.sql})"
    return sql


FUNCTIONS: tuple[Function, ...] = (
    scalar("map", [], mapping(UNKNOWN, UNKNOWN), "map([], [])"),
    scalar(
        "map",
        [array(K), array(V)],
        _MAP,
        lambda call: f"new_map({alike(call.arguments[0]).sql}, {call.arguments[1].sql})",
    ),
    scalar("map_concat", [_MAP, _MAP], _MAP, _merged, repeats=True),
    scalar("map_entries", [_MAP], array(row(K, V)), lambda call: _entries(call)),
    scalar("map_filter", [_MAP, function_type(K, V, BOOLEAN)], _MAP, _filtered),
    scalar(
        "map_from_entries",
        [array(Type("row", inner=(K, V), fields=(None, None)))],
        _MAP,
        lambda call: _from_entries(call),
    ),
    scalar("map_keys", [_MAP], array(K), "map_keys({0})"),
    scalar("map_values", [_MAP], array(V), "map_values({0})"),
    scalar("map_zip_with", [_MAP, mapping(K, V2), function_type(K, V, V2, L)], mapping(K, L), _zipped),
    scalar(
        "multimap_from_entries",
        [array(Type("row", inner=(K, V), fields=(None, None)))],
        mapping(K, array(V)),
        lambda call: _multimap(call),
    ),
    scalar("transform_keys", [_MAP, function_type(K, V, L)], mapping(L, V), _keys),
    scalar("transform_values", [_MAP, function_type(K, V, L)], mapping(K, L), _values),
)


def _entries(call: Call) -> str:
    entry = "struct_pack(field0 := (e).key, field1 := (e).value)"
    return f"list_transform(map_entries({call.arguments[0].sql}), lambda e: {entry})"


def _members(call: Call) -> tuple[str, str, str]:
    one, other = call.arguments[0].type.inner[0].members
    return call.arguments[0].sql, one, other


def _from_entries(call: Call) -> str:
    values, one, other = _members(call)
    key, held = (f'list_transform({values}, lambda e: (e)."{name}")' for name in (one, other))
    return f"new_map({key}, {held})"


def _multimap(call: Call) -> str:
    values, one, other = _members(call)
    keys = f'distinct_elements(list_transform({values}, lambda e: (e)."{one}"))'
    held = f'list_transform(list_filter({values}, lambda e: (e)."{one}" = k), lambda e: (e)."{other}")'
    return f"map({keys}, list_transform({keys}, lambda k: {held}))"
