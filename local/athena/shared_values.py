"""What all rows of each of a table's files share, asked before any file is read."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import duckdb
import pyarrow as pa

from local.athena.reading.dataset import DataFile
from local.athena.trino import Prelude
from local.athena.trino.types import quoted


class SharedValues:
    """The partition keys, paths and sizes of a table's files, as a relation of the engine."""

    def __init__(
        self, engine: duckdb.DuckDBPyConnection, prelude: Prelude, files: Sequence[DataFile], keys: pa.Schema
    ) -> None:
        self._engine = engine
        self._prelude = prelude
        self._files = files
        self._schema = pa.schema([("$path", pa.string()), ("$file_size", pa.int64()), *keys])

    @property
    def names(self) -> Sequence[str]:
        """The columns that have one value in a file."""
        return list(self._schema.names)

    def values(self, condition: str, alias: str, columns: Mapping[str, str]) -> Sequence[Sequence[str | None]] | None:
        self._prelude.prepare(condition)
        named = ", ".join(f"{quoted(own)} AS {name}" for name, own in columns.items())
        shown = ", ".join(f"CAST({name} AS VARCHAR)" for name in columns)
        relation = f"(SELECT {named} FROM {quoted(self._name)}) AS {alias}"
        try:
            return self._engine.execute(f"SELECT DISTINCT {shown} FROM {relation} WHERE {condition}").fetchall()
        except duckdb.InterruptException:
            raise
        except duckdb.Error:  # a value that cannot be cast, for example: the query fails on it if it needs it
            return None

    @cached_property
    def _name(self) -> str:
        """The relation, made on first use."""
        columns = [
            pa.array([*(file.constants[field.name].as_py() for file in self._files), None], field.type)
            for field in self._schema
        ]
        name = f"shared values {id(self)}"
        self._engine.register(name, pa.table(columns, self._schema))
        return name
