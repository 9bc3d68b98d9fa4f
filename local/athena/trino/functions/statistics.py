"""Distributions and similarities: https://trino.io/docs/current/functions/math.html"""

import math
from collections.abc import Sequence
from statistics import NormalDist

from local.athena.trino.functions.failing import invalid
from local.athena.trino.signatures import Function, Native, scalar
from local.athena.trino.types import DOUBLE, VARCHAR, array, mapping

_VECTOR = mapping(VARCHAR, DOUBLE)
FUNCTIONS: tuple[Function, ...] = (
    scalar("cosine_similarity", [array(DOUBLE), array(DOUBLE)], DOUBLE, "list_cosine_similarity({0}, {1})"),
    scalar("cosine_similarity", [_VECTOR, _VECTOR], DOUBLE, "trino_cosine_similarity({0}, {1})"),
    scalar("inverse_normal_cdf", [DOUBLE, DOUBLE, DOUBLE], DOUBLE, "trino_inverse_normal_cdf({0}, {1}, {2})"),
    scalar("normal_cdf", [DOUBLE, DOUBLE, DOUBLE], DOUBLE, "trino_normal_cdf({0}, {1}, {2})"),
)


Vector = Sequence[tuple[str, float | None]]
"""A map, as Arrow has it."""


def cosine_similarity(one: Vector, other: Vector) -> float | None:
    """Of vectors whose dimensions have names; NULL if a component is."""
    mine, its = ({name: each for name, each in vector if each is not None} for vector in (one, other))
    if len(mine) < len(one) or len(its) < len(other):
        return None
    norms = math.hypot(*mine.values()) * math.hypot(*its.values())
    return sum(each * its[name] for name, each in mine.items() if name in its) / norms if norms else math.nan


def inverse_normal_cdf(mean: float, deviation: float, probability: float) -> float:
    if not 0 < probability < 1:
        raise invalid("p must be 0 > p > 1")
    if not deviation > 0:
        raise invalid("sd must be > 0")
    return mean + deviation * NormalDist().inv_cdf(probability)


def normal_cdf(mean: float, deviation: float, value: float) -> float:
    if not deviation > 0:
        raise invalid("standardDeviation must be > 0")
    return 0.5 * (1 + math.erf((value - mean) / (deviation * math.sqrt(2))))


NATIVES = {
    "trino_cosine_similarity": Native(cosine_similarity, "DOUBLE"),
    "trino_inverse_normal_cdf": Native(inverse_normal_cdf, "DOUBLE"),
    "trino_normal_cdf": Native(normal_cdf, "DOUBLE"),
}
