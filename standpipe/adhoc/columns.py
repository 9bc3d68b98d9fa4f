"""The columns of an ad-hoc table under names that a contract may have."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from schemas.contract import DELETED, LINEAGE, UNPARTITIONED, ColumnType, Unit
from schemas.paths import is_path

_TYPES: Final[dict[str, ColumnType]] = {
    "tinyint": "int", "smallint": "int", "int": "int", "bigint": "bigint", "float": "double", "double": "double",
    "boolean": "boolean", "date": "date", "timestamp": "timestamp", "string": "string",
}  # fmt: skip
_STRUCT: Final = "struct<"
_NESTED: Final = (_STRUCT, "array<", "map<", "binary")
_TAKEN: Final = {UNPARTITIONED, *(column.name for column in (*LINEAGE, DELETED)), *get_args(Unit)}
"""Names that a contract's columns may not have: they are added to every dataset, or name its partition."""
_NAME_CHARS: Final = 63


@dataclass(frozen=True)
class Found:
    """A column of the ad-hoc table, or a field of an object in one.

    `original` is its name or path in the files, `sql` what queries call it, `type` None if a contract cannot hold it.
    """

    name: str
    original: str
    hive: str
    type: ColumnType | None
    sql: str


def named(columns: Sequence[tuple[str, str]], is_json: bool) -> tuple[Found, ...]:
    """Columns by name and Hive type under names that a contract may have.

    `Trade ID` becomes `trade_id`, a second one `trade_id_2`. The fields of objects in JSON are columns themselves.
    """
    found: list[Found] = []
    for path, hive in _flat(columns) if is_json else (((name,), hive) for name, hive in columns):
        original = ".".join(path)
        plain = re.sub(r"[^a-z0-9]+", "_", _without_accents(original)).strip("_") or "column"
        if not plain[0].isalpha() or plain in _TAKEN:
            plain = f"column_{plain}"
        plain, name, number = plain[: _NAME_CHARS - 4], plain[:_NAME_CHARS], 2
        while name in {column.name for column in found}:
            name, number = f"{plain}_{number}", number + 1
        found.append(Found(name, original, hive, _type(hive), ".".join(map(quoted, path))))
    return tuple(found)


def quoted(name: str) -> str:
    """An identifier of Athena's SQL."""
    return '"' + name.replace('"', '""') + '"'


def _flat(columns: Sequence[tuple[str, str]]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each column, or the fields of the objects in it where their paths can name them."""
    for name, hive in columns:
        inner = [((name, *path), kind) for path, kind in _flat(_fields(hive))]
        if inner and all(is_path(".".join(path)) and not any("." in each for each in path) for path, _ in inner):
            yield from inner
        else:
            yield (name,), hive


def _fields(hive: str) -> list[tuple[str, str]]:
    """The fields of a struct by name, with their types; none of any other type."""
    if not hive.startswith(_STRUCT):
        return []
    fields, depth = [""], 0
    for char in hive.removeprefix(_STRUCT)[:-1]:
        depth += (char in "<(") - (char in ">)")
        if char == "," and not depth:
            fields.append("")
        else:
            fields[-1] += char
    return [(name, kind) for name, _, kind in (field.partition(":") for field in fields) if kind]


def _without_accents(text: str) -> str:
    """`Libellé` as `libelle`."""
    return "".join(each for each in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(each))


def _type(hive: str) -> ColumnType | None:
    if hive.startswith("decimal("):
        return "decimal"
    if hive.startswith(("char(", "varchar(")):
        return "string"
    return None if hive.startswith(_NESTED) else _TYPES.get(hive)
