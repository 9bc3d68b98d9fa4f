"""What the command prints: tables, sizes and money."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from standpipe.athena import Result

ATHENA_DOLLARS_PER_TB = 5.0
"""https://aws.amazon.com/athena/pricing/ (us-east-1, per TB scanned)."""
ATHENA_MIN_BYTES = 10 * 1000 * 1000
"""Athena bills at least 10 MB a query."""

out = Console()
err = Console(stderr=True)


def table(columns: Sequence[str], rows: Sequence[Sequence[str | None]], title: str | None = None) -> Table:
    """A table; columns that hold only numbers are aligned right."""
    drawn = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for index, name in enumerate(columns):
        numeric = all(_is_number(row[index]) for row in rows)
        drawn.add_column(name, justify="right" if numeric and rows else "left")
    for row in rows:
        drawn.add_row(*("" if cell is None else cell for cell in row))
    return drawn


def cost(result: Result) -> str:
    """One line: how many rows, how long it took, what was scanned and what that costs on AWS."""
    scanned = f"{size(result.scanned_bytes)} scanned, {price_of_scan(result.scanned_bytes)} on AWS"
    return f"{len(result.rows)} rows, {result.milliseconds} ms, {scanned}"


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
