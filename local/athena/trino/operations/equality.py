"""When two values are the same, and which comes first, where the engine's own `=` and `<` say otherwise.

The engine holds one instant in two zones, and a map in two orders, as different values; to its `=` a NULL within an
array or a row is a value like any other.

https://trino.io/docs/current/functions/comparison.html
"""

from collections.abc import Sequence

from local.athena.trino.signatures import Typed, member_at
from local.athena.trino.types import Type, quoted

_ZONED = "timestamp with time zone"


def has_key(kind: Type) -> bool:
    """Whether equal values of the type may be held differently, so that their keys are to be compared."""
    return kind.name in (_ZONED, "map") or any(map(has_key, kind.inner))


def key(value: Typed, depth: int = 0) -> str:
    """What is equal, to the engine, for equal values, and sorts as they do: the value itself if it is so."""
    sql, kind, each = value.sql, value.type, f"v{depth}"
    if not has_key(kind):
        return sql
    if kind.name == _ZONED:
        return f"instant({sql})"
    if kind.name == "array":
        return f"list_transform({sql}, lambda {each}: {key(Typed(each, kind.inner[0]), depth + 1)})"
    if kind.name == "row":
        members = ", ".join(f"{quoted(name)} := {key(_member(value, name), depth)}" for name in kind.members)
        return f"CASE WHEN {sql} IS NOT NULL THEN struct_pack({members}) END"
    held = key(Typed(f"({each}).value", kind.inner[1]), depth + 1)
    return f"list_sort({_entries(value, held, depth)})"


def _member(value: Typed, name: str) -> Typed:
    place = value.type.members.index(name)
    return value.fields[place] if value.fields else member_at(value, place)


def _entries(value: Typed, held: str, depth: int) -> str:
    """A map's entries: the keys of its keys, and `held` of each value."""
    each = f"v{depth}"
    name = key(Typed(f"({each}).key", value.type.inner[0]), depth + 1)
    return f"list_transform(map_entries({value.sql}), lambda {each}: struct_pack(k := {name}, v := {held}))"


def equal(one: Typed, other: Typed, depth: int = 0) -> str:
    """`one = other` of one type: NULL where a NULL within them leaves it open."""
    kind = one.type
    if kind.name == "row":
        return f"({' AND '.join(equal(_member(one, name), _member(other, name), depth) for name in kind.members)})"
    if kind.name == "array":
        return _arrays_equal(one, other, depth)
    if kind.name == "map":
        return _maps_equal(one, other, depth)
    return f"({key(one)} = {key(other)})"


def one_of(one: Typed, others: Sequence[Typed]) -> str:
    """`one IN (others)` of one type."""
    if one.type.inner:
        return f"({' OR '.join(equal(one, other) for other in others)})"
    return f"({key(one)} IN ({', '.join(map(key, others))}))"


def _arrays_equal(one: Typed, other: Typed, depth: int) -> str:
    inner = one.type.inner[0]
    mine, its = _pair(depth, inner)
    pairs = _pairwise(one.sql, other.sql, equal(mine, its, depth + 1), depth)
    if inner.inner:
        return f"CASE WHEN len({one.sql}) = len({other.sql}) THEN {pairs} ELSE {_different('len', one, other)} END"
    known = f"len({one.sql}) = len({other.sql}) AND nulls({one.sql}) + nulls({other.sql}) > 0"
    return f"CASE WHEN {known} THEN {pairs} ELSE ({key(one)} = {key(other)}) END"


def _maps_equal(one: Typed, other: Typed, depth: int) -> str:
    first, second = (f"list_sort({_entries(each, f'(v{depth}).value', depth)})" for each in (one, other))
    mine, its = (Typed(f"{side.sql}.v", one.type.inner[1]) for side in _pair(depth, one.type))
    values = equal(mine, its, depth + 1)
    pairs = _pairwise(first, second, f"((p{depth})[1].k = (p{depth})[2].k AND {values})", depth)
    count = "cardinality"
    return f"CASE WHEN {count}({one.sql}) = {count}({other.sql}) THEN {pairs} ELSE {_different(count, one, other)} END"


def _different(count: str, one: Typed, other: Typed) -> str:
    """False for two values of different sizes, NULL for a NULL."""
    return f"({count}({one.sql}) = {count}({other.sql}))"


