"""Gives a connection of the engine the functions that a query of ours uses, and no others."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType

from local.athena.trino.functions import NATIVES
from local.athena.trino.functions.failing import fail
from local.athena.trino.signatures import Native

_SETTINGS = ("SET TimeZone = 'UTC'",)
_TRY = re.compile(r"\bTRY\(")
_OUTSIDE_OF_TRY = "common_subexpressions"
"""The optimizer that computes, outside of TRY, what is repeated within it: a failure there would end the query."""
_WORD = re.compile(r"\w+")
_MACRO = re.compile(r"^CREATE MACRO (\w+)\(.*?;$", re.DOTALL | re.MULTILINE)
_MACROS = {found[1]: found[0] for found in _MACRO.finditer(Path(__file__).with_name("macros.sql").read_text())}
_NATIVES = {**NATIVES, "fail": Native(fail, '"NULL"')}


class Prelude:
    """What a connection has been given."""

    def __init__(self, engine: duckdb.DuckDBPyConnection) -> None:
        self._engine = engine
        self._defined: set[str] = set()
        for setting in _SETTINGS:
            engine.execute(setting)

    def prepare(self, sql: str) -> None:
        """Define what `sql` calls."""
        if _TRY.search(sql):
            self._engine.execute(f"SET disabled_optimizers = '{_OUTSIDE_OF_TRY}'")
        words = frozenset(_needed(frozenset(_WORD.findall(sql)))) - self._defined
        for name in words & _NATIVES.keys():
            self._define(name, _NATIVES[name])
        for name, macro in _MACROS.items():
            if name in words:
                self._engine.execute(macro)
        self._defined |= words

    def _define(self, name: str, native: Native) -> None:
        run = native.run if native.nulls or native.columns else _strict(native.run)
        returns = self._engine.type(native.returns)
        way = PythonUDFType.ARROW if native.columns else PythonUDFType.NATIVE
        if native.returns == "DOUBLE" and not native.columns:  # a float of Python's that is NaN is NULL to the engine
            way, run = PythonUDFType.ARROW, _by_column(run)
        self._engine.create_function(name, run, None, returns, type=way, null_handling=FunctionNullHandling.SPECIAL)


def _strict(run: Callable[..., Any]) -> Callable[..., Any]:
    """NULL for NULL. The engine's own handling lets no function return NULL for other values."""
    return lambda *values: None if any(value is None for value in values) else run(*values)


def _by_column(run: Callable[..., Any]) -> Callable[..., pa.Array]:
    return lambda *columns: pa.array(map(run, *(column.to_pylist() for column in columns)), pa.float64())


def _needed(words: frozenset[str]) -> Iterator[str]:
    yield from words
    for word in words & _MACROS.keys():
        yield from _needed_by(word)


@cache
def _needed_by(name: str) -> frozenset[str]:
    words = frozenset(_WORD.findall(_MACROS[name])) - {name}
    return words.union(*(_needed_by(word) for word in words & _MACROS.keys()))
