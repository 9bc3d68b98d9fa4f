"""Gives a connection of the engine the functions that a query of ours uses, and no others."""

import re
from collections.abc import Iterator
from functools import cache

import duckdb

from local.athena.trino.functions import NATIVES
from local.athena.trino.functions.failing import fail
from local.athena.trino.macros import MACROS

SETTINGS = ("SET TimeZone = 'UTC'", "SET integer_division = true")
_WORD = re.compile(r"\w+")
_MACROS = {macro.partition("(")[0]: macro for macro in MACROS}


def prepare(engine: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Define what `sql` calls; what is defined already stays."""
    defined = {name for (name,) in engine.execute("SELECT function_name FROM duckdb_functions() WHERE NOT internal").fetchall()}
    words = frozenset(_needed(frozenset(_WORD.findall(sql))))
    for name in words & NATIVES.keys() - defined:
        native = NATIVES[name]
        handling = "special" if native.nulls else "default"
        engine.create_function(name, native.run, None, engine.type(native.returns), null_handling=handling)
    if "fail" in words and "fail" not in defined:
        engine.create_function("fail", fail, None, engine.type('"NULL"'))
    for name, macro in _MACROS.items():
        if name in words and name not in defined:
            engine.execute(f"CREATE MACRO {macro}")


def _needed(words: frozenset[str]) -> Iterator[str]:
    yield from words
    for word in words & _MACROS.keys():
        yield from _needed_by(word)


@cache
def _needed_by(name: str) -> frozenset[str]:
    words = frozenset(_WORD.findall(_MACROS[name].partition(" AS ")[2]))
    return words.union(*(_needed_by(word) for word in words & _MACROS.keys() if word != name))
