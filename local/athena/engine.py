"""Runs a query on DuckDB: one connection, its own tables, two threads."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
from sqlglot import exp

from local.athena.api.results import Result, ResultColumn, Row
from local.athena.cancel import CANCELLED_REASON, Cancel
from local.athena.catalogue.glue import Column
from local.athena.clients import Clients
from local.athena.definitions import Definitions
from local.athena.errors import QueryCancelledError, QueryError, from_engine
from local.athena.reading.scan import Meter
from local.athena.trino import Prelude, stored_as, translated
from local.athena.trino.types import Type, quoted
from local.athena.types import hive_type, result_type
from local.athena.values import column_shown

_CONFIG: dict[str, str | int | float | list[str]] = {
    "threads": 2,
    "memory_limit": "2GB",
    # a query reads what the catalogue names: no files of the machine, no variables of this process, no downloads
    "enable_external_access": False,
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_ROWS_PER_BATCH = 10_000
_ROWS_AT_ONCE = 1_000
"""Of a result, which become text: a row may have megabytes."""
_MAX_ROW_BYTES = 32 * 1024 * 1024
"""https://docs.aws.amazon.com/athena/latest/ug/other-notable-limitations.html"""
Stored = Callable[[Sequence[Type]], Sequence[Type]]
"""The types in which the columns of a query, which has these, are stored."""


@dataclass(frozen=True)
class Rows:
    """A query's rows for a table: columns with Glue's types, `unknown` for a bare NULL, their types in Trino, and
    Arrow's batches."""

    columns: Sequence[Column]
    types: Sequence[Type]
    batches: pa.RecordBatchReader


class Engine:
    """Answers queries from the tables of the catalogue. Thread-safe: each query has a connection of its own."""

    def __init__(self, clients: Clients, now: Callable[[], datetime], spill: Path) -> None:
        """`spill` is the folder for what a query cannot hold in memory."""
        self._clients = clients
        self._now = now
        self._spill = spill

    @contextmanager
    def query(self, sql: str, tree: exp.Expr, database: str, meter: Meter, cancel: Cancel) -> Iterator[Result]:
        """The result of `tree`, rows read as they are taken; raises `QueryError` and `QueryCancelledError`."""
        with _connection(self._spill) as engine, cancel.of(engine.interrupt), _errors_as_athena(meter, cancel):
            relation, columns = self._relation(sql, tree, database, engine, meter)
            shown_as = [ResultColumn.of(name, result_type(kind)) for name, kind in columns]
            yield Result(shown_as, _rows(relation, [kind for _, kind in columns]), header=True)

    @contextmanager
    def rows(
        self, sql: str, tree: exp.Expr, database: str, meter: Meter, cancel: Cancel, stored_as: Stored = list
    ) -> Iterator[Rows]:
        """The rows of `tree` as they are stored; raises `QueryError` and `QueryCancelledError`."""
        with _connection(self._spill) as engine, cancel.of(engine.interrupt), _errors_as_athena(meter, cancel):
            relation, columns = self._relation(sql, tree, database, engine, meter, stored_as)
            stored = [Column(name.lower(), hive_type(kind)) for name, kind in columns]
            names = ", ".join(f"c{index} AS {quoted(each.name)}" for index, each in enumerate(stored))
            yield Rows(stored, [kind for _, kind in columns], relation.project(names).to_arrow_reader(_ROWS_PER_BATCH))

    def plan(self, sql: str, tree: exp.Expr, database: str, analyze: bool) -> list[str]:
        """How the engine would answer `tree`, or with `analyze` how it did, as lines of text; raises `QueryError`."""
        meter, cancel = Meter(), Cancel()
        with _connection(self._spill) as engine, _errors_as_athena(meter, cancel):
            relation, _ = self._relation(sql, tree, database, engine, meter)
            return relation.explain("analyze" if analyze else "standard").splitlines()

    def view_columns(self, sql: str, tree: exp.Expr, database: str) -> tuple[list[Column], list[Column]]:
        """A view's columns with Trino's types and with Glue's; raises `QueryError` for a query that cannot run."""
        meter, cancel = Meter(), Cancel()
        with _connection(self._spill) as engine, _errors_as_athena(meter, cancel):
            _, columns = self._relation(sql, tree, database, engine, meter)
            return (
                [Column(name.lower(), str(kind)) for name, kind in columns],
                [Column(name.lower(), hive_type(kind)) for name, kind in columns],
            )

    def _relation(
        self,
        sql: str,
        tree: exp.Expr,
        database: str,
        engine: duckdb.DuckDBPyConnection,
        meter: Meter,
        stored: Stored = list,
    ) -> tuple[duckdb.DuckDBPyRelation, list[tuple[str, Type]]]:
        prepared = tree.copy()
        now = self._now().replace(tzinfo=None)  # projected dates have no zone: they are UTC's
        prelude = Prelude(engine)
        definitions = Definitions(self._clients, engine, prelude, meter, now)
        definitions.define(prepared, database, sql)
        query = translated(prepared, definitions.sources, sql, now)
        query = stored_as(query, stored([kind for _, kind in query.columns]))
        prelude.prepare(query.sql)
        return engine.sql(query.sql), query.columns


@contextmanager
def _connection(spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    engine = duckdb.connect(config={**_CONFIG, "temp_directory": str(spill)})
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def _errors_as_athena(meter: Meter, cancel: Cancel) -> Iterator[None]:
    try:
        yield
    except (duckdb.Error, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the system's; one without a number is what Arrow's reader makes of the engine's
        if cancel.asked:
            raise QueryCancelledError(CANCELLED_REASON) from None
        if meter.failure is not None:
            raise meter.failure from None
        raise from_engine(error) from error
    except OverflowError as error:  # a time that Python cannot hold
        raise from_engine(error) from error


def _rows(relation: duckdb.DuckDBPyRelation, kinds: Sequence[Type]) -> Iterator[Row]:
    for batch in _parts(relation.to_arrow_reader(_ROWS_AT_ONCE)):
        columns = [column_shown(column, kind) for column, kind in zip(batch.columns, kinds, strict=True)]
        yield from zip(*columns, strict=True)


def _parts(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows in batches of bounded size: the values of one become Python's, which take several times as much."""
    for batch in batches:
        if batch.nbytes <= _MAX_ROW_BYTES:
            yield batch
        elif batch.num_rows == 1:
            raise QueryError("EXCEEDED_LOCAL_MEMORY_LIMIT", "A row of the result has more than 32 MB")
        else:
            half = batch.num_rows // 2
            yield from _parts((batch.slice(0, half), batch.slice(half)))
