"""https://trino.io/docs/current/functions/window.html"""

from local.athena.trino.signatures import Function, letter, window
from local.athena.trino.types import BIGINT, DOUBLE

T = letter("T")
FUNCTIONS: tuple[Function, ...] = (
    *(window(name, [], BIGINT, f"{name}(){{over}}") for name in ("row_number", "rank", "dense_rank")),
    *(window(name, [], DOUBLE, f"{name}(){{over}}") for name in ("cume_dist", "percent_rank")),
    window("ntile", [BIGINT], BIGINT, "ntile({0}){over}"),
    *(window(name, [T], T, f"{name}({{0}}{{order}}){{over}}") for name in ("first_value", "last_value")),
    window("nth_value", [T, BIGINT], T, "nth_value({0}, {1}{order}){over}"),
    *(
        function
        for name in ("lag", "lead")
        for function in (
            window(name, [T], T, f"{name}({{0}}{{order}}){{over}}"),
            window(name, [T, BIGINT], T, f"{name}({{0}}, {{1}}{{order}}){{over}}"),
            window(name, [T, BIGINT, T], T, f"{name}({{0}}, {{1}}, {{2}}{{order}}){{over}}"),
        )
    ),
)
