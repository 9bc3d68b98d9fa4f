"""Whether a view's query still gives the columns that the view was made with.

https://docs.aws.amazon.com/athena/latest/ug/troubleshooting-athena.html#troubleshooting-athena-views
"""

from sqlglot import exp
from sqlglot.errors import SqlglotError

from local.athena.catalogue.glue import CATALOGUE, Column, Table
from local.athena.errors import QueryError
from local.athena.trino import Language, Translated
from local.athena.trino.operations.casts import coerced
from local.athena.trino.signatures import Typed
from local.athena.trino.type_names import type_of
from local.athena.trino.types import Type, becomes


def as_declared(query: Translated, view: Table, where: str) -> Translated:
    """The view's query with the columns that the view declares; raises `QueryError` if it has others.

    A view that declares no columns has those of its query.
    """
    if not view.view_columns:
        return query
    name = f"{CATALOGUE}.{view.database}.{view.name}"
    if len(view.view_columns) != len(query.columns):
        raise _stale(
            name,
            where,
            f"stored view column count ({len(view.view_columns)}) does not match column count derived from the view "
            f"query analysis ({len(query.columns)})",
        )
    columns: list[tuple[str, Type]] = []
    for (found, given), column in zip(query.columns, view.view_columns, strict=True):
        wanted = _type(column, given, name, where)
        projected = f"column [{found}] of type {given} projected from query view at position {len(columns)}"
        stored = f"column [{column.name}] of type {wanted} stored in view definition"
        if found.lower() != column.name.lower():
            raise _stale(name, where, f"{projected} has a different name from {stored}")
        if not becomes(given, wanted):
            raise _stale(name, where, f"{projected} cannot be coerced to {stored}")
        columns.append((column.name, wanted))
    return _coerced(query, columns)


def _stale(view: str, where: str, why: str) -> QueryError:
    return QueryError("VIEW_IS_STALE", f"{where}: View '{view}' is stale or in invalid state: {why}")


def _type(column: Column, given: Type, view: str, where: str) -> Type:
    """A declared type; one that is written as the query's is the query's."""
    if column.type == str(given):
        return given
    try:
        node = exp.DataType.build(column.type, dialect=Language)
        kind = None if any("unknown" in part.meta for part in node.find_all(exp.DataType)) else type_of(node)
    except (SqlglotError, QueryError):
        kind = None
    if kind is None:
        message = f"Unknown type '{column.type}' for column '{column.name}' in view: {view}"
        raise QueryError("INVALID_VIEW", f"{where}: {message}")
    return kind


def _coerced(query: Translated, columns: list[tuple[str, Type]]) -> Translated:
    kinds = [(given, wanted) for (_, given), (_, wanted) in zip(query.columns, columns, strict=True)]
    if all(given == wanted for given, wanted in kinds):
        return Translated(query.sql, columns, query.origins)
    values = (
        f"{coerced(Typed(f'v.c{index}', given), wanted).sql} AS c{index}" for index, (given, wanted) in enumerate(kinds)
    )
    origins = {index: origin for index, origin in query.origins.items() if kinds[index][0] == kinds[index][1]}
    return Translated(f"SELECT {', '.join(values)} FROM ({query.sql}) AS v", columns, origins)
