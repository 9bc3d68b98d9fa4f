"""The two path languages of JSON: that of `json_extract` and its kin, and SQL/JSON's.

https://trino.io/docs/current/functions/json.html
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from local.athena.trino.functions.failing import invalid
from local.athena.trino.functions.json_texts import loaded

MISSING = object()
"""What is at a path that leads nowhere, and in a text that is not a document."""

_STEP = re.compile(r"\.(?P<name>[\w:]+)|\[(?P<place>\w+)\]|\[\"(?P<quoted>(?:[^\"\\]|\\[\"\\])*)\"\]")
_SQL_STEP = re.compile(
    r"\s*(?:\.\s*(?:(?P<name>[A-Za-z_]\w*)|\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<members>\*))(?!\s*\()"
    r"|\[\s*(?:(?P<place>\d+)|(?P<elements>\*))\s*\])",
    re.ASCII,
)
_SQL_START = re.compile(r"\s*(?:(lax|strict)\s+)?\$", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)")


def document(value: str, read: Callable[[str], Any] = loaded) -> Any:
    """The document in the text, `MISSING` if it is not JSON."""
    try:
        return read(value)
    except ValueError:
        return MISSING


@lru_cache(maxsize=1000)
def _steps(path: str) -> tuple[str, ...]:
    """Names of a path such as `$.a[0]["b c"]`, places among them; raises `TrinoError` for another text."""
    found = []
    place = 1
    while path.startswith("$") and (step := _STEP.match(path, place)):
        found.append(step["name"] or step["place"] or _ESCAPED.sub(r"\1", step["quoted"]))
        place = step.end()
    if not path.startswith("$") or place < len(path):
        raise invalid(f"Invalid JSON path: '{path}'")
    return tuple(found)


def at(whole: Any, path: str) -> Any:
    """What is at the path; a number is the place in an array or the name in an object."""
    for step in _steps(path):
        if isinstance(whole, dict):
            whole = whole.get(step, MISSING)
        elif isinstance(whole, list) and step.isdecimal() and int(step) < len(whole):
            whole = whole[int(step)]
        else:
            return MISSING
    return whole


SqlStep = tuple[str, str]
"""`name`, `place`, `members` for `.*` or `elements` for `[*]`, and the name or place."""


@lru_cache(maxsize=1000)
def sql_steps(path: str) -> tuple[bool, tuple[SqlStep, ...]]:
    """Whether a path of SQL/JSON is lax, as one without a mode is, and its steps.

    Raises `ValueError` for a path that is not followed here: filters, methods, ranges and arithmetic are not.
    """
    start = _SQL_START.match(path)
    place = start.end() if start else 0
    found = []
    while start and (step := _SQL_STEP.match(path, place)):
        kind = str(step.lastgroup)
        found.append(("name" if kind == "quoted" else kind, _ESCAPED.sub(r"\1", step[kind])))
        place = step.end()
    if not start or path[place:].strip():
        raise ValueError(path)
    return start[1] is None or start[1].lower() == "lax", tuple(found)


def reached(whole: Any, path: str) -> list[Any]:
    """What a path of SQL/JSON leads to; raises `LookupError` where a strict one leads nowhere.

    `lax` looks into arrays, takes a single value for an array of one, and passes over what is missing.
    """
    lax, steps = sql_steps(path)
    found = [] if whole is MISSING else [whole]
    for kind, name in steps:
        follow = _elements if kind in ("place", "elements") else _members
        found = [each for value in found for each in follow(value, kind, name, lax)]
    return found


def _elements(value: Any, kind: str, place: str, lax: bool) -> Sequence[Any]:
    if not isinstance(value, list) and not lax:
        raise LookupError(place)
    elements = value if isinstance(value, list) else [value]
    if kind == "elements":
        return elements
    if int(place) >= len(elements) and not lax:
        raise LookupError(place)
    return elements[int(place) : int(place) + 1]


def _members(value: Any, kind: str, name: str, lax: bool) -> Iterator[Any]:
    for each in value if lax and isinstance(value, list) else [value]:
        if isinstance(each, dict) and kind == "members":
            yield from each.values()
        elif isinstance(each, dict) and name in each:
            yield each[name]
        elif not lax:
            raise LookupError(name)
