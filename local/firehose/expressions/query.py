"""Partition keys from a record's JSON by a jq query, the MetadataExtraction processor.

https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import jq
import msgspec

from delivery import limits
from local.firehose.expressions.jq_syntax import newer_syntax, with_doubles

_NEWER = (
    "abs",
    "add(f)",
    "debug(f)",
    "have_decnum",
    "have_literal_numbers",
    "ltrim",
    "pick(f)",
    "rtrim",
    "scan(f; g)",
    "skip(f; g)",
    "toarray",
    "toboolean",
    "trim",
    "trimstr(f)",
)
"""Functions that came after jq 1.6, which Firehose runs; the library used here knows them."""
_AS_DOUBLES = 'walk(if type == "number" then . * 1 else . end)'
"""Makes doubles of a record's numbers, which jq 1.6 has; the library used here keeps the text of each."""
_INEXACT = re.compile(rb"[0-9.]{16}|[0-9][eE]|\.[0-9]*0(?![0-9.])|0\.0000")
"""Data without this has no number that reads otherwise as a double."""
_NAME = re.compile(r"""\s*(?:([A-Za-z_]\w*)|"([^"\\]+)")\s*:""")


class QueryError(Exception):
    """A query that cannot be used; the text says why."""


class NotExtractedError(Exception):
    """A record that the query cannot be run on."""


class Query:
    """A compiled query; `keys` are the names of its partition keys, in order."""

    def __init__(self, text: str) -> None:
        """Raises QueryError unless `text` is one object of at most 50 named keys, in jq's language."""
        self._program = _compiled(text)
        self.keys = _keys(text)
        self._on_doubles = jq.compile(f"{_AS_DOUBLES} | {with_doubles(text)}")

    def run(self, data: bytes) -> Mapping[str, Any]:
        """The object that the query makes from one JSON document; raises NotExtractedError."""
        try:
            msgspec.json.decode(data, type=msgspec.Raw)  # jq takes several documents, and words that are not JSON
            program = self._on_doubles if _INEXACT.search(data) else self._program
            made = list(islice(program.input_text(data.decode()), 2))
        except (ValueError, RecursionError) as error:  # not JSON, nested too deep, or nothing that the query fits
            raise NotExtractedError(str(error)) from error
        if len(made) != 1:
            raise NotExtractedError(f"the query made {'no object' if not made else 'several objects'}")
        keys: Mapping[str, Any] = made[0]
        return keys


def as_text(value: object) -> str | None:
    """A partition key's value as written in a prefix; None for null, empty text, an object or an array."""
    if isinstance(value, str):
        return value or None
    return msgspec.json.encode(value).decode() if isinstance(value, bool | int | float) else None


def _compiled(text: str) -> Any:
    try:
        jq.compile(text)
        program = jq.compile(with_doubles(text))
    except ValueError as error:
        raise QueryError(str(error)) from error
    newer = [function for function in _NEWER if _calls(function, text)] + newer_syntax(text)
    if newer:
        raise QueryError(f"jq 1.6 has no {' and no '.join(newer)}")
    return program


def _calls(function: str, text: str) -> bool:
    """Whether a query calls `function`: a definition that is not used is not looked at, so this one may be broken."""
    try:
        jq.compile(f"def {function}: not_defined; {text}")
    except ValueError:
        return True
    return False


def _keys(text: str) -> tuple[str, ...]:
    body = text.strip()
    if not (body.startswith("{") and body.endswith("}")):
        raise QueryError("it must be one object: {key: expression, ...}")
    names = [_NAME.match(member) for member in _members(body[1:-1])]
    keys = tuple(name.group(1) or name.group(2) for name in names if name)
    if not keys or len(keys) != len(names) or len(set(keys)) != len(keys):
        raise QueryError("each of its keys must be a name of its own followed by a colon and an expression")
    if len(keys) > limits.MAX_PARTITION_KEYS:
        raise QueryError(f"it has {len(keys)} keys and may have {limits.MAX_PARTITION_KEYS}")
    return keys


def _members(body: str) -> Iterator[str]:
    """The members of an object construction. jq itself says which commas separate them: the text between them compiles.

    It must do so where only one term is allowed, or `a: 1} | {b: 2` would count as a member.
    """
    member = ""
    for piece in body.split(","):
        member += piece
        try:
            jq.compile(f"try {{{member}}} catch .")
        except ValueError:
            member += ","
        else:
            yield member
            member = ""
    if member:
        raise QueryError("it must be one object: {key: expression, ...}")
