"""What a database has, held against what the contract says: before anything is read or put.

What no row could pass, or only with a part of it lost, is a problem; what some rows might not pass, and what would be
left behind, is a warning.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import types
from sqlalchemy.dialects.postgresql import DOMAIN

from producers.sql.database import DatabaseError
from schemas.contract import Column, ColumnType, Contract

Kind = Literal["text", "integer", "decimal", "float", "boolean", "date", "timestamp", "unknown", "other"]
_KINDS: Final[Mapping[type[Any], Kind]] = {
    types.NullType: "unknown",
    types.String: "text",
    types.Uuid: "text",
    types.Boolean: "boolean",
    types.Integer: "integer",
    types.Float: "float",
    types.Numeric: "decimal",
    types.DateTime: "timestamp",
    types.Date: "date",
}
_FITS: Final[Mapping[ColumnType, frozenset[Kind]]] = {
    "boolean": frozenset({"boolean", "integer"}),
    "int": frozenset({"integer"}),
    "bigint": frozenset({"integer"}),
    "double": frozenset({"decimal", "float", "integer"}),
    "decimal": frozenset({"decimal", "integer"}),
    "date": frozenset({"date"}),
    "timestamp": frozenset({"timestamp"}),
}
_MAY_FIT: Final[Mapping[ColumnType, frozenset[Kind]]] = {
    "boolean": frozenset({"text"}),
    "int": frozenset({"text", "decimal", "float"}),
    "bigint": frozenset({"text", "decimal", "float"}),
    "double": frozenset({"text"}),
    "decimal": frozenset({"text", "float"}),
    "date": frozenset({"text"}),
    "timestamp": frozenset({"text"}),
}


@dataclass(frozen=True)
class Found:
    """A column as the database describes it; nothing is known of the columns of a query but their names."""

    type: types.TypeEngine[Any]
    nullable: bool = True

    @property
    def kind(self) -> Kind:
        below = self.type.data_type if isinstance(self.type, DOMAIN) else self.type
        return next((kind for of, kind in _KINDS.items() if isinstance(below, of)), "other")


class DriftError(DatabaseError):
    """The database no longer has what the contract says; the message names each column, what was found and wanted."""


def source_names(contract: Contract, found: Iterable[str]) -> dict[str, str]:
    """Which of the columns `found` each of the contract's columns is read from; those without one are left out."""
    there = set(found)
    chosen = {
        column.name: next((name for name in column.accepted_names if name in there), None)
        for column in contract.columns
    }
    return {name: source for name, source in chosen.items() if source is not None}


def compare(what: str, contract: Contract, found: Mapping[str, Found]) -> list[str]:
    """Warnings about the columns of `what` (`table 'payments'`); raises `DriftError` with every problem at once."""
    names = source_names(contract, found)
    watermark = getattr(contract.source, "watermark", None)
    problems = list(_missing(contract, names, watermark))
    warnings = list(_left_behind(contract, names, found))
    all_nullable = all(column.nullable for column in found.values())  # a view: it does not say
    for name, source in names.items():
        column = contract.column(name)
        if reason := _misfit(column, source, found[source]):
            (warnings if found[source].kind in _MAY_FIT[column.type] else problems).append(reason)
        if found[source].nullable and contract.is_required(column) and not all_nullable:
            warnings.append(f"column {source!r} may be NULL; rows without a value will go to the quarantine")
    if problems:
        raise DriftError(f"{what} is not what {contract.name}.yaml says: {'; '.join(problems)}")
    return [f"{what}: {warning}" for warning in warnings]


def _missing(contract: Contract, names: Mapping[str, str], watermark: str | None) -> Iterator[str]:
    for column in contract.columns:
        if column.name not in names and (contract.is_required(column) or column.name == watermark):
            wanted = " or ".join(map(repr, column.accepted_names))
            yield f"column {column.name!r}: found none, wanted {column.type} under {wanted}"


def _left_behind(contract: Contract, names: Mapping[str, str], found: Mapping[str, Found]) -> Iterator[str]:
    for column in contract.columns:
        if column.name not in names and not contract.is_required(column):
            yield f"column {column.name!r} is not there; it lands as NULL"
    if added := [name for name in found if name not in names.values()]:
        yield f"not in the contract and not read: {', '.join(added)}"


def _misfit(column: Column, source: str, found: Found) -> str:
    if column.type == "string" or found.kind == "unknown" or found.kind in _FITS[column.type]:
        return ""
    return f"column {source!r}: found {found.type}, wanted {column.type}"
