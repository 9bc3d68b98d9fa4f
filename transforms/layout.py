"""How clean records of one shape are read: the decoder, and the function that makes what it decodes land.

The function is generated, as `dataclasses` generates `__init__`: one loop that applies the rules between columns and
fills in what the rows lack, with nothing left to look up per row.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from schemas.contract import LINEAGE, Column, Contract
from schemas.rows import checked_type, document_type, field_name, landed_type, leaf_type, timestamp_text
from transforms.checks import allowed_values, condition

Fill = Callable[[Any, tuple[Any, ...], msgspec.Raw], bool]
"""(rows as decoded, the keys above them, constants) -> whether every row keeps the rules between columns.

If so, the rows are landed rows now; if not, they are of no use any more.
"""


@dataclass(frozen=True)
class Layout:
    """`decode` reads a body; `depth` levels of keys lie above its rows (0: one row a line); `fill` makes them land.

    `partition_field` is the attribute of a landed row that holds the partition column; None when it is a key further
    out, or when the keys of the last level are that column's days, left as text (`by_day`).
    """

    depth: int
    decode: Callable[[bytes], Any]
    fill: Fill
    by_day: bool
    partition_field: str | None


def nested_layout(contract: Contract, names: Mapping[str, str]) -> Layout | None:
    """The layout of documents nested by `contract.nest` whose rows use `names`; None when no struct can hold them."""
    outer, key = contract.nest[:-1], contract.column(contract.nest[-1])
    columns = [column for column in contract.columns if column.name not in contract.nest]
    by_day = contract.partition is not None and contract.partition.by == key.name and key.type == "date"
    try:
        leaf = leaf_type(contract, columns, names, key)
        document = document_type(contract, leaf, str if by_day else checked_type(contract, key))
    except ValueError:
        return None
    landed = landed_type(contract, leaf, outer[0] if outer else LINEAGE[0].name)
    sources = {name: f"outer[{number}]" for number, name in enumerate(outer)} | {key.name: "key"}
    sources |= _leaf_sources(contract, columns)
    fill = _compiled(contract, landed, [key, *columns], sources, "key, leaf in leaves.items()")
    decode = msgspec.json.Decoder(document, strict=False).decode
    return Layout(len(contract.nest), decode, fill, by_day, _partition_field(contract, [key, *columns], by_day))


def flat_layout(contract: Contract, names: Mapping[str, str]) -> Layout | None:
    """The layout of one row a line whose fields are called `names`; None when no struct can hold them."""
    try:
        leaf = leaf_type(contract, contract.columns, names)
    except ValueError:
        return None
    landed = landed_type(contract, leaf, LINEAGE[0].name)
    fill = _compiled(contract, landed, contract.columns, _leaf_sources(contract, contract.columns), "leaf in leaves")
    decode = msgspec.json.Decoder(leaf, strict=False).decode_lines
    return Layout(0, decode, fill, False, _partition_field(contract, contract.columns, False))


def _partition_field(contract: Contract, columns: list[Column] | tuple[Column, ...], by_day: bool) -> str | None:
    if contract.partition is None or by_day:
        return None
    return next((field_name(contract, column) for column in columns if column.name == contract.partition.by), None)


def _leaf_sources(contract: Contract, columns: list[Column] | tuple[Column, ...]) -> dict[str, str]:
    return {column.name: f"leaf.{field_name(contract, column)}" for column in columns}


def _compiled(
    contract: Contract,
    landed: type[msgspec.Struct],
    columns: list[Column] | tuple[Column, ...],
    sources: Mapping[str, str],
    loop: str,
) -> Fill:
    """The generated function. Its source holds attribute names and numbers only, nothing that a contract spells."""
    rule = condition(contract, sources.__getitem__)
    lines = [f"if not ({rule}): return False"] if rule else []
    lines += [line for column in columns if (line := _assignment(contract, column, sources[column.name]))]
    lines += ["leaf.constants = constants", "leaf.__class__ = Landed"]
    body = "".join(f"        {line}\n" for line in lines)
    scope: dict[str, Any] = {"Landed": landed, "timestamp_text": timestamp_text, **allowed_values(contract)}
    exec(f"def fill(leaves, outer, constants):\n    for {loop}:\n{body}    return True\n", scope)  # noqa: S102
    fill: Fill = scope["fill"]
    return fill


def _assignment(contract: Contract, column: Column, value: str) -> str:
    """Python source that gives a row the landed value of `column` where that is not what was decoded; else empty."""
    attribute = f"leaf.{field_name(contract, column)}"
    if column.type == "timestamp":
        guard = "" if contract.is_required(column) else f" if {value} is not None else None"
        return f"{attribute} = timestamp_text({value}){guard}"
    return "" if value == attribute else f"{attribute} = {value}"
