"""JSON documents, one a line, as the OpenX and the Hive JSON SerDes read them.

https://docs.aws.amazon.com/athena/latest/ug/json-serde.html
"""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from local.athena.catalogue.glue import Column
from local.athena.errors import QueryError
from local.athena.reading.columns import conform
from local.athena.reading.files import StoredObject
from local.athena.reading.pieces import Piece
from local.athena.reading.predicate import Predicate
from local.athena.reading.scan import Objects
from local.athena.reading.streams import lines
from local.serde.columns import Columns
from local.serde.exact import RefusedError
from local.serde.hive_types import parse_type
from local.serde.options import HiveJson, OpenX
from local.serde.reading import deserialize


def openx_options(parameters: Mapping[str, str]) -> OpenX:
    """The OpenX SerDe's parameters."""
    return OpenX(
        case_insensitive=parameters.get("case.insensitive", "true").lower() == "true",
        dots_to_underscores=parameters.get("dots.in.keys", "false").lower() == "true",
        mappings={
            name.removeprefix("mapping."): value for name, value in parameters.items() if name.startswith("mapping.")
        },
        rounds_decimals=True,
    )


class JsonReader:
    """Reads the files of one table whose columns are `columns`."""

    def __init__(
        self, objects: Objects, columns: Sequence[Column], options: OpenX | HiveJson, *, ignore_malformed: bool
    ) -> None:
        """`ignore_malformed` makes a row of NULLs of a line that is not a JSON object."""
        self._objects = objects
        self._types = {column.name: parse_type(column.type) for column in columns}
        self._options = options
        self._ignore_malformed = ignore_malformed

    def read(self, files: Sequence[StoredObject], fields: Sequence[pa.Field], _: Predicate) -> Iterator[Piece]:
        """All rows: text has to be read whole."""
        columns = Columns(tuple(field.name for field in fields), tuple(self._types[field.name] for field in fields))
        for stored in files:
            for text in lines(self._objects, stored):
                records = [line.encode() for line in text.split("\n") if line.strip()]
                if records:
                    yield self._piece(stored, records, fields, columns) if fields else Piece(stored, len(records), {})

    def _piece(
        self, stored: StoredObject, records: Sequence[bytes], fields: Sequence[pa.Field], columns: Columns
    ) -> Piece:
        table, refused = (
            deserialize(records, columns, self._options) if records else (columns.arrow_schema().empty_table(), [])
        )
        if refused and not self._ignore_malformed:
            number, why = refused[0]
            raise _refusal(stored, records[number], why)
        lost = len(refused)
        read = {}
        for field in fields:
            column = conform(table[field.name], field)
            read[field.name] = pa.chunked_array([*column.chunks, pa.nulls(lost, field.type)]) if lost else column
        return Piece(stored, table.num_rows + lost, read)


def _refusal(stored: StoredObject, record: bytes, why: RefusedError) -> QueryError:
    line = record[:100].decode(errors="replace")
    if why.code == "ParseError":
        return QueryError("HIVE_CURSOR_ERROR", f"Row is not a valid JSON Object in {stored.uri}: {line}")
    return QueryError("HIVE_BAD_DATA", f"{why.message} in {stored.uri}: {line}")
