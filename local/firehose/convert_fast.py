"""JSON records to columns through pyarrow's own reader, for records that leave no doubt.

Nothing here refuses a record: whatever pyarrow might read otherwise than the SerDe makes the
answer None, and the exact reader takes it.
"""

import re
from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from local.firehose.catalog import Columns
from local.firehose.deserializer import Deserializer
from local.firehose.formats import HiveJson, OpenX

_READ_AS = {
    "boolean": pa.bool_(),
    "tinyint": pa.int64(),
    "smallint": pa.int64(),
    "int": pa.int64(),
    "bigint": pa.int64(),
    "float": pa.float64(),
    "double": pa.float64(),
    "string": pa.string(),
    "date": pa.string(),
    "timestamp": pa.string(),
}
_TIME_CHARS = len("yyyy-MM-dd HH:mm:ss")
_FIRST_DAY = pa.scalar(date(1, 1, 1))
_SURROGATE_ESCAPES = (rb"\ud", rb"\uD")
_NO_NUMBER = re.compile(rb"[:,\[]\s*-?(?:NaN|Inf)")
_NULL_DOCUMENT = re.compile(rb"\}\s*null")
_VERY_DEEP = re.compile(rb"(?:[\[{][^\[{\]}]*+){64}")
_WHITESPACE = b" \t\r\n"
_BRACES = (ord("{"), ord("}"))


class FastReader:
    """Reads records into the columns of one table."""

    def __init__(self, columns: Columns, deserializer: Deserializer, *, plain_times: bool) -> None:
        self._columns = columns
        self._schema = columns.arrow_schema()
        self._keys = deserializer.keys
        self._folded = deserializer.folded
        self._plain_times = plain_times
        read_as = pa.schema([(key, _READ_AS[t.kind]) for key, t in zip(self._keys, columns.types, strict=True)])
        self._strict = pj.ParseOptions(explicit_schema=read_as, unexpected_field_behavior="error")
        self._open = pj.ParseOptions(explicit_schema=read_as, unexpected_field_behavior="infer")

    def read(self, records: Sequence[bytes]) -> pa.Table | None:
        """The rows of `records` as a table, or None if any of them wants the exact reader."""
        joined = _joined(records)
        if joined is None or not _is_plain_text(joined):
            return None
        try:
            table = self._parsed(joined)
            return None if table is None else self._typed(table)
        except pa.ArrowException:
            return None

    def _parsed(self, joined: bytes) -> pa.Table | None:
        try:
            table = _parse(joined, self._strict)
        except pa.ArrowInvalid as error:
            if "unexpected field" not in str(error) or not _is_plain_json(joined):
                return None
            table = _parse(joined, self._open)
            unexpected = table.column_names[len(self._keys) :]
            return None if any(self._folded(name) in self._keys for name in unexpected) else table
        return table if self._holds_no_null_document(table, joined) else None

    def _holds_no_null_document(self, table: pa.Table, joined: bytes) -> bool:
        """A document that is null would be a row of nulls."""
        return any(column.null_count == 0 for column in table.columns) or not _NULL_DOCUMENT.search(joined)

    def _typed(self, table: pa.Table) -> pa.Table | None:
        arrays = []
        for number, (field, hive) in enumerate(zip(self._schema, self._columns.types, strict=True)):
            column = table.column(number)
            if hive.kind == "timestamp" and not self._are_whole_times(column):
                return None
            typed = column if column.type == field.type else column.cast(field.type, safe=hive.kind != "float")
            if not _is_in_range(typed, hive.kind):
                return None
            arrays.append(typed)
        return pa.Table.from_arrays(arrays, schema=self._schema)

    def _are_whole_times(self, column: pa.ChunkedArray) -> bool:
        """Arrow also reads times without seconds; the Hive SerDe reads none with a T."""
        if self._plain_times and pc.any(pc.match_substring(column, "T")).as_py():
            return False
        shortest = pc.min(pc.binary_length(column)).as_py()
        return shortest is None or shortest >= _TIME_CHARS


def fast_reader(columns: Columns, deserializer: Deserializer, options: OpenX | HiveJson) -> FastReader | None:
    """The reader, or None if the table or the options are not for it."""
    keys = deserializer.keys
    kinds = {hive.kind for hive in columns.types}
    has_formats = isinstance(options, HiveJson) and "timestamp" in kinds and bool(options.timestamp_formats)
    if not keys or len(set(keys)) < len(keys) or not kinds <= _READ_AS.keys() or has_formats:
        return None
    return FastReader(columns, deserializer, plain_times=isinstance(options, HiveJson))


def _joined(records: Sequence[bytes]) -> bytes | None:
    """All records, a line feed behind each; None if that could make two unfinished records into one whole."""
    stripped = [data.strip(_WHITESPACE) for data in records]
    # A record that is cut off inside a JSON value must not join up with the next one. Each begins with an opening brace
    # and ends with a closing one, and after an unfinished value no opening brace may follow a closing one.
    if not all(data and (data[0], data[-1]) == _BRACES for data in stripped):
        return None
    return b"\n".join([*stripped, b""])


def _parse(joined: bytes, options: pj.ParseOptions) -> pa.Table:
    whole = pj.ReadOptions(block_size=len(joined) + 1, use_threads=False)
    return pj.read_json(pa.BufferReader(joined), read_options=whole, parse_options=options)


def _is_plain_text(joined: bytes) -> bool:
    """Valid UTF-8 without halves of surrogate pairs: pyarrow checks neither."""
    if b"\\" in joined and any(escape in joined for escape in _SURROGATE_ESCAPES):
        return False
    if joined.isascii():
        return True
    try:
        joined.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_plain_json(joined: bytes) -> bool:
    """Nothing of which pyarrow is known to take another view where it takes members that no column is for.

    The patterns are slow: each is tried only where a substring that it needs is there.
    """
    if (b"NaN" in joined or b"Inf" in joined) and _NO_NUMBER.search(joined):
        return False
    if b"null" in joined and _NULL_DOCUMENT.search(joined):
        return False
    nested = joined.count(b"{") + joined.count(b"[") - joined.count(b"\n")
    return nested < 64 or not _VERY_DEEP.search(joined)


def _is_in_range(column: pa.ChunkedArray, kind: str) -> bool:
    """No NaN or infinity, which pyarrow reads without quotes, and no year 0."""
    if kind in ("float", "double"):
        return pc.all(pc.is_finite(column)).as_py() is not False
    return kind != "date" or pc.any(pc.less(column, _FIRST_DAY)).as_py() is not True
