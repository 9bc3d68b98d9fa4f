"""https://trino.io/docs/current/functions/array.html"""

import functools
import itertools
import math
import random
import re
from collections.abc import Callable

from local.athena.errors import QueryError
from local.athena.trino.functions.failing import TrinoError, invalid
from local.athena.trino.operations.casts import cast
from local.athena.trino.operations.equality import alike, contained, looked_up
from local.athena.trino.signatures import Call, Function, Native, Typed, function_type, letter, scalar
from local.athena.trino.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DAY_TO_SECOND,
    DOUBLE,
    INTEGER,
    VARCHAR,
    YEAR_TO_MONTH,
    Type,
    array,
    row,
)

T, U, R, S = (letter(name) for name in "TURS")
_LIST = array(T)
_MOMENT = letter("M", "timestamp")


def _join(call: Call) -> str:
    values, sign = call.arguments[0], call.arguments[1].sql
    shown = cast(Typed("x", values.type.inner[0]), VARCHAR, strict=True)
    if shown is None:
        message = f"{call.place}: Input type {values.type} not supported"
        raise QueryError("INVALID_FUNCTION_ARGUMENT", message)
    texts = values.sql if values.type.inner[0] == VARCHAR else f"list_transform({values.sql}, lambda x: {shown.sql})"
    if len(call.arguments) == 2:
        return f"CASE WHEN {values.sql} IS NOT NULL THEN coalesce(array_to_string({texts}, {sign}), '') END"
    filled = f"list_transform({texts}, lambda x: coalesce(x, {call.arguments[2].sql}))"
    return f"CASE WHEN {values.sql} IS NOT NULL THEN coalesce(array_to_string({filled}, {sign}), '') END"


def _alike(template: str) -> Callable[[Call], str]:
    """A function that compares elements with the engine's `=`."""

    def compared(call: Call) -> str:
        first, *others = call.arguments
        return template.format(alike(first, *others).sql, *(each.sql for each in others))

    return compared


def _contained(call: Call) -> str:
    values, element = call.arguments
    return contained(values, element)


def _looked_up(call: Call) -> str:
    held, name = call.arguments
    return looked_up(held, name, strict=False)


def _zip(call: Call) -> str:
    names = call.returns.inner[0].members
    places = f"range(1, greatest({', '.join(f'len({value.sql})' for value in call.arguments)}) + 1)"
    members = ", ".join(f"{name} := ({value.sql})[i]" for name, value in zip(names, call.arguments, strict=True))
    missing = " OR ".join(f"{value.sql} IS NULL" for value in call.arguments)
    return f"CASE WHEN {missing} THEN NULL ELSE list_transform({places}, lambda i: struct_pack({members})) END"


def _zipped(call: Call) -> Type:
    return array(row(*(value.type.inner[0] for value in call.arguments)))


def _comparator(call: Call) -> str:
    """Sorts by ranks, which a matrix of all comparisons gives: the engine's sort takes no comparator."""
    values, compare = call.arguments
    names, _, body = compare.sql.removeprefix("lambda ").partition(": ")
    one, other = names.split(", ")
    compared = f"list_transform({values.sql}, lambda {other}: CAST({body} AS BIGINT))"
    matrix = f"list_transform({values.sql}, lambda {one}: {compared})"
    return f"list_transform(trino_order({matrix}), lambda i: ({values.sql})[i])"


def _series(start: str, stop: str, step: str, moved: str) -> str:
    """The elements that `moved` gives for each step i from zero."""
    return f"list_transform(generate_series(0, steps({start}, {stop}, {step})), lambda i: {moved})"


_DAYS = ("day_number({0})", "day_number({1})")


