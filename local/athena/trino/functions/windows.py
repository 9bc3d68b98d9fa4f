"""https://trino.io/docs/current/functions/window.html"""

from local.athena.trino.signatures import Function, letter, window
from local.athena.trino.types import BIGINT, DOUBLE

T = letter("T")
_AWAY = (
    "CASE WHEN {1} IS NULL THEN fail('INVALID_FUNCTION_ARGUMENT: Offset must not be null') "
    "WHEN {1} < 0 THEN fail('INVALID_FUNCTION_ARGUMENT: Offset must be at least 0') ELSE {1} END"
)
_PLACE = "CASE WHEN {1} < 1 THEN fail('INVALID_FUNCTION_ARGUMENT: Offset must be at least 1') ELSE {1} END"
_BUCKETS = "CASE WHEN {0} <= 0 THEN fail('INVALID_FUNCTION_ARGUMENT: Buckets must be greater than 0') ELSE {0} END"
FUNCTIONS: tuple[Function, ...] = (
    *(window(name, [], BIGINT, f"{name}(){{over}}") for name in ("row_number", "rank", "dense_rank")),
    *(window(name, [], DOUBLE, f"{name}(){{over}}") for name in ("cume_dist", "percent_rank")),
    window("ntile", [BIGINT], BIGINT, f"ntile({_BUCKETS}){{over}}"),
    *(window(name, [T], T, f"{name}({{0}}{{order}}){{over}}") for name in ("first_value", "last_value")),
    window("nth_value", [T, BIGINT], T, f"nth_value({{0}}, {_PLACE}{{order}}){{over}}"),
    *(
        function
        for name in ("lag", "lead")
        for function in (
            window(name, [T], T, f"{name}({{0}}{{order}}){{over}}"),
            window(name, [T, BIGINT], T, f"{name}({{0}}, {_AWAY}{{order}}){{over}}"),
            window(name, [T, BIGINT, T], T, f"{name}({{0}}, {_AWAY}, {{2}}{{order}}){{over}}"),
        )
    ),
)
