"""Where a value stands in a table: a column that all rows of a file share is known before the file is read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class Files(Protocol):
    """The files of one table."""

    @property
    def names(self) -> Collection[str]:
        """The columns that have one value in a file."""

    def values(self, condition: str, alias: str, columns: Mapping[str, str]) -> Sequence[Sequence[str | None]] | None:
        """The columns' values, as texts, in the files of which the condition is true; None if they cannot be known.

        `columns` are the files' own names of the columns that the condition has as `alias.name`, by these names. A row
        that is in no file, as an outer join adds it, has NULLs, and is asked too.
        """


class Mention:
    """One place at which a query names a table."""

    def __init__(self, files: Files) -> None:
        self.files = files


@dataclass(frozen=True)
class Origin:
    """That a value is what a column has in a row of the table mentioned there, or NULL."""

    mention: Mention
    column: str
