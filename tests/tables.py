"""Tab-separated tables of cases, and the tables of Markdown that pages of docs/ show."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path


def cases(path: Path) -> Iterator[list[str]]:
    """The lines of a tab-separated file that are not comments."""
    with path.open(newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        yield from csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def markdown(head: Iterable[str], body: Iterable[Iterable[str]]) -> Iterator[str]:
    """The lines of a table, then an empty one."""
    titles = list(head)
    yield _line(titles)
    yield "|" + len(titles) * "---|"
    yield from map(_line, body)
    yield ""


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
