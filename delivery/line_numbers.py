"""Which line of a file each row of a record was read from, in a few bytes.

Rows mostly follow each other, so their numbers are kept as runs: the first line, how many rows there are from it on,
one a line, then how many lines are left out, how many rows, and so on. `(2, 3, 10, 1)` is the lines 2, 3, 4 and 15.
"""

from collections.abc import Iterator, Sequence
from typing import Final

FIRST_RUN_BYTES: Final = 40
"""What the first run adds to a header, at most; others add less."""
_COUNT_BYTES: Final = len(",1000000,")


class Runs:
    """Collects line numbers. Numbers that are not known, 0, make all of them unknown."""

    def __init__(self) -> None:
        self._runs: list[int] = []
        self._next = 0
        self._known = True

    def add(self, lines: Sequence[int], rows: int) -> int:
        """Take the lines of `rows` more rows (none: not known); gives by how many bytes the header grows at most."""
        if len(lines) != rows or 0 in lines[:1]:
            self._known = False
            return 0
        if isinstance(lines, range):
            return self._run(lines.start, rows)
        return sum(self._run(line, 1) for line in lines)

    def _run(self, first: int, rows: int) -> int:
        left_out, self._next = first - self._next, first + rows
        if self._runs and not left_out:
            self._runs[-1] += rows
            return 0
        self._runs += (left_out, rows)
        return FIRST_RUN_BYTES if len(self._runs) == 2 else len(str(left_out)) + _COUNT_BYTES

    @property
    def known(self) -> tuple[int, ...]:
        """The runs; empty when they are not known."""
        return tuple(self._runs) if self._known else ()


def most_bytes(lines: Sequence[int]) -> int:
    """By how many bytes a header grows at most with `lines`."""
    if not lines:
        return 0
    return FIRST_RUN_BYTES + (0 if isinstance(lines, range) else len(lines) * (len(str(lines[-1])) + _COUNT_BYTES))


def line_numbers(runs: Sequence[int]) -> Iterator[int]:
    """The number of each row's line."""
    line = 0
    for left_out, rows in zip(runs[::2], runs[1::2], strict=False):
        line += left_out
        yield from range(line, line + rows)
        line += rows