def _pair(depth: int, kind: Type) -> tuple[Typed, Typed]:
    return Typed(f"(p{depth})[1]", kind), Typed(f"(p{depth})[2]", kind)


def _pairwise(one: str, other: str, same: str, depth: int) -> str:
    return f"all_match(list_transform(list_zip({one}, {other}), lambda p{depth}: {same}))"


def less(sign: str, one: Typed, other: Typed) -> str:
    """`one < other`, or another of `<`, `<=`, `>` and `>=`, of one type."""
    kind = one.type
    if kind.name == "row":
        return f"CASE WHEN {one.sql} IS NOT NULL AND {other.sql} IS NOT NULL THEN {_rows_less(sign, one, other)} END"
    if kind.name == "array":
        failure = "fail('NOT_SUPPORTED: ARRAY comparison not supported for arrays with null elements')"
        known = f"nulls({one.sql}) + nulls({other.sql}) > 0"
        return f"CASE WHEN {known} THEN {failure} ELSE {key(one)} {sign} {key(other)} END"
    return f"({key(one)} {sign} {key(other)})"


def _rows_less(sign: str, one: Typed, other: Typed) -> str:
    """The first field that differs decides."""
    failure = "fail('NOT_SUPPORTED: ROW comparison not supported for fields with null elements')"
    sql = ""
    for name in reversed(one.type.members):
        mine, its = _member(one, name), _member(other, name)
        differ = f" WHEN {key(mine)} <> {key(its)} THEN {less(sign[0], mine, its)} ELSE {sql}"
        last = f" ELSE {less(sign, mine, its)}"
        sql = f"CASE WHEN {mine.sql} IS NULL OR {its.sql} IS NULL THEN {failure}{differ if sql else last} END"
    return sql


def alike(value: Typed, *others: Typed) -> Typed:
    """The array `value`, or failure if it and `others` have equal elements that are held differently."""
    if not has_key(value.type):
        return value
    arrays = [each.sql if each.type.name == "array" else f"[{each.sql}]" for each in others]
    elements = f"list_concat({', '.join([value.sql, *arrays])})" if arrays else value.sql
    return Typed(_alike(elements, value.type, value.sql), value.type)


def alike_keys(value: Typed) -> Typed:
    """The map `value`, or failure if it has equal keys that are held differently."""
    names = Type("array", inner=value.type.inner[:1])
    return Typed(_alike(f"map_keys({value.sql})", names, value.sql), value.type) if has_key(names) else value


def _alike(elements: str, kind: Type, sql: str) -> str:
    what = "Equal elements or keys in different zones, or as maps in different orders, are not supported here"
    failure = f"fail('NOT_SUPPORTED: {what}')"
    differ = f"len(list_distinct({key(Typed(elements, kind))})) < len(list_distinct({elements}))"
    return f"CASE WHEN {differ} THEN {failure} ELSE {sql} END"


def looked_up(held: Typed, name: Typed, strict: bool) -> str:
    """The value of a key of the map `held`; for a missing one failure if `strict`, else NULL."""
    if not has_key(name.type):
        shown = f"CAST({name.sql} AS VARCHAR)"
        return f"map_subscript({held.sql}, {name.sql}, {shown})" if strict else f"({held.sql})[{name.sql}]"
    names = Typed(f"map_keys({held.sql})", Type("array", inner=(name.type,)))
    place = f"list_position({key(names)}, {key(name)})"
    value = f"map_values({held.sql})[{place}]"
    missing = f"{held.sql} IS NOT NULL AND {key(name)} IS NOT NULL AND coalesce({place}, 0) = 0"
    failure = "fail('INVALID_FUNCTION_ARGUMENT: Key not present in map')"
    return f"CASE WHEN {missing} THEN {failure} ELSE {value} END" if strict else value


def contained(values: Typed, element: Typed) -> str:
    """Whether an element of the array is equal."""
    inner = values.type.inner[0]
    if not inner.inner and not has_key(inner):
        return f"contained({values.sql}, {element.sql})"
    found = f"any_match(list_transform({values.sql}, lambda e: {equal(Typed('e', inner), element)}))"
    return f"CASE WHEN {element.sql} IS NOT NULL THEN {found} END"
