"""Statements of Trino and what they give: tests/local/athena/golden has each with where that is known from."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pytest
import sqlglot
from sqlglot.errors import ParseError

from local.athena.errors import QueryError, from_engine
from local.athena.trino import Language, Prelude, translated
from local.athena.trino.expressions.calls import CONDITIONAL
from local.athena.trino.functions import FUNCTIONS
from local.athena.values import column_shown
from tests.local.athena.golden import page

NOW = datetime.fromisoformat("2026-07-01 12:34:56.789")
Answer = tuple[list[str], list[list[str | None]]]


@dataclass(frozen=True)
class Case:
    """A line of a table; `why` begins with `doc` where the documentation has it, with `rule` where it follows."""

    cells: list[str]

    @property
    def sql(self) -> str:
        return self.cells[0]


def cases(*tables: str) -> list[Case]:
    return [Case(cells) for cells in page.cases(*tables)]


@pytest.fixture(scope="module")
def trino() -> Iterator[Callable[[str], Answer]]:
    """Gives a statement's columns, as `name type`, and rows; raises `QueryError`."""
    with duckdb.connect(config={"threads": 1}) as engine:
        prelude = Prelude(engine)
        yield lambda sql: answer(sql, engine, prelude)


def answer(sql: str, engine: duckdb.DuckDBPyConnection, prelude: Prelude) -> Answer:
    query = translated(sqlglot.parse_one(sql, dialect=Language), {}, sql, NOW)
    prelude.prepare(query.sql)
    try:
        relation = engine.sql(query.sql)
        rows = relation.to_arrow_table()
    except duckdb.Error as error:
        raise from_engine(error) from error
    kinds = [kind for _, kind in query.columns]
    held = [str(kind).replace('"', "") for kind in relation.types]
    assert held == [kind.engine.replace('"', "") for kind in kinds], query.sql
    columns = [column_shown(column, kind) for column, kind in zip(rows.columns, kinds, strict=True)]
    return [f"{name} {kind}" for name, kind in query.columns], [list(row) for row in zip(*columns, strict=True)]


EXPRESSIONS = cases(*page.EXPRESSIONS)
STATEMENTS = cases("statements")
REFUSALS = cases("refusals")


@pytest.mark.parametrize("case", EXPRESSIONS, ids=lambda case: case.sql)
def test_an_expression_gives_what_trino_gives(trino: Callable[[str], Answer], case: Case) -> None:
    sql, kind, value, _ = case.cells
    columns, rows = trino(f"SELECT {sql} AS x")
    assert (columns, rows) == ([f"x {kind}"], [[None if value == r"\N" else value]])


@pytest.mark.parametrize("case", STATEMENTS, ids=lambda case: case.sql[:80])
def test_a_statement_gives_what_trino_gives(trino: Callable[[str], Answer], case: Case) -> None:
    sql, columns, rows, _ = case.cells
    told, given = trino(sql)
    assert (",".join(told), given) == (columns, json.loads(rows))


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.sql[:80])
def test_what_trino_refuses_is_refused_in_its_words(trino: Callable[[str], Answer], case: Case) -> None:
    with pytest.raises(QueryError) as refused:
        trino(case.sql)
    expected = re.escape(case.cells[1]).replace(r"line\ \*:", r"line\ \d+:\d+:")
    assert re.fullmatch(expected, refused.value.reason), refused.value.reason


def test_the_table_is_long_and_says_where_its_answers_are_from() -> None:
    known = [*EXPRESSIONS, *STATEMENTS, *REFUSALS]
    assert len(known) >= 350
    assert len({case.sql for case in known}) == len(known)
    assert {case.cells[-1].partition(":")[0].partition(";")[0] for case in known} <= {"doc", "rule", "ours"}


def test_the_page_is_written_from_the_table() -> None:
    assert page.PAGE.read_text() == page.page()


def test_every_function_has_an_example() -> None:
    called = page.examples()
    assert [name for name in FUNCTIONS if not called[name]] == []


def test_no_function_of_the_engine_is_within_reach() -> None:
    with duckdb.connect() as engine:
        names = engine.execute("SELECT DISTINCT function_name FROM duckdb_functions()").fetchall()
    for (name,) in names:
        if name.isidentifier() and name not in {*FUNCTIONS, *CONDITIONAL, "if"}:
            for sql in (f'SELECT "{name}"(1)', f'SELECT * FROM "{name}"(1)'):
                with pytest.raises((QueryError, ParseError), match=r"not registered|not supported|Expected|missing"):
                    translated(sqlglot.parse_one(sql, dialect=Language), {}, sql, NOW)
