"""From the bytes of a file to chunks of rows: every format under one name.

Nothing here knows where a file came from, who else reads it, or where its rows go.
"""

from collections.abc import Iterator

from producers.files.errors import FileError
from producers.files.formats import delimited, documents, fixed_width
from producers.files.formats.damage import refusal
from producers.files.formats.opening import Opened
from producers.files.formats.reading import START, Chunk, Position
from schemas.contract import Contract


def chunks(file: Opened, contract: Contract, start: Position = START, end: int | None = None) -> Iterator[Chunk]:
    """The rows of an opened file from `start` on, whatever its format, bad ones as rejects.

    `end` is the byte of plain text where another reader takes over. Raises `FileError`.
    """
    try:
        yield from _chunks(file, contract, start, end)
    except FileError:
        raise
    except Exception as error:
        raise refusal(file.uri, error) from error


def _chunks(file: Opened, contract: Contract, start: Position, end: int | None) -> Iterator[Chunk]:
    if file.format == "csv":
        return delimited.chunks(file, contract, start, end)
    if file.format == "fixed_width":
        return fixed_width.chunks(file, contract, start, end)
    if file.format == "json":
        return documents.chunks(file, contract, start, end)
    if file.format == "parquet":
        from producers.files.formats import parquet  # these bring large libraries, which most files do without

        return parquet.chunks(file, contract, start)
    from producers.files.formats import workbooks

    return workbooks.chunks(file, contract, start)
