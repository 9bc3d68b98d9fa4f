"""How clean records of one shape are read: the decoder, and the function that makes landing rows of what it decodes.

The function is generated, as `dataclasses` generates `__init__`: one expression that reads attributes and applies the
rules between columns, with nothing left to look up per row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

import msgspec

from schemas.contract import LINEAGE, Column, Contract
from schemas.rows import (
    TEXT_OR_WHOLE,
    Kinds,
    checked_type,
    document_type,
    field_name,
    landed_type,
    leaf_type,
    values_type,
)  # fmt: skip
from schemas.texts import decimal_text, timestamp_text, whole_text
from transforms.checks import allowed_values, condition

Build = Callable[[Any, tuple[Any, ...], msgspec.Raw], list[msgspec.Struct]]
"""(rows as decoded, the keys above them, constants) -> a landing row for each; ValueError where a rule is broken."""


@dataclass(frozen=True)
class Layout:
    """`decode` reads a body; `depth` levels of keys are above its rows (0: one row a line); `build` makes the rows.

    `partition_field` is the attribute of a built row that holds the partition column; None when it is a key further
    out, or when the keys of the last level are that column's days, left as text (`by_day`).
    """

    depth: int
    decode: Callable[[bytes], Any]
    build: Build
    by_day: bool
    partition_field: str | None


def nested_layout(contract: Contract, names: Mapping[str, str], kinds: Kinds) -> Layout | None:
    """The layout of documents nested by `contract.nest` whose rows use `names`; None when no struct can hold them."""
    outer, key = contract.nest[:-1], contract.column(contract.nest[-1])
    columns = [column for column in contract.columns if column.name not in contract.nest]
    by_day = contract.partition is not None and contract.partition.by == key.name and key.type == "date"
    try:
        leaf = leaf_type(contract, columns, names, kinds)
        document = document_type(contract, leaf, str if by_day else checked_type(contract, key))
    except ValueError:
        return None
    landed = landed_type(contract, [key, *columns], outer[0] if outer else LINEAGE[0].name)
    sources = {name: f"outer[{number}]" for number, name in enumerate(outer)}
    sources |= {key.name: _source(contract, key, "key", str)} | _leaf_sources(contract, columns, kinds)
    build = _compiled(contract, landed, [key, *columns], sources, "key, leaf in leaves.items()")
    decode = _decoder(document).decode
    return Layout(len(contract.nest), decode, build, by_day, _partition_field(contract, [key, *columns], by_day))


def flat_layout(contract: Contract, names: Mapping[str, str], kinds: Kinds) -> Layout | None:
    """The layout of one row a line whose fields are called `names`; None when no struct can hold them."""
    try:
        leaf = leaf_type(contract, contract.columns, names, kinds)
    except ValueError:
        return None
    landed = landed_type(contract, contract.columns, LINEAGE[0].name)
    sources = _leaf_sources(contract, contract.columns, kinds)
    build = _compiled(contract, landed, contract.columns, sources, "leaf in leaves")
    decode = _decoder(leaf).decode_lines
    return Layout(0, decode, build, False, _partition_field(contract, contract.columns, False))


def values_layout(contract: Contract, names: Sequence[str], kinds: Kinds) -> Layout | None:
    """The layout of one array of values a line, whose columns go by `names`; None unless each of them is another column
    and every row can have what it needs."""
    accepted = {name: column for column in contract.columns for name in column.accepted_names}
    columns = [accepted[name] for name in names if name in accepted]
    missing = [column for column in contract.columns if column not in columns]
    if not len(set(columns)) == len(columns) == len(names) or any(map(contract.is_required, missing)):
        return None
    landed = landed_type(contract, contract.columns, LINEAGE[0].name)
    sources = _leaf_sources(contract, columns, kinds) | dict.fromkeys((column.name for column in missing), "None")
    build = _compiled(contract, landed, contract.columns, sources, "leaf in leaves")
    decode = _decoder(values_type(contract, columns, kinds)).decode_lines
    return Layout(0, decode, build, False, _partition_field(contract, contract.columns, False))


def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, strict=False, float_hook=str)


def _partition_field(contract: Contract, columns: list[Column] | tuple[Column, ...], by_day: bool) -> str | None:
    if contract.partition is None or by_day:
        return None
    return next((field_name(contract, column) for column in columns if column.name == contract.partition.by), None)


def _leaf_sources(contract: Contract, columns: list[Column] | tuple[Column, ...], kinds: Kinds) -> dict[str, str]:
    return {
        column.name: _source(contract, column, f"leaf.{field_name(contract, column)}", kinds(contract, column))
        for column in columns
    }


def _source(contract: Contract, column: Column, value: str, kind: Any) -> str:
    """Python source for the landed value of `column`, whose decoded value is `value`, of this `kind`."""
    if column.type == "timestamp":
        landed = f"timestamp_text({value})"
    elif column.type == "decimal":
        landed = f"decimal_text({value}, {column.precision}, {column.scale})"
    elif kind is TEXT_OR_WHOLE:
        landed = f"whole_text({value})"
    else:
        return value
    return landed if contract.is_required(column) else f"(None if {value} is None else {landed})"


def _compiled(
    contract: Contract,
    landed: type[msgspec.Struct],
    columns: list[Column] | tuple[Column, ...],
    sources: Mapping[str, str],
    loop: str,
) -> Build:
    """The generated function. Its source holds attributes and numbers only, never a text that a contract spells."""
    values = ", ".join(sources[column.name] for column in columns)
    rule = condition(contract, sources.__getitem__)
    source = (
        "def build(leaves, outer, constants):\n"
        f"    return [Landed({values}, constants){f' if {rule} else broken()' if rule else ''} for {loop}]\n"
    )
    scope: dict[str, Any] = {
        "Landed": landed,
        "broken": _broken,
        "Decimal": Decimal,
        "decimal_text": decimal_text,
        "timestamp_text": timestamp_text,
        "whole_text": whole_text,
        **allowed_values(contract),
    }
    exec(source, scope)  # noqa: S102
    build: Build = scope["build"]
    return build


def _broken() -> NoReturn:
    raise ValueError("a row breaks a rule between columns")
