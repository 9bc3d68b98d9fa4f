"""Which field of a file is which column of its dataset."""

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import Final

from producers.files.errors import FileError
from schemas.contract import Contract

Columns = dict[int, str]
"""Position of a field to the column it fills."""
_SEPARATORS: Final = re.compile(r"[\W_]+")
_SIMILARITY: Final = 0.8
"""Of two names, from which on one may be the other misspelt."""
_SAID_CHARS: Final = 200
"""How much of the names in a file is said at most."""


class HeaderError(FileError):
    """A header that is not one of the dataset; `nearness` orders several by how near they came."""

    def __init__(self, uri: str, found: str, valid: str, nearness: int) -> None:
        super().__init__(uri, found, valid)
        self.nearness = nearness


def columns_of(uri: str, header: Sequence[str], contract: Contract, where: str = "") -> Columns:
    """The fields that some column accepts, capitals and spaces around names aside; others are left out.

    Raises `HeaderError` when a column that every row needs is missing, or one comes twice; `where` is said before what
    is wrong.
    """
    columns = known_columns(header, contract)
    needed = [column.name for column in contract.columns if contract.is_required(column)]
    names = ", ".join(header)[:_SAID_CHARS].encode(errors="backslashreplace").decode()
    if missing := [name for name in needed if name not in columns.values()]:
        near = _near(missing, [field for at, field in enumerate(header) if at not in columns], contract)
        found = f"{where}the header lacks {', '.join(missing)}; it is {names!r}"
        hints = "".join(f"; {field!r} may be {name}: add `from: {field!r}` to it" for name, field in near.items())
        raise HeaderError(uri, found, f"it must name {', '.join(needed)}{hints}", len(columns) + len(near))
    if len(set(columns.values())) < len(columns):
        twice = f"{where}the header names a column twice: {names}"
        raise HeaderError(uri, twice, "each column may come once", len(columns))
    return columns


def known_columns(header: Sequence[str], contract: Contract) -> Columns:
    """The fields of `header` that some column accepts."""
    names = {
        accepted.casefold(): column.name for column in contract.columns for accepted in reversed(column.accepted_names)
    }
    plain = [field.strip().casefold() for field in header]
    return {position: names[field] for position, field in enumerate(plain) if field in names}


def drift(header: Sequence[str], columns: Columns, contract: Contract) -> str:
    """What a load says of a header that does not name every column; empty if it does."""
    others = [field.strip() for at, field in enumerate(header) if at not in columns and field.strip()]
    return drift_of(columns.values(), others, contract, "all rows")


def drift_of(found: Collection[str], others: Sequence[str], contract: Contract, rows: str) -> str:
    """What a load says when the `rows` have not all columns, but those `found`; empty if they have.

    The fields `others`, which no column takes, are named only then: one of them may be a missing column, renamed.
    """
    missing = [column.name for column in contract.columns if column.name not in found]
    if not missing:
        return ""
    which = f"{missing[0]}, which is" if len(missing) == 1 else f"{', '.join(missing)}, which are"
    unread = f"; not read: {', '.join(others)[:_SAID_CHARS]}" if others else ""
    note = f"no column{'s' if len(missing) > 1 else ''} {which} NULL in {rows}{unread}"
    return note.encode(errors="backslashreplace").decode()


def _near(missing: Sequence[str], fields: Sequence[str], contract: Contract) -> dict[str, str]:
    """Those of the columns `missing` that one of the `fields` may be meant for, with the field."""
    plain = {_plain(field): field.strip() for field in reversed(fields) if _plain(field)}
    found: dict[str, str] = {}
    for name in missing:
        for accepted in map(_plain, contract.column(name).accepted_names):
            if name not in found and (near := get_close_matches(accepted, plain, 1, _SIMILARITY)):
                found[name] = plain.pop(near[0])
    return found


def _plain(name: str) -> str:
    return _SEPARATORS.sub("_", name.casefold()).strip("_")
