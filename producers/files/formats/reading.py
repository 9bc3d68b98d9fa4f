"""What every format is read as: chunks of rows, and after each the place to continue from."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeVar

from delivery.limits import KIB, MAX_RECORD_BYTES
from producers.loading import Item

BLOCK_BYTES: Final = 512 * KIB
"""What is read and turned into rows at a time: with all that becomes of it, about what a processor's cache holds."""
MAX_LINE_BYTES: Final = 16 * MAX_RECORD_BYTES
"""A longer line is cut, so that a file without line ends takes no more memory; no record could hold it anyway."""
TOO_LONG_LINE: Final = f"it is longer than the {MAX_LINE_BYTES:,} bytes that are read of a line; look for line ends"

MAX_ROW_BYTES: Final = MAX_RECORD_BYTES - 8 * KIB
"""Of a row in JSON: a record has a header, too."""
TOO_LONG: Final = f"it is longer than the {MAX_ROW_BYTES:,} bytes that a record can hold; shorten its longest value"

Each = TypeVar("Each")


class RowError(ValueError):
    """A row that cannot be read, and the column whose value is to blame, if it is one."""

    def __init__(self, reason: str, column: str | None = None) -> None:
        super().__init__(reason)
        self.column = column


class Position(NamedTuple):
    """A place between two rows: `at` counts bytes of uncompressed text, or rows where there is no text.

    `line` is the number of the next line or row, from 1 on.
    """

    at: int = 0
    line: int = 1


START: Final = Position()


class Chunk(NamedTuple):
    """Rows read at once and the position after them.

    `note` is what the load should say of the file, as far as these rows show it.
    """

    items: Sequence[Item]
    after: Position
    note: str = ""


def joined(notes: Iterable[str]) -> str:
    """Those of the notes that say something, each once."""
    return "; ".join(filter(None, dict.fromkeys(notes)))


def batches(found: Iterable[Each], size: int, weight: Callable[[Each], int] = lambda _: 1) -> Iterator[list[Each]]:
    """What is found, `size` at a time, or less of what weighs more; when an error ends it, what came before is given
    first."""
    batch: list[Each] = []
    held = 0
    try:
        for each in found:
            batch.append(each)
            held += weight(each)
            if held >= size:
                yield batch
                batch, held = [], 0
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch
