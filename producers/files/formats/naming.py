"""Which field of a file is which column of its dataset."""

from collections.abc import Sequence

from producers.files.errors import FileError
from schemas.contract import Contract

Columns = dict[int, str]
"""Position of a field to the column it fills."""


def columns_of(uri: str, header: Sequence[str], contract: Contract) -> Columns:
    """The fields that some column accepts, capitals and spaces around names aside; others are left out.

    Raises `FileError` when a column that every row needs is missing, or one comes twice.
    """
    columns = known_columns(header, contract)
    needed = [column.name for column in contract.columns if contract.is_required(column)]
    if missing := [name for name in needed if name not in columns.values()]:
        found = ", ".join(header)[:200].encode(errors="backslashreplace").decode()
        raise FileError(
            uri, f"the header lacks {', '.join(missing)}; it is {found!r}", f"it must name {', '.join(needed)}"
        )
    if len(set(columns.values())) < len(columns):
        raise FileError(uri, f"the header names a column twice: {', '.join(header)}", "each column may come once")
    return columns


def known_columns(header: Sequence[str], contract: Contract) -> Columns:
    """The fields of `header` that some column accepts."""
    names = {
        accepted.casefold(): column.name for column in contract.columns for accepted in reversed(column.accepted_names)
    }
    plain = [field.strip().casefold() for field in header]
    return {position: names[field] for position, field in enumerate(plain) if field in names}
