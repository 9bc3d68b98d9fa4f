"""The answer to a query as CSV, JSON or Parquet, written page by page."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import IO, Final

import msgspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from standpipe.query.athena import Answer, Column, FileFormat, NamedTwiceError, Row
from standpipe.query.types import arrow_type, typed

_ROWS_AT_ONCE: Final = 100_000
_JSON_NUMBERS: Final = frozenset({"tinyint", "smallint", "integer", "bigint", "float", "real", "double", "decimal"})
_NO_JSON_NUMBERS: Final = frozenset({"NaN", "Infinity", "-Infinity"})


def write(answer: Answer, form: FileFormat, file: IO[bytes]) -> int:
    """Write all rows to `file`; returns how many. Raises `NamedTwiceError` before anything is written.

    CSV is Athena's own: every value quoted, NULL left empty. JSON is an array of objects, a row a line; numbers keep
    every digit, and values that JSON cannot represent are text. Parquet has the columns' types.
    """
    if form != "csv":
        _refuse_repeated(answer.columns)
    return _WRITERS[form](answer, file)


def _csv(answer: Answer, file: IO[bytes]) -> int:
    schema = pa.schema([(column.name, pa.string()) for column in answer.columns])
    with pyarrow.csv.CSVWriter(file, schema) as writer:
        return _in_parts(answer.rows(), lambda rows: writer.write(pa.table(_columns(rows), schema=schema)))


def _parquet(answer: Answer, file: IO[bytes]) -> int:
    schema = pa.schema([(column.name, arrow_type(column)) for column in answer.columns])

    def part(rows: list[Row]) -> None:
        texts = zip(_columns(rows), answer.columns, strict=True)
        writer.write_table(pa.table([typed(values, column) for values, column in texts], schema=schema))

    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        return _in_parts(answer.rows(), part)


def _json(answer: Answer, file: IO[bytes]) -> int:
    encoder, count = msgspec.json.Encoder(), 0
    file.write(b"[")
    for count, row in enumerate(answer.rows(), 1):
        pairs = zip(answer.columns, row, strict=True)
        file.write(b",\n" if count > 1 else b"\n")
        file.write(encoder.encode({column.name: _json_value(column, text) for column, text in pairs}))
    file.write(b"\n]\n")
    return count


_WRITERS: Final[dict[FileFormat, Callable[[Answer, IO[bytes]], int]]] = {
    "csv": _csv,
    "json": _json,
    "parquet": _parquet,
}


def _in_parts(rows: Iterator[Row], write_part: Callable[[list[Row]], None]) -> int:
    count = 0
    while part := list(islice(rows, _ROWS_AT_ONCE)):
        write_part(part)
        count += len(part)
    return count


def _columns(rows: list[Row]) -> list[list[str | None]]:
    return [list(values) for values in zip(*rows, strict=True)]


def _json_value(column: Column, text: str | None) -> object:
    if text is None:
        return None
    if column.type == "boolean":
        return text == "true"
    if column.type in _JSON_NUMBERS and text not in _NO_JSON_NUMBERS:
        return msgspec.Raw(text.encode())
    return text


def _refuse_repeated(columns: Iterable[Column]) -> None:
    names = [column.name for column in columns]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise NamedTwiceError(f"two columns are called {repeated[0]!r}; rename one with AS, or choose csv")
