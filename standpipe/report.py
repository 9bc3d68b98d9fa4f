"""What the command prints: tables, sizes and money."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from standpipe.athena import Result

ATHENA_DOLLARS_PER_TB = 5.0
"""https://aws.amazon.com/athena/pricing/ (us-east-1, per TB scanned)."""
ATHENA_MIN_BYTES = 10 * 1000 * 1000
"""Athena bills at least 10 MB a query."""

out = Console()
err = Console(stderr=True)


def say(text: str) -> None:
    """A line of plain text, never wrapped or coloured."""
    out.print(text, highlight=False, markup=False, soft_wrap=True)


def table(columns: Sequence[str], rows: Sequence[Sequence[str | None]], title: str | None = None) -> None:
    """A table under its title; columns that hold only numbers are aligned right, NULL is empty."""
    drawn = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for index, name in enumerate(columns):
        numeric = all(_is_number(row[index]) for row in rows)
        drawn.add_column(name, justify="right" if numeric and rows else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text("" if cell is None else cell) for cell in row))
    if title:
        out.print(f"\n[bold]{title}[/]", highlight=False)
    out.print(drawn)
    out.print()


def cost(result: Result) -> str:
    """One line: how many rows, how long it took, what was scanned and what that costs on AWS."""
    scanned = f"{size(result.scanned_bytes)} scanned, {price_of_scan(result.scanned_bytes)} on AWS"
    count = len(result.rows)
    return f"{count} {'row' if count == 1 else 'rows'}, {result.milliseconds} ms, {scanned}"


def price_of_scan(scanned_bytes: int) -> str:
    """What a query that scans so much costs on AWS, in US dollars."""
    return f"${max(scanned_bytes, ATHENA_MIN_BYTES) / 1e12 * ATHENA_DOLLARS_PER_TB:.6f}"


def size(count: int) -> str:
    """Bytes as people read them: `1.2 MB`."""
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
