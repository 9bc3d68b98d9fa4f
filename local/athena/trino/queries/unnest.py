"""UNNEST: rows out of arrays and maps, beside the columns that stood before it."""

from collections.abc import Sequence
from itertools import count

from sqlglot import exp

from local.athena.trino.expressions.scope import Field, Relation
from local.athena.trino.problems import Problems
from local.athena.trino.signatures import Typed
from local.athena.trino.types import BIGINT, Type, quoted


def unnested(
    source: str,
    kept: Sequence[Field],
    arrays: Sequence[Typed],
    columns: Sequence[tuple[str, Typed]],
    ordinality: bool,
    left: bool,
) -> tuple[str, list[tuple[str, Type]]]:
    """A query with the columns k0, k1, ... of what stood before and c0, c1, ... of the arrays; the latters' types.

    `left`: whether a row of empty arrays stays, with NULLs.
    """
    longest = f"greatest({', '.join(f'coalesce({_length(value)}, 0)' for value in arrays)})"
    lists = [value.sql for _, value in columns]
    numbers = f"generate_series(1, {longest})"
    if left:
        lists = [f"CASE WHEN {longest} = 0 THEN [NULL] ELSE {each} END" for each in lists]
        numbers = f"CASE WHEN {longest} = 0 THEN [NULL] ELSE {numbers} END"
    items = [f"{field.value.sql} AS k{index}" for index, field in enumerate(kept)]
    items += [f"unnest({each}) AS c{index}" for index, each in enumerate(lists)]
    types = [(name, value.type) for name, value in columns]
    if ordinality:
        items.append(f"unnest({numbers}) AS c{len(types)}")
        types.append(("", BIGINT))
    return f"SELECT {', '.join(items)}" + (f" FROM {source}" if source else ""), types


def moved(before: Sequence[Relation], alias: str) -> list[Relation]:
    """The relations that stood before, as the columns k0, k1, ... of `alias`."""
    numbers = count()

    def renamed(value: Typed) -> Typed:
        return Typed(f"{alias}.k{next(numbers)}", value.type, origin=value.origin)

    return [
        Relation([Field(each.name, renamed(each.value), each.hidden) for each in one.fields], one.name, one.database)
        for one in before
    ]


def spread(index: int, value: Typed, whole: bool, node: exp.Expr, problems: Problems) -> list[tuple[str, Typed]]:
    """Names, as far as there are any, and lists of what one array or map becomes; raises `QueryError`.

    Rows stay `whole` when one name is given for each array, as in
    https://docs.aws.amazon.com/athena/latest/ug/filtering-with-unnest.html; otherwise their fields become columns.
    """
    kind = value.type
    if kind.name == "map":
        return [("", Typed(f"{part}({value.sql})", inner)) for part, inner in zip(_PARTS, kind.inner, strict=True)]
    if kind.name != "array":
        raise problems.at(node, "TYPE_MISMATCH", f"Cannot unnest type: {kind}")
    element = kind.inner[0]
    if whole or element.name != "row":
        return [("", Typed(value.sql, element))]
    return [
        (own or "", Typed(f"list_transform({value.sql}, lambda e{index}: (e{index}).{quoted(shown)})", inner))
        for shown, own, inner in zip(element.members, element.fields, element.inner, strict=True)
    ]


_PARTS = ("map_keys", "map_values")


def _length(value: Typed) -> str:
    return f"len({value.sql})" if value.type.name == "array" else f"CAST(cardinality({value.sql}) AS BIGINT)"
