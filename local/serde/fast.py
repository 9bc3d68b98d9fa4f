"""JSON records to columns by pyarrow's own reader, for records that leave no doubt.

No record is refused here: whatever pyarrow might read differently than the SerDe is a doubt, left to the exact
reader.
"""

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from local.serde.columns import Columns
from local.serde.deserializer import Deserializer
from local.serde.hive_types import HiveType, arrow_type, kinds
from local.serde.options import HiveJson, OpenX

_READ_AS = {
    "boolean": pa.bool_(),
    "tinyint": pa.int64(),
    "smallint": pa.int64(),
    "int": pa.int64(),
    "bigint": pa.int64(),
    "float": pa.float64(),
    "double": pa.float64(),
    "string": pa.string(),
    "varchar": pa.string(),
    "char": pa.string(),
    "date": pa.string(),
    "timestamp": pa.string(),
}
_TIME_CHARS = len("yyyy-MM-dd HH:mm:ss")
_YEAR_CHARS = len("yyyy-MM-dd")
_NULL_DOCUMENT = re.compile(rb"\}\s*null")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_ALL_BUT_BRACKETS = bytes(set(range(256)).difference(b"[]{}"))
_DEEPEST = 64
"""pyarrow crashes the process on members nested thousands deep."""
_ROW = re.compile(r"in row (\d+)")
_WHITESPACE = b" \t\r\n"
_BRACES = (ord("{"), ord("}"))


class DoubtError(Exception):
    """Records of which one needs the exact reader; `row` is a guess at the first such row."""

    def __init__(self, row: int | None = None) -> None:
        super().__init__(row)
        self.row = row


