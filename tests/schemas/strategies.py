"""Contracts and values for property tests."""

from typing import get_args

from hypothesis import strategies as st

from schemas.contract import LINEAGE, Column, ColumnType, Contract, Partition

RESERVED = {"year", "month", "day", *(column.name for column in LINEAGE)}
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(lambda name: name not in RESERVED)

DIGITS = 20, 3
"""Precision and scale of decimals."""


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    """Any valid contract: up to eight columns, a key among them, sometimes nested, sometimes partitioned."""
    chosen = draw(st.lists(names, min_size=1, max_size=8, unique=True))
    columns = tuple(_column(name, draw(st.sampled_from(get_args(ColumnType)))) for name in chosen)
    key = draw(st.lists(st.sampled_from(chosen), min_size=1, max_size=3, unique=True))
    days = [column.name for column in columns if column.type in ("date", "timestamp")]
    partition = (
        Partition(draw(st.sampled_from(days)), draw(st.sampled_from(["year", "month", "day"]))) if days else None
    )
    can_nest = all(column.type != "decimal" for column in columns if column.name in key)
    nest = tuple(key) if can_nest and draw(st.booleans()) else ()
    return Contract("things", "Things.", columns, tuple(key), nest, draw(st.sampled_from([partition, None])))


def _column(name: str, type_: ColumnType) -> Column:
    precision, scale = DIGITS if type_ == "decimal" else (0, 0)
    return Column(name, type_, precision=precision, scale=scale)
