"""Trino's SQL for DuckDB: every name, function and type is Trino's, and what is not known is refused.

A query goes through `language` (its parse), `queries`, `expressions`, `functions` and `operations` (its meaning, with
the types of all its parts; each calls only those after it) and `prelude` (what the engine needs to run it).
"""

from datetime import datetime

from sqlglot import exp

from local.athena.trino.expressions.scope import Field, Source, Translated
from local.athena.trino.language.language import Language, text_of
from local.athena.trino.language.strictness import DIGIT_FIRST
from local.athena.trino.prelude import Prelude
from local.athena.trino.problems import Problems
from local.athena.trino.queries.queries import Queries, Tables, stored_as

__all__ = [
    "DIGIT_FIRST",
    "Field",
    "Language",
    "Prelude",
    "Source",
    "Tables",
    "Translated",
    "stored_as",
    "text_of",
    "translated",
]


def translated(tree: exp.Expr, tables: Tables, sql: str, now: datetime) -> Translated:
    """The query as the engine's; raises `QueryError` with places in `sql`. `now` is in UTC and has no zone."""
    moment = f"TIMESTAMP '{now.isoformat(sep=' ', timespec='milliseconds')}'"
    return Queries(Problems(sql), tables, moment).translated(tree, None)
