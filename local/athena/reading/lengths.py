"""varchar(n) and char(n): Arrow's texts have any length, so the metadata of a field holds the one that is declared.

https://docs.aws.amazon.com/athena/latest/ug/data-types-considerations.html
"""

import pyarrow as pa
import pyarrow.compute as pc

_VARCHAR, _CHAR = b"varchar", b"char"


def text_field(name: str, hive: str, length: int) -> pa.Field:
    """The field of a column or member of the Hive type varchar or char."""
    return pa.field(name, pa.string(), metadata={hive.encode(): str(length).encode()})


def has_length(field: pa.Field) -> bool:
    """Whether the field's texts have a length."""
    return any(name in (field.metadata or {}) for name in (_VARCHAR, _CHAR))


def of_length(texts: pa.Array, field: pa.Field) -> pa.Array:
    """The texts cut to the field's length; those of a char are padded."""
    metadata = field.metadata or {}
    if _CHAR in metadata:
        length = int(metadata[_CHAR])
        return pc.utf8_rpad(pc.utf8_slice_codeunits(texts, 0, length), length, " ")
    return pc.utf8_slice_codeunits(texts, 0, int(metadata[_VARCHAR])) if _VARCHAR in metadata else texts
