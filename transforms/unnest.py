"""From the bytes of a record to its rows as they came, for any depth of nesting, from the contract's `nest` alone.

This is the patient reader: keys that occur twice, broken lines and branches that end too early all stay visible, and
numbers keep the text they came in. Clean records do not come here.
"""

import json
from collections.abc import Iterator
from itertools import islice, repeat
from typing import Any, Final, NamedTuple

import msgspec

from delivery.header import BARE, Header
from delivery.line_numbers import line_numbers
from schemas.contract import Contract
from transforms.checks import Broken


class Pairs(list[tuple[str, Any]]):
    """A JSON object as its fields in order, a repeated one repeated."""


class SourceRow(NamedTuple):
    """A row as it came: the keys above it by column name, and its fields. `broken` says why it is not a row.

    `line` is the one of its file that it was read from, if that is known.
    """

    keys: dict[str, str]
    fields: Any
    broken: Broken | None = None
    line: int | None = None


class UnreadableError(ValueError):
    """A record without rows; the message says what was found and what would be right."""


_SPACE: Final = " \t\r\n"
_decoder: Final = json.JSONDecoder(
    parse_float=msgspec.Raw, parse_int=msgspec.Raw, parse_constant=msgspec.Raw, object_pairs_hook=Pairs
)


def source_rows(body: bytes, contract: Contract, header: Header = BARE) -> Iterator[SourceRow]:
    """Every row of `body`: one document nested by the contract's `nest`, or documents and rows one after another.

    `header` names the values of rows that are arrays, and the lines that rows were read from.

    What is not a row (a line that is not JSON, a branch that is not an object) comes as a row that is `broken`. Raises
    `UnreadableError` when nothing in `body` is a JSON object.
    """
    nest = contract.nest
    documents = [_named(document, header.columns) for document in _documents(body)]
    if not any(isinstance(document, Pairs) for document in documents):
        raise UnreadableError(_nothing_found(body, nest))
    lines = list(islice(line_numbers(header.lines), len(documents) + 1))
    for document, line in zip(documents, lines if len(lines) == len(documents) else repeat(None), strict=False):
        if isinstance(document, SourceRow):
            yield document._replace(line=line)
        elif nest and isinstance(document, Pairs) and _is_nested(document, contract):
            yield from _unnested(document, nest, ())
        else:
            yield _row({}, document, "a row is a JSON object")._replace(line=line)


def as_text(row: SourceRow) -> str:
    """The row in JSON, keys first; a line that is not JSON as it is."""
    if isinstance(row.fields, str) and row.broken and not row.keys:
        return row.fields
    if not row.keys:
        return as_json(row.fields)
    fields = row.fields if isinstance(row.fields, Pairs) else Pairs([("", row.fields)])
    return as_json(Pairs([*row.keys.items(), *fields]))


def _named(document: Any, columns: tuple[str, ...]) -> Any:
    """A row that is an array, as the object that it stands for."""
    if not columns or not isinstance(document, list):
        return document
    if len(document) != len(columns):
        found = f"the row has {len(document)} values, the header names {len(columns)} columns"
        return SourceRow({}, document, Broken("parse", found))
    return Pairs(zip(columns, document, strict=True))


def _documents(body: bytes) -> list[Any]:
    """Each JSON value in `body`; when it is not JSON from end to end, line by line with the broken lines as rows."""
    try:
        return list(_values(body.decode()))
    except (ValueError, RecursionError):
        return [document for line in body.split(b"\n") if line.strip() for document in _line(line)]


def _line(line: bytes) -> list[Any]:
    try:
        return list(_values(line.decode()))
    except (ValueError, RecursionError) as error:
        text = line.decode(errors="backslashreplace")
        reason = f"the line is not JSON ({error}); valid: one JSON object a line"
        return [SourceRow({}, text, Broken("parse", reason))]


def _values(text: str) -> Iterator[Any]:
    position = 0
    while rest := text[position : position + 1]:
        if rest in _SPACE:
            position += 1
            continue
        value, position = _decoder.raw_decode(text, position)
        yield value


def _is_nested(document: Pairs, contract: Contract) -> bool:
    """Whether the document's keys are data; they are not if it has, say, a field `date` that holds a date."""
    names = {name for column in contract.nest for name in contract.column(column).accepted_names}
    objects = [isinstance(value, Pairs) for _, value in document]
    is_row = any(name in names and not nested for (name, _), nested in zip(document, objects, strict=True))
    return not is_row and (any(objects) or not document)


def _unnested(branch: Any, nest: tuple[str, ...], path: tuple[str, ...]) -> Iterator[SourceRow]:
    keys = dict(zip(nest, path, strict=False))
    if len(path) == len(nest) or not isinstance(branch, Pairs):
        yield _row(
            keys, branch, f"{' > '.join(path)} is not an object; valid: {' > '.join(nest)}, then a row's columns"
        )
        return
    for key, below in branch:
        yield from _unnested(below, nest, (*path, key))


def _row(keys: dict[str, str], fields: Any, problem: str) -> SourceRow:
    return SourceRow(keys, fields, None if isinstance(fields, Pairs) else Broken("parse", problem))


class _Written(str):
    """A piece of JSON that stands as it is."""

    __slots__ = ()


def as_json(value: Any) -> str:
    """A value as it was read here, in JSON; numbers as they came. However deep it is: it must not call itself."""
    pieces: list[str] = []
    waiting: list[Any] = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += reversed(_parts(each))
        elif isinstance(each, _Written):
            pieces.append(each)
        else:
            pieces.append(
                bytes(each).decode() if isinstance(each, msgspec.Raw) else json.dumps(each, ensure_ascii=False)
            )
    return "".join(pieces)


def _parts(value: list[Any]) -> list[Any]:
    """An object or array, taken apart by one level."""
    is_object = isinstance(value, Pairs)
    parts: list[Any] = [_Written("{" if is_object else "[")]
    for number, item in enumerate(value):
        if number:
            parts.append(_Written(","))
        parts += (item[0], _Written(":"), item[1]) if is_object else (item,)
    return [*parts, _Written("}" if is_object else "]")]


def _nothing_found(body: bytes, nest: tuple[str, ...]) -> str:
    wanted = f"one document nested by {' > '.join(nest)}, or rows" if nest else "rows"
    found = repr(body[:60]) if body.strip() else "nothing"
    return f"the record holds no JSON object but {found}; valid: {wanted} as JSON objects, one a line"
