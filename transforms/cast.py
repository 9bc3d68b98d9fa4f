"""One row at a time: each column's value found under its names, decoded to its type, and held against the rules.

The types decode exactly as in the fast path (the same msgspec types, `strict=False`), so a row lands as the same
bytes whichever way it is read. Only numbers that JSON does not write so (`.5`, `+5`, `007`) are known here alone.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from schemas.contract import NUMBERS, Column, ColumnType, Contract
from schemas.glue import partition_range
from schemas.paths import found_at
from schemas.rows import TEXT_OR_WHOLE, plain_type
from schemas.texts import decimal_text, number_text, timestamp_text, whole_text
from transforms.checks import Broken, first_broken
from transforms.fast import UNEXPECTED
from transforms.partition import Today, outside
from transforms.unnest import Pairs, SourceRow, as_json

_VALID: Final[dict[ColumnType, str]] = {
    "string": "text, a whole number, true or false",
    "boolean": "true or false",
    "int": "a whole number from -2147483648 to 2147483647",
    "bigint": "a whole number of 64 bits",
    "double": "a finite number",
    "decimal": "a number of at most {whole} digits before the point and {scale} after it",
    "date": "yyyy-MM-dd",
    "timestamp": "yyyy-MM-dd[ HH:mm[:ss[.SSS]]], or with T, with an offset or in UTC",
}
_SHOWN_CHARS: Final = 80


class Caster:
    """Makes typed rows of a contract."""

    def __init__(self, contract: Contract, today: Today) -> None:
        self._contract = contract
        self._today = today
        self._decoders = {
            column.name: msgspec.json.Decoder(_decoded(contract, column), strict=False, float_hook=str)
            for column in contract.columns
        }

    def cast(self, row: SourceRow) -> dict[str, Any] | Broken:
        """The row's landing values by column name (lineage not among them), or the first reason why it cannot land."""
        if row.broken:
            return row.broken
        fields = {**dict(row.fields), **row.keys}
        values: dict[str, Any] = {}
        for column in self._contract.columns:
            names = (column.name,) if column.name in row.keys else column.accepted_names
            found = self._value(column, names, fields)
            if isinstance(found, Broken):
                return found
            values[column.name] = found
        return first_broken(self._contract, values) or self._outside(values) or values

    def _value(self, column: Column, names: tuple[str, ...], fields: Mapping[str, Any]) -> Any:
        found = ((name, found_at(fields, name, _object)) for name in names)
        name, value = next((each for each in found if not _is_null(column, each[1])), (column.name, None))
        if value is None:
            if not self._contract.is_required(column):
                return None
            accepted = " or ".join(map(repr, names))
            return Broken(
                "required", f"{column.name} is missing; valid: {_valid(column)} under {accepted}", column.name
            )
        try:
            decoded = self._decoders[column.name].decode(_encoded(_plain(column, value)))
            return _landed(column, decoded) if decoded is not None else None
        except UNEXPECTED:
            under = "" if name == column.name else f" (as {name!r})"
            return Broken("type", f"{column.name}{under} is {_shown(value)}; valid: {_valid(column)}", column.name)

    def _outside(self, values: Mapping[str, Any]) -> Broken | None:
        partition = self._contract.partition
        if partition is None:
            return None
        known = partition_range(self._contract, self._today())
        return outside(partition.by, values[partition.by], known, partition.unit)


def _object(value: Any) -> dict[str, Any] | None:
    return dict(value) if isinstance(value, Pairs) else None


def _is_null(column: Column, value: Any) -> bool:
    """Whether there is no value. The decoder of the fast path takes the text `null` for that, in any capitals."""
    return value is None or (column.type != "string" and isinstance(value, str) and value.lower() == "null")


def _decoded(contract: Contract, column: Column) -> Any:
    kind = TEXT_OR_WHOLE if column.type == "string" else plain_type(column)
    return kind if contract.is_required(column) else kind | None


def _landed(column: Column, decoded: Any) -> Any:
    if column.type == "string":
        return whole_text(decoded)
    if column.type == "decimal":
        return decimal_text(decoded, column.precision, column.scale)
    return timestamp_text(decoded) if column.type == "timestamp" else decoded


def _valid(column: Column) -> str:
    return _VALID[column.type].format(whole=column.precision - column.scale, scale=column.scale)


def _plain(column: Column, value: Any) -> Any:
    return number_text(value) if column.type in NUMBERS and isinstance(value, str) else value


def _encoded(value: Any) -> bytes:
    """The value as it came, in JSON; an object as what no column takes."""
    return msgspec.json.encode(dict(value) if isinstance(value, Pairs) else value)


def _shown(value: Any) -> str:
    text = as_json(value) if isinstance(value, msgspec.Raw | list) else repr(value)
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"
