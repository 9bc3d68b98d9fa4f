"""Quoted text as OpenCSVSerDe reads it; what does not fit its column fails the query.

https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.types as pt

from local.athena.errors import QueryError
from local.athena.reading.columns import conform
from local.athena.reading.files import StoredObject
from local.athena.reading.pieces import Piece
from local.athena.reading.predicate import Predicate
from local.athena.reading.scan import Objects
from local.athena.reading.streams import lines

_BLOCK_BYTES = 8 * 2**20
_INTEGER = r"^[+-]?[0-9]+$"


@dataclass(frozen=True)
class Quoting:
    """The SerDe's parameters, each one character."""

    separator: str
    quote: str
    escape: str

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "Quoting":
        return cls(
            parameters.get("separatorChar", ","), parameters.get("quoteChar", '"'), parameters.get("escapeChar", "\\")
        )


class OpenCsvReader:
    """Reads the files of one table; `names` are all of its columns, in the order of the text."""

    def __init__(self, objects: Objects, names: Sequence[str], quoting: Quoting, skip: int) -> None:
        self._objects = objects
        self._names = names
        self._quoting = quoting
        self._skip = skip

    def read(self, files: Sequence[StoredObject], fields: Sequence[pa.Field], _: Predicate) -> Iterator[Piece]:
        """All rows: text has to be read whole."""
        for stored in files:
            for text in lines(self._objects, stored, self._skip):
                table = self._table(text, stored)
                columns = {field.name: self._column(table, field, stored) for field in fields}
                yield Piece(stored, table.num_rows, columns)

    def _table(self, text: str, stored: StoredObject) -> pa.Table:
        """Every column as text: pyarrow's reader takes the lines that have them all, Python's the others.

        An empty line has no value at all, not even an empty one. A line whose quotes stay open takes the next one with
        it, so that one is missing: the last is ours, for the one that has none after it.
        """
        lines = text.split("\n")
        filled = [line for line in lines if line]
        others = [""] * (len(lines) - len(filled))
        if not filled:
            return self._ragged(others)

        def keep(row: pcsv.InvalidRow) -> str:
            others.append(row.text)
            return "skip"

        marks = self._quoting
        last = marks.separator.join(["0"] * len(self._names))
        doubled = marks.escape == marks.quote
        table = pcsv.read_csv(
            pa.py_buffer("\n".join([*filled, last]).encode()),
            read_options=pcsv.ReadOptions(column_names=self._names, block_size=_BLOCK_BYTES),
            parse_options=pcsv.ParseOptions(
                delimiter=marks.separator,
                quote_char=marks.quote,
                double_quote=True,
                escape_char=False if doubled else marks.escape,
                invalid_row_handler=keep,
            ),
            convert_options=pcsv.ConvertOptions(
                column_types=dict.fromkeys(self._names, pa.string()), strings_can_be_null=False
            ),
        )
        if table.num_rows + len(others) != len(lines) + 1:
            raise QueryError(
                "HIVE_BAD_DATA",
                f"Un-terminated quoted field at end of CSV line in {stored.uri}: line breaks in values are not read",
            )
        table = table.slice(0, table.num_rows - 1)
        return pa.concat_tables([table, self._ragged(others)]) if others else table

    def _ragged(self, texts: list[str]) -> pa.Table:
        """Lines with too few values, whose last columns are NULL, or with too many, which are left out."""
        marks = self._quoting
        escape = None if marks.escape == marks.quote else marks.escape
        rows = csv.reader(texts, delimiter=marks.separator, quotechar=marks.quote, escapechar=escape)
        width = len(self._names)
        padded: list[list[Any]] = [[*row[:width], *[None] * (width - len(row))] for row in rows]
        columns = [pa.array([row[at] for row in padded], pa.string()) for at in range(width)]
        return pa.table(columns, names=list(self._names))

    def _column(self, table: pa.Table, field: pa.Field, stored: StoredObject) -> pa.ChunkedArray:
        texts = table[field.name]
        try:
            return conform(texts if pt.is_string(field.type) else _typed(texts, field), field)
        except pa.ArrowInvalid as error:
            raise QueryError(
                "HIVE_BAD_DATA",
                f"Error parsing a value of field {self._names.index(field.name)} ({field.name}, {field.type}) in "
                f"{stored.uri}: {error}",
            ) from None


def _typed(texts: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    """Numbers and booleans as they are written; dates are days, timestamps milliseconds since 1970."""
    kind = field.type
    if pt.is_integer(kind):
        return _integers(texts).cast(kind)
    if pt.is_floating(kind):
        return texts.cast(kind)
    if pt.is_boolean(kind):
        return pc.utf8_lower(texts).cast(kind)
    if pt.is_date(kind):
        return _integers(texts).cast(pa.int32()).cast(kind)
    if pt.is_timestamp(kind):
        return _integers(texts).cast(pa.int64()).cast(pa.timestamp("ms")).cast(kind)
    raise QueryError(
        "HIVE_UNSUPPORTED_FORMAT",
        f"Column {field.name} of type {kind} is not supported by OpenCSVSerDe; string, boolean, bigint, int, double, "
        "date and timestamp are",
    )


def _integers(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whole numbers in decimal digits; raises `pa.ArrowInvalid` for others, as Arrow does, which takes 0x1F too."""
    others = texts.filter(pc.invert(pc.match_substring_regex(texts, _INTEGER)))
    if len(others):
        raise pa.ArrowInvalid(f"Failed to parse string: '{others[0]}' as a whole number")
    return pc.replace_substring_regex(texts, r"^\+", "")