_COUNT = (
    "CASE WHEN {1} < 0 THEN fail('INVALID_FUNCTION_ARGUMENT: count argument of repeat function must be greater than "
    "or equal to 0') WHEN {1} > 10000 THEN fail('INVALID_FUNCTION_ARGUMENT: count argument of repeat function must be "
    "less than or equal to 10000') WHEN strlen(CAST({0} AS VARCHAR)) * {1} > 1000000 THEN fail("
    "'INVALID_FUNCTION_ARGUMENT: result of repeat function must not take more than 1000000 bytes') ELSE {1} END"
)
FUNCTIONS: tuple[Function, ...] = (
    *(
        scalar(name, [_LIST, function_type(T, BOOLEAN)], BOOLEAN, f"{name}(list_transform({{0}}, {{1}}))")
        for name in ("all_match", "any_match", "none_match")
    ),
    scalar("array_distinct", [_LIST], _LIST, _alike("distinct_elements({0})")),
    scalar("array_except", [_LIST, _LIST], _LIST, _alike("distinct_elements(elements_not_in({0}, {1}))")),
    scalar("array_first", [_LIST], T, "({0})[1]"),
    scalar("array_histogram", [_LIST], Type("map", inner=(T, BIGINT)), _alike("list_histogram({0})")),
    scalar("array_intersect", [_LIST, _LIST], _LIST, _alike("distinct_elements(elements_in({0}, {1}))")),
    scalar("array_join", [_LIST, VARCHAR], VARCHAR, _join),
    scalar("array_join", [_LIST, VARCHAR, VARCHAR], VARCHAR, _join),
    scalar("array_last", [_LIST], T, "({0})[-1]"),
    scalar("array_max", [_LIST], T, "extreme_element({0}, list_max({0}))"),
    scalar("array_min", [_LIST], T, "extreme_element({0}, list_min({0}))"),
    scalar(
        "array_position",
        [_LIST, T],
        BIGINT,
        _alike(
            "CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL "
            "THEN CAST(coalesce(list_position({0}, {1}), 0) AS BIGINT) END"
        ),
    ),
    scalar("array_remove", [_LIST, T], _LIST, _alike("list_filter({0}, lambda x: x IS NULL OR x <> {1})")),
    scalar("array_sort", [_LIST], _LIST, "list_sort({0}, 'ASC', 'NULLS LAST')"),
    scalar("array_sort", [_LIST, function_type(T, T, INTEGER)], _LIST, _comparator),
    scalar("array_union", [_LIST, _LIST], _LIST, _alike("distinct_elements(arrays_joined({0}, {1}))")),
    scalar("arrays_overlap", [_LIST, _LIST], BOOLEAN, _alike("overlap({0}, {1})")),
    scalar("cardinality", [_LIST], BIGINT, "CAST(len({0}) AS BIGINT)"),
    scalar("cardinality", [Type("map", inner=(T, U))], BIGINT, "CAST(cardinality({0}) AS BIGINT)"),
    scalar(
        "combinations",
        [_LIST, BIGINT],
        array(_LIST),
        "list_transform(trino_combinations(len({0}), {1}), lambda c: list_transform(c, lambda i: ({0})[i]))",
    ),
    scalar("contains", [_LIST, T], BOOLEAN, _contained),
    scalar("contains_sequence", [_LIST, _LIST], BOOLEAN, _alike("holds_sequence({0}, {1})")),
    scalar("dot_product", [array(DOUBLE), array(DOUBLE)], DOUBLE, "list_dot_product({0}, {1})"),
    scalar("element_at", [_LIST, BIGINT], T, "element({0}, {1})"),
    scalar(
        "element_at",
        [Type("map", inner=(T, U)), T],
        U,
        lambda call: looked_up(call.arguments[0], call.arguments[1], strict=False),
    ),
    scalar("euclidean_distance", [array(DOUBLE), array(DOUBLE)], DOUBLE, "list_distance({0}, {1})"),
    scalar("filter", [_LIST, function_type(T, BOOLEAN)], _LIST, "list_filter({0}, {1})"),
    scalar("flatten", [array(_LIST)], _LIST, "flatten({0})"),
    scalar("ngrams", [_LIST, BIGINT], array(_LIST), "ngrams({0}, {1})"),
    scalar("reduce", [_LIST, S, function_type(S, T, S), function_type(S, R)], R, lambda call: _reduced(call)),
    scalar("repeat", [T, BIGINT], _LIST, f"list_transform(range(0, {_COUNT}), lambda i: {{0}})"),
    scalar(
        "sequence",
        [BIGINT, BIGINT],
        array(BIGINT),
        _series("{0}", "{1}", "one_way({0}, {1})", "{0} + i * one_way({0}, {1})"),
    ),
    scalar("sequence", [BIGINT, BIGINT, BIGINT], array(BIGINT), _series("{0}", "{1}", "{2}", "{0} + i * {2}")),
    scalar(
        "sequence",
        [DATE, DATE],
        array(DATE),
        _series(*_DAYS, "one_way({0}, {1})", "{0} + CAST(i * one_way({0}, {1}) AS INTEGER)"),
    ),
    scalar(
        "sequence",
        [DATE, DATE, DAY_TO_SECOND],
        array(DATE),
        _series(*_DAYS, "whole_days({2})", "{0} + CAST(i * whole_days({2}) AS INTEGER)"),
    ),
    scalar(
        "sequence",
        [DATE, DATE, YEAR_TO_MONTH],
        array(DATE),
        "list_transform(month_series({0}, {1}, {2}), lambda i: CAST(i AS DATE))",
    ),
    scalar("sequence", [_MOMENT, _MOMENT, DAY_TO_SECOND], array(_MOMENT), "time_series({0}, {1}, {2})"),
    scalar("sequence", [_MOMENT, _MOMENT, YEAR_TO_MONTH], array(_MOMENT), "month_series({0}, {1}, {2})"),
    scalar("shuffle", [_LIST], _LIST, "list_transform(trino_shuffled(len({0}), random()), lambda i: ({0})[i])"),
    scalar("slice", [_LIST, BIGINT, BIGINT], _LIST, "sliced({0}, {1}, {2})"),
    scalar("transform", [_LIST, function_type(T, U)], array(U), "list_transform({0}, {1})"),
    scalar("trim_array", [_LIST, BIGINT], _LIST, "trimmed({0}, {1})"),
    *(scalar("zip", [array(letter(name)) for name in "ABCDE"[:count]], _zipped, _zip) for count in (2, 3, 4, 5)),
    scalar("zip_with", [_LIST, array(U), function_type(T, U, R)], array(R), lambda call: _zipped_with(call)),
)


