"""varchar(n) and char(n): Arrow's texts have any length, so the metadata of a field holds the one that is declared.

https://docs.aws.amazon.com/athena/latest/ug/data-types-considerations.html
"""

import pyarrow as pa
import pyarrow.compute as pc

_KINDS = (b"varchar", b"char")


def text_field(name: str, kind: str, length: int) -> pa.Field:
    """The field of a column or member of the type varchar or char."""
    return pa.field(name, pa.string(), metadata={kind: str(length)})


def declared(field: pa.Field) -> tuple[str, int] | None:
    """The kind and length of the field's texts; None for a field of anything else."""
    metadata = field.metadata or {}
    return next(((kind.decode(), int(metadata[kind])) for kind in _KINDS if kind in metadata), None)


def of_length(texts: pa.Array, field: pa.Field) -> pa.Array:
    """The texts cut to the field's length, if it has one; those of a char without blanks at their end."""
    kind, length = declared(field) or ("", 0)
    cut = pc.utf8_slice_codeunits(texts, 0, length) if kind else texts
    return pc.utf8_rtrim(cut, " ") if kind == "char" else cut


def padded(texts: pa.Array, field: pa.Field) -> pa.Array:
    """The texts as Athena writes them: those of a char with blanks to their length."""
    kind, length = declared(field) or ("", 0)
    return pc.utf8_rpad(texts, length, " ") if kind == "char" else texts
