"""Gives a connection of the engine the functions that a query of ours uses, and no others."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import duckdb
from duckdb.func import FunctionNullHandling

from local.athena.trino.functions import NATIVES
from local.athena.trino.functions.failing import fail
from local.athena.trino.signatures import Native

SETTINGS = ("SET TimeZone = 'UTC'", "SET integer_division = true")
_WORD = re.compile(r"\w+")
_MACRO = re.compile(r"^CREATE MACRO (\w+)\(.*?;$", re.DOTALL | re.MULTILINE)
_MACROS = {found[1]: found[0] for found in _MACRO.finditer(Path(__file__).with_name("macros.sql").read_text())}
_NATIVES = {**NATIVES, "fail": Native(fail, '"NULL"')}


def prepare(engine: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Define what `sql` calls; the connection has had no other query."""
    words = frozenset(_needed(frozenset(_WORD.findall(sql))))
    for name in words & _NATIVES.keys():
        native = _NATIVES[name]
        handling = FunctionNullHandling.SPECIAL if native.nulls else FunctionNullHandling.DEFAULT
        engine.create_function(name, native.run, None, engine.type(native.returns), null_handling=handling)
    for name, macro in _MACROS.items():
        if name in words:
            engine.execute(macro)


def _needed(words: frozenset[str]) -> Iterator[str]:
    yield from words
    for word in words & _MACROS.keys():
        yield from _needed_by(word)


@cache
def _needed_by(name: str) -> frozenset[str]:
    words = frozenset(_WORD.findall(_MACROS[name])) - {name}
    return words.union(*(_needed_by(word) for word in words & _MACROS.keys()))