def _reduced(call: Call) -> str:
    values, start, step, end = (value.sql for value in call.arguments)
    state = f"list_reduce(list_transform({values}, lambda x: x), {step}, {start})"
    name, _, body = end.removeprefix("lambda ").partition(": ")
    return state if body == name else f"list_transform([{state}], {end})[1]"


def _zipped_with(call: Call) -> str:
    one, other, step = (value.sql for value in call.arguments)
    first, second = step.removeprefix("lambda ").partition(": ")[0].split(", ")
    body = step.partition(": ")[2]
    places = f"range(1, greatest(len({one}), len({other})) + 1)"
    pairs = f"list_transform({places}, lambda i: struct_pack(a := ({one})[i], b := ({other})[i]))"
    inner = _with_members(body, first, second)
    return f"CASE WHEN {one} IS NOT NULL AND {other} IS NOT NULL THEN list_transform({pairs}, lambda p: {inner}) END"


def _with_members(body: str, first: str, second: str) -> str:
    """The body of a lambda of two, as that of one whose argument holds both."""
    return re.sub(rf"\b({first}|{second})\b", lambda found: "(p).a" if found[1] == first else "(p).b", body)


def order(matrix: list[list[int | None]]) -> list[int]:
    """Places, from 1, of the elements in the order that their comparisons say."""
    for comparison in itertools.chain.from_iterable(matrix):
        if comparison not in (-1, 0, 1):
            raise invalid("Lambda comparator must return either -1, 0, or 1")

    def compared(one: int, other: int) -> int:
        return matrix[one][other] or 0

    return [place + 1 for place in sorted(range(len(matrix)), key=functools.cmp_to_key(compared))]


def combinations(length: int, size: int) -> list[list[int]]:
    if not 0 <= size <= 5:
        raise invalid("combination size must not be negative or greater than 5: " + str(size))
    if math.comb(length, size) > 100_000:
        raise TrinoError("EXCEEDED_FUNCTION_MEMORY_LIMIT", "combinations exceed max size")
    return [list(each) for each in itertools.combinations(range(1, length + 1), size)]


def shuffled(length: int, seed: float) -> list[int]:
    places = list(range(1, length + 1))
    random.Random(seed).shuffle(places)  # noqa: S311 - no secret
    return places


NATIVES: dict[str, Native] = {
    "trino_order": Native(order, "BIGINT[]"),
    "trino_combinations": Native(combinations, "BIGINT[][]"),
    "trino_shuffled": Native(shuffled, "BIGINT[]"),
}
