"""The row-decoder face of a contract: msgspec types that decode its rows from JSON and encode them for landing.

Numbers may come as text (decode with `strict=False`). What a type cannot say stays with the caller: timestamps are
decoded as text and go through `texts.timestamp_text`, decimals as they were written (decode with `float_hook=str`) and
go through `texts.decimal_text`, rules between columns are the transform's.
https://jcristharif.com/msgspec/constraints.html
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from schemas.checks import NotNegative, OneOf, Positive
from schemas.contract import Column, ColumnType, Contract

_PYTHON: Final[dict[ColumnType, Any]] = {
    "string": str,
    "boolean": bool,
    "int": int,
    "bigint": int,
    "double": float,
    "decimal": Any,
    "date": date,
    "timestamp": str,
}
RANGES: Final[Mapping[ColumnType, tuple[float, float]]] = {
    "int": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
    "double": (-sys.float_info.max, sys.float_info.max),
}
"""Smallest and largest value of each type of binary number. NaN and the infinities are outside."""
TEXT_OR_WHOLE: Final = str | int | bool
"""What a column of text accepts: `texts.whole_text` makes text of it."""
Kinds = Callable[[Contract, Column], Any]
"""What one value of a column decodes to."""


def plain_type(column: Column) -> Any:
    """What one value of `column` decodes to, whatever the contract checks."""
    if column.type not in RANGES:
        return _PYTHON[column.type]
    lowest, highest = RANGES[column.type]
    return Annotated[_PYTHON[column.type], Meta(ge=lowest, le=highest)]


def checked_type(contract: Contract, column: Column) -> Any:
    """What one value of `column` decodes to when it also keeps the contract's checks of single columns.

    But for `OneOf` on a column that may be empty: `Literal[...] | None` would take the text "null" for null. And but
    for decimals, whose value is not known yet.
    """
    allowed = [check.values for check in contract.checks if isinstance(check, OneOf) and check.column == column.name]
    if allowed and contract.is_required(column):
        return Literal[tuple(value for value in allowed[0] if all(value in values for values in allowed))]
    signs = [check for check in contract.checks if isinstance(check, Positive | NotNegative)]
    rules = {type(check) for check in signs if column.name in check.columns}
    if rules and column.type in RANGES:
        highest = RANGES[column.type][1]
        return Annotated[_PYTHON[column.type], Meta(gt=0, le=highest) if Positive in rules else Meta(ge=0, le=highest)]
    return plain_type(column)


def loose_type(contract: Contract, column: Column) -> Any:
    """As `checked_type`, with whole numbers and booleans in columns of text; texts alone decode faster."""
    kind = checked_type(contract, column)
    return TEXT_OR_WHOLE if column.type == "string" and kind is str else kind


def field_name(contract: Contract, column: Column) -> str:
    """The attribute of `column` in the structs below; a column may be called `class`, an attribute may not."""
    return f"c{contract.columns.index(column)}"


def leaf_type(contract: Contract, columns: Sequence[Column], names: Mapping[str, str], kinds: Kinds) -> type[Struct]:
    """A row's `columns`, each of its kind and under the one of its accepted names that `names` gives (by column name).

    A row in which another accepted name could matter does not decode, so what decodes is the whole truth. Raises
    ValueError when the names cannot stand in one struct.
    """
    fields: list[tuple[str, Any, Any]] = []
    for column in columns:
        attribute, kind, name = field_name(contract, column), kinds(contract, column), names[column.name]
        others = [other for other in column.accepted_names if other != name]
        if contract.is_required(column):
            fields.append((attribute, kind, msgspec.field(name=name)))
            others = [*column.accepted_names[: column.accepted_names.index(name)]]
        else:
            fields.append((attribute, kind | None, msgspec.field(name=name, default=None)))
        for number, other in enumerate(dict.fromkeys(others)):
            fields.append((f"{attribute}_{number}", UnsetType, msgspec.field(name=other, default=UNSET)))
    return msgspec.defstruct("Leaf", fields, kw_only=True, gc=False)


def values_type(contract: Contract, columns: Sequence[Column], kinds: Kinds) -> type[Struct]:
    """A row that is an array of the values of `columns`, no more and no fewer."""
    fields: list[tuple[str, Any]] = []
    for column in columns:
        kind = kinds(contract, column)
        fields.append((field_name(contract, column), kind if contract.is_required(column) else kind | None))
    return msgspec.defstruct("Values", fields, array_like=True, forbid_unknown_fields=True, gc=False)


def document_type(contract: Contract, leaf: type[Struct], innermost: Any) -> Any:
    """The document nested by `contract.nest` around `leaf`; `innermost` is the type of the last level's keys."""
    kind: Any = dict[innermost, leaf]  # type: ignore[valid-type]
    for name in reversed(contract.nest[:-1]):
        kind = dict[checked_type(contract, contract.column(name)), kind]  # type: ignore[misc]
    return kind


def landed_type(contract: Contract, columns: Sequence[Column], first_constant: str) -> type[Struct]:
    """A row as it lands: `columns` under their own names, then everything that is the same for many rows.

    That is one piece of JSON, already encoded by `constants`: its first column is called `first_constant`.
    """
    fields: list[tuple[str, Any, Any]] = [
        (field_name(contract, column), Any, msgspec.field(name=column.name)) for column in columns
    ]
    return msgspec.defstruct("Landed", [*fields, ("constants", Raw, msgspec.field(name=first_constant))], gc=False)


def constants(values: Mapping[str, Any]) -> Raw:
    """`values` as JSON without the first name, for the field `constants` of a landed row."""
    encoded = msgspec.json.encode(values)
    first = msgspec.json.encode(next(iter(values)))
    return Raw(encoded[len(b"{") + len(first) + len(b":") : -len(b"}")])
