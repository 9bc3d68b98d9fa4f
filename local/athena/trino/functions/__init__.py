"""Every function of Trino that is answered here, by name, and how the engine computes it.

This is the only list of names that a query can call: the engine's own functions are out of its reach.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from local.athena.trino.functions import (
    aggregates,
    arrays,
    binary,
    json,
    maps,
    numbers,
    patterns,
    statistics,
    strings,
    time_formats,
    times,
    windows,
)
from local.athena.trino.functions.unsupported import UNSUPPORTED, UNSUPPORTED_WAYS
from local.athena.trino.signatures import Function, Native

AREAS: Mapping[str, Sequence[Function]] = {
    "Strings": strings.FUNCTIONS,
    "Regular expressions": patterns.FUNCTIONS,
    "Numbers": (*numbers.FUNCTIONS, *statistics.FUNCTIONS),
    "Dates and times": (*times.FUNCTIONS, *time_formats.FUNCTIONS),
    "Arrays": arrays.FUNCTIONS,
    "Maps": maps.FUNCTIONS,
    "JSON": json.FUNCTIONS,
    "Binary and URLs": binary.FUNCTIONS,
    "Aggregates": aggregates.FUNCTIONS,
    "Windows": windows.FUNCTIONS,
}
NATIVES: Mapping[str, Native] = {
    **strings.NATIVES,
    **patterns.NATIVES,
    **numbers.NATIVES,
    **statistics.NATIVES,
    **times.NATIVES,
    **time_formats.NATIVES,
    **arrays.NATIVES,
    **json.NATIVES,
    **binary.NATIVES,
}
"""Functions of ours that the engine calls by these names."""

KNOWN_TO_TRINO = UNSUPPORTED
"""Names of Trino's functions that are not answered here."""
WAYS_KNOWN_TO_TRINO = UNSUPPORTED_WAYS
"""Ways to call those that are."""


def _by_name() -> dict[str, list[Function]]:
    found: dict[str, list[Function]] = defaultdict(list)
    for functions in AREAS.values():
        for function in functions:
            found[function.name].append(function)
    return dict(found)


FUNCTIONS: Mapping[str, Sequence[Function]] = _by_name()
