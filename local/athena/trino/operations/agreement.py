"""One type for several expressions."""

from collections.abc import Iterable, Sequence

from sqlglot import exp

from local.athena.trino.problems import Problems
from local.athena.trino.signatures import Typed
from local.athena.trino.types import UNKNOWN, Type, common


def agreed(kinds: Iterable[Type]) -> Type | None:
    """The type that all become when they meet; None if they have no common type."""
    known: Type | None = UNKNOWN
    for kind in kinds:
        known = None if known is None else common(known, kind)
    return known


def one_type(values: Sequence[Typed], nodes: Sequence[exp.Expr], what: str, problems: Problems) -> Type:
    """The type that all values take; raises `QueryError` at the first whose type does not go with those before."""
    known = UNKNOWN
    for value, node in zip(values, nodes, strict=True):
        further = common(known, value.type)
        if further is None:
            kinds = ", ".join(dict.fromkeys(str(each.type) for each in values))
            message = (
                f"{what} must be the same type or coercible to a common type. Cannot find common type between {known} "
                f"and {value.type}, all types (without duplicates): [{kinds}]"
            )
            raise problems.at(node, "TYPE_MISMATCH", message)
        known = further
    return known
