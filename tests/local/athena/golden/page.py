"""Write docs/athena-functions.md: `make docs`."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import sqlglot

from local.athena.trino import Language
from local.athena.trino.expressions.calls import CONDITIONAL
from local.athena.trino.expressions.special import plain_call
from local.athena.trino.functions import AREAS, KNOWN_TO_TRINO, WAYS_KNOWN_TO_TRINO
from tests import tables

HERE = Path(__file__).parent
PAGE = HERE.parents[3] / "docs" / "athena-functions.md"
EXPRESSIONS = ("strings", "numbers", "conversions", "times", "arrays", "documents")
_WAYS = 4
_INTRODUCTION = """# The SQL of the local Athena

<!-- Written by tests/local/athena/golden/page.py (`make docs`): edit local/athena/trino and the tables beside it. -->

`local/athena/trino/` translates Trino's SQL to DuckDB's with the types that Trino gives to each expression: which
function is meant, what a decimal's division keeps, and what is refused with `TYPE_MISMATCH` follow from them. A name
that is not on this page is refused, so no query can call a function of DuckDB's that Trino lacks or that reads a file
or a setting.

{names} names can be called. `tests/local/athena/golden` has {statements} statements with their results or refusals: for
{documented} the answer is an example of Trino's documentation, {ruled} follow from its rules, {ours} are our own
choices. None has been compared with an AWS account.
"""


def cases(*names: str) -> Iterator[list[str]]:
    """The lines of the tables: first the statement or expression, last why its answer is known."""
    for name in names:
        yield from tables.cases(HERE / f"{name}.tsv")


def statements() -> Iterator[str]:
    """All statements that have an answer."""
    yield from (f"SELECT {expression}" for expression, *_ in cases(*EXPRESSIONS))
    yield from (statement for statement, *_ in cases("statements"))


def examples() -> Counter[str]:
    """How many statements call each function."""
    called: Counter[str] = Counter()
    for statement in statements():
        calls = map(plain_call, sqlglot.parse_one(statement, dialect=Language).walk())
        called.update({name for name, _ in filter(None, calls)})
        called.update(["if"] if "if(" in statement.lower() else [])
    return called


def page() -> str:
    """The page's whole text."""
    return "\n".join([*_head(), *_functions(), *_unsupported(), *_deviations()])


def _head() -> Iterator[str]:
    reasons = Counter(
        case[-1].partition(":")[0].partition(";")[0] for case in cases(*EXPRESSIONS, "statements", "refusals")
    )
    names = len({function.name for functions in AREAS.values() for function in functions} | {*CONDITIONAL, "if"})
    yield _INTRODUCTION.format(
        names=names, statements=reasons.total(), documented=reasons["doc"], ruled=reasons["rule"], ours=reasons["ours"]
    )


def _functions() -> Iterator[str]:
    called = examples()
    for area, functions in AREAS.items():
        yield f"## {area}"
        yield ""
        rows = []
        for name in sorted({function.name for function in functions}):
            ways = dict.fromkeys(function.shown() for function in functions if function.name == name)
            shown = [f"`{way}`" for way in list(ways)[:_WAYS]] + (["..."] if len(ways) > _WAYS else [])
            rows.append((", ".join(shown), str(called[name])))
        yield from tables.markdown(("Function", "Tested examples"), rows)
    yield "## Conditional"
    yield ""
    yield from tables.markdown(
        ("Function", "Tested examples"), ((f"`{name}`", str(called[name])) for name in sorted((*CONDITIONAL, "if")))
    )


def _unsupported() -> Iterator[str]:
    yield "## Trino's functions that are refused"
    yield ""
    names = [*KNOWN_TO_TRINO, *WAYS_KNOWN_TO_TRINO.values()]
    yield f"Each with `NOT_SUPPORTED` and its name: {', '.join(f'`{name}`' for name in sorted(names))}."
    yield ""


def _deviations() -> Iterator[str]:
    yield "## Where this differs from Trino"
    yield ""
    yield from tables.markdown(("Of", "Here"), ((what, here) for what, here in cases("deviations")))


if __name__ == "__main__":
    PAGE.write_text(page())
