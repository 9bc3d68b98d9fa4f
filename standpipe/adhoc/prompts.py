"""What `standpipe new` prompts for: the key and the partition, if they were not given."""

from collections.abc import Sequence

import typer

from schemas.contract import Unit
from standpipe import report
from standpipe.adhoc.contract import Chosen
from standpipe.adhoc.draft import Draft

_NONE = "-"


def choose(made: Draft, key: Sequence[str], by: str | None, unit: Unit) -> Chosen:
    """The options that were given, and the answers for those that were not; `-` means no partition."""
    return Chosen(tuple(key or _key(made)), _partition(made, by), unit)


def _key(made: Draft) -> list[str]:
    columns = [column.name for column in made.usable]
    report.say(f"The columns are {', '.join(columns)}.")
    answer = typer.prompt("Which ones are the key (comma-separated)", default=columns[0] if columns else "")
    return [name.strip() for name in answer.split(",") if name.strip()]


def _partition(made: Draft, by: str | None) -> str | None:
    if by is None and made.moments:
        by = typer.prompt(f"Partition by which of {', '.join(made.moments)} (none: {_NONE})", default=made.moments[0])
    return None if by in (None, _NONE) else by
