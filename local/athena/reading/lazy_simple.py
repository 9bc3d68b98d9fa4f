"""Delimited text as LazySimpleSerDe reads it: no quotes, and what does not fit its column is NULL.

https://docs.aws.amazon.com/athena/latest/ug/lazy-simple-serde.html
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from local.athena.errors import QueryError
from local.athena.reading.columns import conform
from local.athena.reading.files import StoredObject
from local.athena.reading.pieces import Piece
from local.athena.reading.predicate import Predicate
from local.athena.reading.scan import Objects
from local.athena.reading.streams import lines

_NULL = r"\N"
_FIRST_CONTROL = "\x01"
_ESCAPED_ESCAPE, _ESCAPED_DELIMITER = "\ufdd0", "\ufdd1"  # noncharacters: no text interchanged has them
_INTEGER = r"^[+-]?\d{1,37}$"
_WIDE = pa.decimal128(38, 0)
_REAL = r"^\s*[+-]?(NaN|Infinity|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)\s*$"
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_TIME = r"^(?P<whole>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})(?P<part>\.\d{1,9})?$"


@dataclass(frozen=True)
class Delimiters:
    """The SerDe's parameters; an empty `escape` means that there is no escape character."""

    field: str
    escape: str
    null: str

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "Delimiters":
        """`field.delim`, or `serialization.format`, either a character or the number of one."""
        field = parameters.get("field.delim", parameters.get("serialization.format", _FIRST_CONTROL))
        field = chr(int(field)) if field.isdigit() and field.isascii() else field
        return cls(field, parameters.get("escape.delim", ""), parameters.get("serialization.null.format", _NULL))


class LazySimpleReader:
    """Reads the files of one table; `names` are all of its columns, in the order of the text."""

    def __init__(self, objects: Objects, names: Sequence[str], delimiters: Delimiters, skip: int) -> None:
        self._objects = objects
        self._names = names
        self._delimiters = delimiters
        self._skip = skip

    def read(self, files: Sequence[StoredObject], fields: Sequence[pa.Field], _: Predicate) -> Iterator[Piece]:
        """All rows: text has to be read whole."""
        casts = {field: _cast_of(field) for field in fields}
        for stored in files:
            for text in lines(self._objects, stored, self._skip):
                if not fields:
                    yield Piece(stored, 1 + text.count("\n"), {})
                    continue
                rows = pc.list_flatten(pc.split_pattern(pa.array([text], pa.large_string()), "\n"))
                columns = {
                    field.name: conform(cast(self._column(rows, field.name)), field) for field, cast in casts.items()
                }
                yield Piece(stored, len(rows), columns)

    def _column(self, rows: pa.Array, name: str) -> pa.Array:
        """The texts of a column; NULL where the line is too short or the text stands for NULL."""
        at, marks = self._names.index(name), self._delimiters
        if marks.escape:
            rows = pc.replace_substring(rows, marks.escape * 2, _ESCAPED_ESCAPE)
            rows = pc.replace_substring(rows, marks.escape + marks.field, _ESCAPED_DELIMITER)
        parts = pc.split_pattern(rows, marks.field, max_splits=at + 1)
        column = pc.list_slice(parts, at, at + 1, return_fixed_size_list=True).flatten()
        column = pc.if_else(pc.equal(column, marks.null), pa.scalar(None, column.type), column)
        if marks.escape:
            column = pc.replace_substring(column, marks.escape, "")
            column = pc.replace_substring(column, _ESCAPED_DELIMITER, marks.field)
            column = pc.replace_substring(column, _ESCAPED_ESCAPE, marks.escape)
        return column.cast(pa.string())


def _cast_of(field: pa.Field) -> Callable[[pa.Array], pa.Array]:
    kind = field.type
    if pt.is_string(kind):
        return lambda texts: texts
    if pt.is_integer(kind):
        return lambda texts: _integers(texts, kind)
    if pt.is_floating(kind):
        return lambda texts: pc.ascii_trim_whitespace(_if_like(texts, _REAL)).cast(pa.float64()).cast(kind)
    if pt.is_boolean(kind):
        return _booleans
    if pt.is_date(kind):
        return _dates
    if pt.is_timestamp(kind):
        return lambda texts: _timestamps(texts, kind)
    if pt.is_decimal(kind):
        return lambda texts: _decimals(texts, kind)
    raise QueryError(
        "HIVE_UNSUPPORTED_FORMAT",
        f"Column {field.name} of type {kind} in delimited text is not supported here; string, numbers, boolean, "
        "date and timestamp are",
    )


def _if_like(texts: pa.Array, pattern: str) -> pa.Array:
    return pc.if_else(pc.match_substring_regex(texts, pattern), texts, pa.scalar(None, pa.string()))


def _integers(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    numbers = pc.replace_substring_regex(_if_like(texts, _INTEGER), r"^\+", "").cast(_WIDE)
    bound = 1 << (kind.bit_width - 1)
    inside = pc.and_(pc.greater_equal(numbers, _wide(-bound)), pc.less(numbers, _wide(bound)))
    return pc.if_else(inside, numbers, pa.scalar(None, _WIDE)).cast(kind)


def _wide(number: int) -> pa.Scalar:
    return pa.scalar(Decimal(number), _WIDE)


def _booleans(texts: pa.Array) -> pa.Array:
    return _if_like(pc.utf8_lower(texts), "^(true|false)$").cast(pa.bool_())


def _dates(texts: pa.Array) -> pa.Array:
    likely = _if_like(texts, _DATE)
    try:
        return likely.cast(pa.date32())
    except pa.ArrowInvalid:  # some 30th of February
        return _moments(likely, "%Y-%m-%d").cast(pa.date32())


def _moments(texts: pa.Array, form: str) -> pa.Array:
    """Times, NULL where the day does not exist."""
    moments = pc.strptime(texts, form, "s", error_is_null=True)
    return pc.if_else(pc.equal(pc.strftime(moments, form), texts), moments, pa.scalar(None, moments.type))


def _timestamps(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    parts = pc.extract_regex(texts, _TIME)
    whole = _moments(pc.struct_field(parts, "whole"), "%Y-%m-%d %H:%M:%S").cast(kind)
    fraction = pc.fill_null(pc.struct_field(parts, "part"), "")
    digits = pc.utf8_slice_codeunits(pc.utf8_rpad(pc.replace_substring(fraction, ".", ""), 9, "0"), 0, 6)
    return pc.add(whole, digits.cast(pa.int64()).cast(pa.duration("us"))).cast(kind)


def _decimals(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    if 0 < kind.scale < kind.precision:
        plain = rf"^-?\d{{1,{kind.precision - kind.scale}}}(\.\d{{1,{kind.scale}}})?$"
        if pc.all(pc.match_substring_regex(texts, plain), min_count=0).as_py():
            return texts.cast(kind)
    return pa.array([_decimal(text, kind) for text in texts.to_pylist()], kind)


def _decimal(text: str | None, kind: pa.DataType) -> Decimal | None:
    if text is None or not _DECIMAL.fullmatch(text.strip()):
        return None
    scale = Decimal(1).scaleb(-kind.scale)
    value = Decimal(text.strip())
    if value and value.adjusted() >= kind.precision - kind.scale:
        return None
    return value.quantize(scale, ROUND_HALF_UP)
