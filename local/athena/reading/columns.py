"""A file's column in its table's type: wider is fine, other is not.

https://docs.aws.amazon.com/athena/latest/ug/types-of-updates.html
"""

import pyarrow as pa
import pyarrow.types as pt

from local.athena.errors import QueryError
from local.athena.reading.files import StoredObject

_INTEGERS = (pa.int8(), pa.int16(), pa.int32(), pa.int64())


def check(found: pa.Field, wanted: pa.Field, form: str, stored: StoredObject) -> None:
    """Raises `QueryError` if a file's column cannot be read as the table's."""
    if not _fits(found.type, wanted.type):
        raise QueryError(
            "HIVE_BAD_DATA",
            f"Field {wanted.name}'s type {found.type} in {form} file {stored.uri} is incompatible with type "
            f"{wanted.type} defined in table schema",
        )


def conform(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    """A column that `check` let pass, in the table's type; times lose what is finer than the table's unit."""
    if column.type == wanted:
        return column
    if pt.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.cast(wanted, safe=False)


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
        known = {field.name: field.type for field in found}
        folded = {name.lower() for name in known}
        return all(
            _fits(known[field.name], field.type) if field.name in known else field.name not in folded
            for field in wanted
        )
    if pt.is_map(found) and pt.is_map(wanted):
        return _fits(found.key_type, wanted.key_type) and _fits(found.item_type, wanted.item_type)
    if (pt.is_list(found) or pt.is_large_list(found)) and pt.is_list(wanted):
        return _fits(found.value_type, wanted.value_type)
    return False