class FastReader:
    """Reads records into the columns of one table."""

    def __init__(self, columns: Columns, read_as: pa.Schema, deserializer: Deserializer, *, plain_times: bool) -> None:
        self._columns = columns
        self._schema = columns.arrow_schema()
        self._read_as = read_as
        self._folded = deserializer.folded
        self._plain_times = plain_times
        self._strict = pj.ParseOptions(explicit_schema=read_as, unexpected_field_behavior="error")
        self._open = pj.ParseOptions(explicit_schema=read_as, unexpected_field_behavior="infer")

    def read(self, records: Sequence[bytes]) -> pa.Table:
        """The rows of `records` as a table; raises DoubtError if any of them needs the exact reader."""
        joined = _joined(records)
        if joined is None or not _is_utf8(joined):
            raise DoubtError
        try:
            return self._typed(self._parsed(joined))
        except pa.ArrowException as error:
            row = _ROW.search(str(error))
            raise DoubtError(int(row.group(1)) if row else None) from error

    def _parsed(self, joined: bytes) -> pa.Table:
        try:
            table = _parse(joined, self._strict)
        except pa.ArrowInvalid as error:
            if "unexpected field" not in str(error):
                raise
            table = self._parsed_with_others(joined)
        # A document that is null would be a row of nulls.
        if not any(column.null_count == 0 for column in table.columns) and _NULL_DOCUMENT.search(joined):
            raise DoubtError
        return table

    def _parsed_with_others(self, joined: bytes) -> pa.Table:
        """The same for records with members that have no column; those must not be columns in another spelling."""
        if not _is_shallow(joined):
            raise DoubtError
        table = _parse(joined, self._open)
        for name in table.column_names[len(self._read_as) :]:
            column = table.column(name)
            if self._folded(name) in self._read_as.names:
                raise DoubtError(pc.index(pc.is_valid(column), True).as_py())
            if not _is_finite(column):
                raise DoubtError
        return table.select(self._read_as.names)

    def _typed(self, table: pa.Table) -> pa.Table:
        # Members of structs that the table does not have are among the columns' types now.
        if table.schema != self._read_as:
            raise DoubtError
        arrays = []
        for column, field, hive in zip(table.columns, self._schema, self._columns.types, strict=True):
            plain = self._without_zone(column) if hive.kind == "timestamp" else column
            if not all(self._is_plain(leaf, kind) for leaf, kind in _leaves(plain, hive)):
                raise DoubtError
            arrays.append(plain if plain.type == field.type else plain.cast(field.type, safe=hive.kind != "float"))
        return pa.Table.from_arrays(arrays, schema=self._schema)

    def _without_zone(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Times without the Z that may follow one with a T."""
        zoned = pc.ends_with(column, "Z")
        if self._plain_times or not pc.any(zoned).as_py():
            return column
        if pc.any(
            pc.and_(zoned, pc.not_equal(pc.utf8_slice_codeunits(column, _YEAR_CHARS, _YEAR_CHARS + 1), "T"))
        ).as_py():
            raise DoubtError
        return pc.if_else(zoned, pc.utf8_slice_codeunits(column, 0, -1), column)

    def _is_plain(self, column: pa.ChunkedArray, hive: HiveType) -> bool:
        """Whether there is nothing that Arrow's casts are known to read differently."""
        if hive.kind == "timestamp":
            return self._are_whole_times(column)
        if hive.kind == "date":
            return not pc.any(pc.starts_with(column, "0000")).as_py()
        if hive.kind in ("varchar", "char"):
            longest = pc.max(pc.utf8_length(column)).as_py() or 0
            return longest <= hive.numbers[0] and not (
                hive.kind == "char" and pc.any(pc.ends_with(column, " ")).as_py()
            )
        if hive.kind == "decimal":  # pyarrow checks the places after the point only
            precision, scale = hive.numbers
            largest = pc.max(pc.abs(column)).as_py()
            return not largest or largest.adjusted() < precision - scale
        return _is_finite(column)

    def _are_whole_times(self, column: pa.ChunkedArray) -> bool:
        """Arrow also reads times without seconds; the Hive SerDe does not read times with a T."""
        if self._plain_times and pc.any(pc.match_substring(column, "T")).as_py():
            return False
        shortest = pc.min(pc.binary_length(column)).as_py()
        return shortest is None or shortest >= _TIME_CHARS


def fast_reader(columns: Columns, deserializer: Deserializer, options: OpenX | HiveJson) -> FastReader | None:
    """The reader, or None if it cannot handle the table or the options."""
    keys, types = deserializer.keys, [_read_as(hive, deserializer) for hive in columns.types]
    in_table = {kind for hive in columns.types for kind in kinds(hive)}
    has_formats = isinstance(options, HiveJson) and "timestamp" in in_table and bool(options.timestamp_formats)
    if not keys or len(set(keys)) < len(keys) or None in types or has_formats:
        return None
    read_as = pa.schema(list(zip(keys, types, strict=True)))
    return FastReader(columns, read_as, deserializer, plain_times=isinstance(options, HiveJson))


def _read_as(hive: HiveType, deserializer: Deserializer) -> pa.DataType | None:
    """The type as which pyarrow is to read a column, or None for one that it cannot."""
    if hive.kind == "decimal":
        return arrow_type(hive)
    if not hive.children:
        return _READ_AS.get(hive.kind)
    children = [_read_as(child, deserializer) for child in hive.children]
    # A cast of a nested column cannot be safe for its integers and unsafe for its floats.
    if None in children or "float" in kinds(hive):
        return None
    if hive.kind == "array":
        return pa.list_(children[0])
    plain = deserializer.keys_of(hive.names) == list(hive.names) and len(set(hive.names)) == len(hive.names)
    return pa.struct(list(zip(hive.names, children, strict=True))) if hive.kind == "struct" and plain else None


def _leaves(column: pa.ChunkedArray, hive: HiveType) -> Iterator[tuple[pa.ChunkedArray, HiveType]]:
    if hive.kind == "array":
        yield from _leaves(pc.list_flatten(column), hive.children[0])
    elif hive.kind == "struct":
        for number, child in enumerate(hive.children):
            yield from _leaves(pc.struct_field(column, [number]), child)
    else:
        yield column, hive


def _joined(records: Sequence[bytes]) -> bytes | None:
    """All records, each followed by a line feed; None if that could make two unfinished records into one whole."""
    stripped = [data.strip(_WHITESPACE) for data in records]
    # A record that is cut off inside a JSON value must not join up with the next one. Each begins with an opening brace
    # and ends with a closing one, and after an unfinished value no opening brace may follow a closing one.
    if not all(data and (data[0], data[-1]) == _BRACES for data in stripped):
        return None
    return b"\n".join([*stripped, b""])


def _parse(joined: bytes, options: pj.ParseOptions) -> pa.Table:
    whole = pj.ReadOptions(block_size=len(joined) + 1, use_threads=False)
    return pj.read_json(pa.BufferReader(joined), read_options=whole, parse_options=options)


def _is_utf8(joined: bytes) -> bool:
    """pyarrow does not check."""
    if joined.isascii():
        return True
    try:
        joined.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_shallow(joined: bytes) -> bool:
    """Whether nothing in it is nested deeper than 64. Strings are skipped only if there are enough brackets."""
    if joined.count(b"{") + joined.count(b"[") - joined.count(b"\n") < _DEEPEST:
        return True
    brackets = _STRING.sub(b"", joined).translate(None, _ALL_BUT_BRACKETS)
    for _ in range(_DEEPEST):
        if not brackets:
            break
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
    return not brackets


def _is_finite(column: pa.ChunkedArray | pa.Array) -> bool:
    """No NaN or infinity at any depth: pyarrow reads them without quotes, which is not JSON."""
    if pa.types.is_floating(column.type):
        return pc.all(pc.is_finite(column)).as_py() is not False
    if pa.types.is_list(column.type):
        return _is_finite(pc.list_flatten(column))
    if pa.types.is_struct(column.type):
        return all(_is_finite(pc.struct_field(column, [number])) for number in range(column.type.num_fields))
    return True
