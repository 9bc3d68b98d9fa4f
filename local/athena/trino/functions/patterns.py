"""https://trino.io/docs/current/functions/regexp.html

Patterns are Java's. They are read by the `regex` package, which knows what Java's has beyond Python's own.
"""

import re as python_re
from functools import lru_cache

import regex

from local.athena.trino.functions.failing import check_length, invalid
from local.athena.trino.signatures import Function, Native, function_type, scalar
from local.athena.trino.types import BIGINT, BOOLEAN, INTEGER, VARCHAR, array

_LISTS = array(VARCHAR)
FUNCTIONS: tuple[Function, ...] = (
    scalar("regexp_like", [VARCHAR, VARCHAR], BOOLEAN, "trino_regexp_like({0}, {1})"),
    scalar("regexp_extract", [VARCHAR, VARCHAR], VARCHAR, "trino_regexp_extract({0}, {1}, 0)"),
    scalar("regexp_extract", [VARCHAR, VARCHAR, BIGINT], VARCHAR, "trino_regexp_extract({0}, {1}, {2})"),
    scalar("regexp_extract_all", [VARCHAR, VARCHAR], _LISTS, "trino_regexp_extract_all({0}, {1}, 0)"),
    scalar("regexp_extract_all", [VARCHAR, VARCHAR, BIGINT], _LISTS, "trino_regexp_extract_all({0}, {1}, {2})"),
    scalar("regexp_count", [VARCHAR, VARCHAR], BIGINT, "trino_regexp_count({0}, {1})"),
    scalar("regexp_position", [VARCHAR, VARCHAR], INTEGER, "trino_regexp_position({0}, {1}, 1, 1)"),
    scalar("regexp_position", [VARCHAR, VARCHAR, BIGINT], INTEGER, "trino_regexp_position({0}, {1}, {2}, 1)"),
    scalar("regexp_position", [VARCHAR, VARCHAR, BIGINT, BIGINT], INTEGER, "trino_regexp_position({0}, {1}, {2}, {3})"),
    scalar("regexp_replace", [VARCHAR, VARCHAR], VARCHAR, "trino_regexp_replace({0}, {1}, '')"),
    scalar("regexp_replace", [VARCHAR, VARCHAR, VARCHAR], VARCHAR, "trino_regexp_replace({0}, {1}, {2})"),
    scalar(
        "regexp_replace",
        [VARCHAR, VARCHAR, function_type(_LISTS, VARCHAR)],
        VARCHAR,
        "array_to_string(list_zipped(trino_regexp_between({0}, {1}), "
        "list_transform(trino_regexp_groups({0}, {1}), {2})), '')",
    ),
    scalar("regexp_split", [VARCHAR, VARCHAR], _LISTS, "trino_regexp_split({0}, {1})"),
)
_TRANSLATED = python_re.compile(r"\\(?:Z|z|h|[Pp]\{(?:java|Is|In)?\w+\}|.)|\(\?<(?=[A-Za-z])", python_re.DOTALL)
_PLACE = python_re.compile(r"\\(.)|\$(?:(\d+)|\{(\w+)\}|(.?))", python_re.DOTALL)
_ESCAPES = {
    "\\Z": r"(?=\n?\Z)", "\\z": r"\Z", "\\h": r"[ \t\xA0]", "(?<": "(?P<",
    "\\d": "[0-9]", "\\D": "[^0-9]", "\\w": "[a-zA-Z0-9_]", "\\W": "[^a-zA-Z0-9_]",
    "\\s": r"[ \t\n\x0B\f\r]", "\\S": r"[^ \t\n\x0B\f\r]",
}  # fmt: skip


@lru_cache(maxsize=1000)
def compiled(pattern: str) -> "regex.Pattern[str]":
    """Java's pattern; raises `TrinoError` for another text. \\d, \\w and \\s mean ASCII, all else Unicode."""
    translated = _TRANSLATED.sub(lambda found: _ESCAPES.get(found[0], found[0]), pattern)
    try:
        return regex.compile(f"(?-f){translated}", regex.VERSION1)  # f: with (?i), ß would match ss
    except regex.error:
        raise invalid(f"Invalid regular expression: {pattern}") from None


def like(value: str, pattern: str) -> bool:
    return compiled(pattern).search(value) is not None


def extract(value: str, pattern: str, group: int) -> str | None:
    found = _grouped(pattern, group).search(value)
    return found[group] if found else None


def extract_all(value: str, pattern: str, group: int) -> list[str | None]:
    return [found[group] for found in _grouped(pattern, group).finditer(value)]


def _grouped(pattern: str, group: int) -> "regex.Pattern[str]":
    expression = compiled(pattern)
    if group < 0:
        raise invalid("Group cannot be negative")
    if group > expression.groups:
        raise invalid(f"Pattern has {expression.groups} groups. Cannot access group {group}")
    return expression


def count(value: str, pattern: str) -> int:
    return sum(1 for _ in compiled(pattern).finditer(value))


def position(value: str, pattern: str, start: int, occurrence: int) -> int:
    if start < 1:
        raise invalid("start position cannot be smaller than 1")
    if occurrence < 1:
        raise invalid("occurrence cannot be smaller than 1")
    places = (
        [found.start() + 1 for found in compiled(pattern).finditer(value, start - 1)] if start <= len(value) else []
    )
    return places[occurrence - 1] if occurrence <= len(places) else -1


def replace(value: str, pattern: str, replacement: str) -> str:
    expression = compiled(pattern)
    length = 0

    def filled(found: "regex.Match[str]") -> str:
        nonlocal length
        made = _PLACE.sub(lambda place: _filled(place, found, expression), replacement)
        length += len(made)
        check_length(length)
        return made

    return str(expression.sub(filled, value))


def _filled(place: "python_re.Match[str]", found: "regex.Match[str]", expression: "regex.Pattern[str]") -> str:
    """A group of the match for `$1` and `${name}`; `\\$` is the sign itself."""
    escaped, number, name, _ = place.groups()
    if escaped is not None:
        return escaped
    if name is not None:
        if name not in expression.groupindex:
            raise invalid(f"Illegal replacement sequence: unknown group {{{name}}}")
        return found[name] or ""
    if number is None:
        raise invalid("Illegal replacement sequence: $ needs a group")
    digits = len(number)
    while digits > 1 and int(number[:digits]) > expression.groups:
        digits -= 1
    if int(number[:digits]) > expression.groups:
        raise invalid(f"Illegal replacement sequence: unknown group {number}")
    return (found[int(number[:digits])] or "") + number[digits:]


def split(value: str, pattern: str) -> list[str]:
    parts, start = [], 0
    for found in compiled(pattern).finditer(value):
        parts.append(value[start : found.start()])
        start = found.end()
    return [*parts, value[start:]]


def groups(value: str, pattern: str) -> list[list[str | None]]:
    return [list(found.groups()) for found in compiled(pattern).finditer(value)]


NATIVES = {
    "trino_regexp_like": Native(like, "BOOLEAN"),
    "trino_regexp_extract": Native(extract, "VARCHAR"),
    "trino_regexp_extract_all": Native(extract_all, "VARCHAR[]"),
    "trino_regexp_count": Native(count, "BIGINT"),
    "trino_regexp_position": Native(position, "INTEGER"),
    "trino_regexp_replace": Native(replace, "VARCHAR"),
    "trino_regexp_split": Native(split, "VARCHAR[]"),
    "trino_regexp_between": Native(split, "VARCHAR[]"),
    "trino_regexp_groups": Native(groups, "VARCHAR[][]"),
}
