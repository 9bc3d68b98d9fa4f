"""Which rows of a query are the same: DISTINCT, UNION, INTERSECT and EXCEPT."""

from collections.abc import Sequence

from local.athena.trino.operations.equality import has_key, key
from local.athena.trino.signatures import Typed
from local.athena.trino.types import Type


def distinct(columns: Sequence[Typed]) -> str:
    """What stands after SELECT for one of all rows that are equal."""
    if not any(has_key(each.type) for each in columns):
        return "DISTINCT "
    return f"DISTINCT ON ({', '.join(map(key, columns))}) "


def combined(name: str, every: bool, one: str, other: str, kinds: Sequence[Type]) -> str | None:
    """Two queries of such columns c0, c1, ... as one; None if the engine cannot. `every` keeps equal rows."""
    if not any(map(has_key, kinds)) or (name == "UNION" and every):
        return f"({one}) {name}{' ALL' if every else ''} ({other})"
    if every:
        return None
    mine, its = ([Typed(f"{side}.c{index}", kind) for index, kind in enumerate(kinds)] for side in ("s", "t"))
    start = f"SELECT {distinct(mine)}{', '.join(each.sql for each in mine)} FROM "
    if name == "UNION":
        return f"{start}(({one}) UNION ALL ({other})) s"
    same = " AND ".join(f"{key(a)} IS NOT DISTINCT FROM {key(b)}" for a, b in zip(mine, its, strict=True))
    return f"{start}({one}) s WHERE {'NOT ' if name == 'EXCEPT' else ''}EXISTS (SELECT 1 FROM ({other}) t WHERE {same})"
