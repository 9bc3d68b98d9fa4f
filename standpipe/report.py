"""What the command prints: tables, sizes and money."""

import math
import re
from collections.abc import Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from standpipe.query.athena import Statistics

MB = 1000 * 1000
ATHENA_DOLLARS_PER_TB = 5.0
"""In us-east-1 and most regions; some cost more. https://aws.amazon.com/athena/pricing/"""
ATHENA_MIN_MB = 10
"""Athena bills whole megabytes, at least 10 of them for a query that is not DDL."""

_ANY_WIDTH = 1_000_000
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What commands a terminal; a new line and a tab only move on."""
_MOVES: Final = re.compile("[\t\n]")

out = Console()
err = Console(stderr=True)


def say(text: str) -> None:
    """A line of plain text, never wrapped or coloured."""
    out.print(printable(text), highlight=False, markup=False, soft_wrap=True)


def note(text: str) -> None:
    """A line about the output, on standard error."""
    err.print(printable(text), highlight=False, markup=False, soft_wrap=True)


def alarm(text: str) -> None:
    """A line about a failure, in red, on standard error."""
    err.print(printable(text), style="red", highlight=False, markup=False, soft_wrap=True)


def printable(text: str) -> str:
    """`text` with control characters as `\\x1b`: data must not move the cursor or clear the screen."""
    return _CONTROL.sub(_escaped, text)


def _escaped(found: "re.Match[str]") -> str:
    return f"\\x{ord(found[0]):02x}"


def table(columns: Sequence[str], rows: Sequence[Sequence[str | None]], title: str | None = None) -> None:
    """A table under its title; columns that hold only numbers are aligned right, NULL is empty.

    One that is too wide for the terminal is printed as a block for each row.
    """
    columns = [_cell(name) for name in columns]
    rows = [[cell and _cell(cell) for cell in row] for row in rows]
    drawn = _drawn(columns, rows)
    width = Measurement.get(out, out.options.update(width=_ANY_WIDTH), drawn).maximum
    if title:
        out.print(f"\n[bold]{title}[/]", highlight=False)
    if width > out.width and out.is_terminal and rows:
        names = [name.ljust(max(map(len, columns))) for name in columns]
        for number, row in enumerate(rows, 1):
            out.rule(f"row {number}", align="left", style="none")
            for name, cell in zip(names, row, strict=True):
                say(f"{name}  {cell or ''}")
    else:
        drawn.width = width
        out.print(drawn, crop=False, no_wrap=True, overflow="ignore")
    out.print()


def _cell(text: str) -> str:
    """`text` on one line."""
    return _MOVES.sub(_escaped, printable(text))


def _drawn(columns: Sequence[str], rows: Sequence[Sequence[str | None]]) -> Table:
    drawn = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for index, name in enumerate(columns):
        numeric = all(_is_number(row[index]) for row in rows)
        drawn.add_column(Text(name), justify="right" if numeric and rows else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text("" if cell is None else cell) for cell in row))
    return drawn


def cost(rows: int, statistics: Statistics) -> str:
    """One line: how many rows, how long it took, what was scanned and what that costs on AWS."""
    took = f"{statistics.total} ms (queued {statistics.queue}, engine {statistics.engine})"
    scanned = f"{size(statistics.scanned_bytes)} scanned, {price(statistics)} on AWS at ${ATHENA_DOLLARS_PER_TB:g} a TB"
    return f"{rows} {'row' if rows == 1 else 'rows'}, {took}, {scanned}"


def price(statistics: Statistics) -> str:
    """What the query costs on AWS, in US dollars, at the price of us-east-1."""
    megabytes = max(math.ceil(statistics.scanned_bytes / MB), ATHENA_MIN_MB) if statistics.billed else 0
    return f"${megabytes * MB / 1e12 * ATHENA_DOLLARS_PER_TB:.6f}"


def size(count: int) -> str:
    """Bytes in a readable unit: `1.2 MB`."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def _is_number(cell: str | None) -> bool:
    if cell is None:
        return True
    try:
        float(cell.replace(",", ""))
    except ValueError:
        return False
    return True
