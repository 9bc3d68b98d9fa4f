"""A file's column as its table declares it: wider types are fine, others are not.

https://docs.aws.amazon.com/athena/latest/ug/types-of-updates.html
"""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from local.athena.errors import QueryError
from local.athena.reading.files import StoredObject
from local.athena.reading.lengths import declared, of_length

_HALF_MILLISECOND = pa.scalar(500, pa.duration("us"))
_INTEGERS = (pa.int8(), pa.int16(), pa.int32(), pa.int64())


def check(found: pa.Field, wanted: pa.Field, form: str, stored: StoredObject) -> None:
    """Raises `QueryError` if a file's column cannot be read as the table's."""
    if not _fits(found.type, wanted.type):
        raise QueryError(
            "HIVE_BAD_DATA",
            f"Field {wanted.name}'s type {found.type} in {form} file {stored.uri} is incompatible with type "
            f"{wanted.type} defined in table schema",
        )


def conform(column: pa.Array | pa.ChunkedArray, wanted: pa.Field) -> pa.ChunkedArray:
    """A column that `check` let pass, as the table's is: times are rounded to milliseconds, texts have their length."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    if column.type == wanted.type and is_exact(wanted):
        return pa.chunked_array(chunks, wanted.type)
    return pa.chunked_array([_conformed(chunk, wanted) for chunk in chunks], wanted.type)


def is_exact(field: pa.Field) -> bool:
    """Whether a table shows a column's values as its files have them."""
    inner = (field.type.field(index) for index in range(field.type.num_fields))
    return not (pt.is_timestamp(field.type) or declared(field) is not None) and all(map(is_exact, inner))


def _conformed(array: pa.Array, wanted: pa.Field) -> pa.Array:
    if pt.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pt.is_struct(wanted.type) and pt.is_struct(array.type):
        return _struct(array, wanted.type)
    if pt.is_map(wanted.type) and pt.is_map(array.type):
        keys = _conformed(array.keys, wanted.type.key_field)
        items = _conformed(array.items, wanted.type.item_field)
        return pa.MapArray.from_arrays(_offsets(array), keys, items, mask=array.is_null())
    if pt.is_list(wanted.type) and (pt.is_list(array.type) or pt.is_large_list(array.type)):
        values = _conformed(array.values, wanted.type.value_field)
        return pa.ListArray.from_arrays(_offsets(array), values, type=wanted.type, mask=array.is_null())
    array = array.cast(wanted.type, safe=False)
    return rounded(array) if pt.is_timestamp(wanted.type) else of_length(array, wanted)


def _struct(array: pa.StructArray, wanted: pa.StructType) -> pa.StructArray:
    places = _places(array.type)
    members = [
        _conformed(array.field(places[field.name.lower()]), field)
        if field.name.lower() in places
        else pa.nulls(len(array), field.type)
        for field in wanted
    ]
    return pa.StructArray.from_arrays(members, fields=list(wanted), mask=array.is_null())


def _places(kind: pa.StructType) -> dict[str, int]:
    """The places of a struct's members by their names in lower case."""
    return {field.name.lower(): index for index, field in reversed(list(enumerate(kind)))}


def _offsets(array: pa.Array) -> pa.Array:
    """The offsets of a list or map; Arrow takes none of a slice beside a mask."""
    return pc.add(array.offsets, 0).cast(pa.int32())


def rounded(times: pa.Array) -> pa.Array:
    """The times rounded half up to milliseconds."""
    try:
        times.cast(pa.timestamp("ms"))
    except pa.ArrowInvalid:
        return pc.floor_temporal(pc.add(times, _HALF_MILLISECOND), unit="millisecond")
    return times


def _fits(found: pa.DataType, wanted: pa.DataType) -> bool:
    if pt.is_dictionary(found):
        return _fits(found.value_type, wanted)
    if found == wanted or pt.is_null(found):
        return True
    if found in _INTEGERS and wanted in _INTEGERS:
        return _INTEGERS.index(found) < _INTEGERS.index(wanted)
    if pt.is_float32(found) and pt.is_float64(wanted):
        return True
    if _is_text(found) and _is_text(wanted):
        return True
    if pt.is_timestamp(found) and pt.is_timestamp(wanted):
        return True
    if pt.is_decimal(found) and pt.is_decimal(wanted):
        return bool(found.precision - found.scale <= wanted.precision - wanted.scale and found.scale <= wanted.scale)
    return _nested_fits(found, wanted)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pt.is_string(kind) or pt.is_large_string(kind) or pt.is_binary(kind) or pt.is_large_binary(kind))


def _nested_fits(found: pa.DataType, wanted: pa.DataType) -> bool:
    if pt.is_struct(found) and pt.is_struct(wanted):
        places = _places(found)
        named = [field for field in wanted if field.name.lower() in places]
        return all(_fits(found.field(places[field.name.lower()]).type, field.type) for field in named)
    if pt.is_map(found) and pt.is_map(wanted):
        return _fits(found.key_type, wanted.key_type) and _fits(found.item_type, wanted.item_type)
    if (pt.is_list(found) or pt.is_large_list(found)) and pt.is_list(wanted):
        return _fits(found.value_type, wanted.value_type)
    return False
