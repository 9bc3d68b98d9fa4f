"""From the bytes of a file to chunks of rows: every format under one name.

Nothing here knows where a file came from, who else reads it, or where its rows go.
"""

from collections.abc import Iterator

from producers.files.errors import FileError
from producers.files.formats import fixed_width
from producers.files.formats.delimited.chunks import chunks as delimited_chunks
from producers.files.formats.documents.chunks import chunks as documents_chunks
from producers.files.formats.reading import START, Chunk, Position
from producers.files.formats.streams.damage import refusal
from producers.files.formats.streams.opening import Opened
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
        return delimited_chunks(file, contract, start, end)
    if file.format == "fixed_width":
        return fixed_width.chunks(file, contract, start, end)
    if file.format == "json":
        return documents_chunks(file, contract, start, end)
    if file.format == "parquet":
        # these import large libraries, which most files do without
        from producers.files.formats.parquet.chunks import chunks as parquet_chunks

        return parquet_chunks(file, contract, start)
    from producers.files.formats.workbooks.chunks import chunks as workbooks_chunks

    return workbooks_chunks(file, contract, start)
