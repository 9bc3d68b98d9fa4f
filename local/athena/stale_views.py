"""Whether a view's query still gives the columns that the view was made with.

https://docs.aws.amazon.com/athena/latest/ug/troubleshooting-athena.html#troubleshooting-athena-views
"""

from collections.abc import Sequence

from sqlglot import exp

from local.athena.catalogue.glue import CATALOGUE, Table
from local.athena.errors import QueryError
from local.athena.trino import Language, Translated
from local.athena.trino.operations.casts import coerced
from local.athena.trino.signatures import Typed
from local.athena.trino.types import Type, becomes, type_of


def as_declared(query: Translated, view: Table, where: str) -> Translated:
    """The view's query with the columns that the view declares; raises `QueryError` if it has others.

    A view that declares no columns has those of its query.
    """
    if not view.view_columns:
        return query
    declared = [(each.name, type_of(exp.DataType.build(each.type, dialect=Language))) for each in view.view_columns]
    why = _difference(query.columns, declared)
    if why is not None:
        name = f"{CATALOGUE}.{view.database}.{view.name}"
        raise QueryError("VIEW_IS_STALE", f"{where}: View '{name}' is stale or in invalid state: {why}")
    if query.columns == declared:
        return query
    columns = [
        f"{coerced(Typed(f'v.c{index}', given), wanted).sql} AS c{index}"
        for index, ((_, given), (_, wanted)) in enumerate(zip(query.columns, declared, strict=True))
    ]
    same = [given == wanted for (_, given), (_, wanted) in zip(query.columns, declared, strict=True)]
    origins = {index: origin for index, origin in query.origins.items() if same[index]}
    return Translated(f"SELECT {', '.join(columns)} FROM ({query.sql}) AS v", declared, origins)


def _difference(found: Sequence[tuple[str, Type]], declared: Sequence[tuple[str, Type]]) -> str | None:
    """Why the columns that were found cannot stand for the declared ones, in Trino's words."""
    if len(found) != len(declared):
        return (
            f"stored view column count ({len(declared)}) does not match column count derived from the view query "
            f"analysis ({len(found)})"
        )
    for position, ((name, given), (stored, wanted)) in enumerate(zip(found, declared, strict=True)):
        projected = f"column [{name}] of type {given} projected from query view at position {position}"
        column = f"column [{stored}] of type {wanted} stored in view definition"
        if name.lower() != stored.lower():
            return f"{projected} has a different name from {column}"
        if not becomes(given, wanted):
            return f"{projected} cannot be coerced to {column}"
    return None
