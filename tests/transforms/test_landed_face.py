"""What the transform writes is what the Glue table and the Arrow schema say: the same columns, of types that fit."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from schemas import glue
from schemas.arrow import arrow_schema
from schemas.contract import LINEAGE, Column, Contract
from tests.schemas.strategies import contracts
from transforms.record import Reader

DAYS = st.dates(date(1991, 1, 1), date(2019, 12, 31))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(max_size=8),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "decimal": st.decimals(-(10**16), 10**16, places=3).map(str) | st.integers(-(2**53), 2**53),
    "date": DAYS.map(str),
    "timestamp": st.datetimes(datetime(1991, 1, 2), datetime(2019, 12, 30)).map(lambda moment: moment.isoformat()),  # noqa: DTZ001
}
LINEAGE_VALUES = {"source": "test", "ingested_at": "2026-01-01 00:00:00.000"}


@given(st.data(), contracts())
def test_a_landed_row_has_the_columns_of_its_table_and_fits_their_types(
    data: st.DataObject, contract: Contract
) -> None:
    row = {column.name: data.draw(VALUES[column.type]) for column in contract.columns}
    reading = Reader(contract).read(json.dumps(row).encode(), LINEAGE_VALUES)
    assert not reading.rejects
    (landing,) = reading.landings
    landed = json.loads(landing.lines)
    assert sorted(landed) == sorted(column.name for column in glue.columns(contract))
    table = pa.Table.from_pylist([_typed(contract, landed)], schema=arrow_schema(contract))
    assert table.schema.equals(arrow_schema(contract))


def _typed(contract: Contract, landed: dict[str, Any]) -> dict[str, Any]:
    return {column.name: _parsed(column, landed[column.name]) for column in (*contract.columns, *LINEAGE)}


def _parsed(column: Column, value: Any) -> Any:
    if column.type == "date":
        return date.fromisoformat(value)
    if column.type == "timestamp":
        return datetime.strptime(value, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC).replace(tzinfo=None)
    return value
