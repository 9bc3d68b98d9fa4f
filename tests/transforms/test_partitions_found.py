"""What lands is found: a row lands exactly when the table projects its partition, today and on every later day."""

import json
from datetime import date, datetime, time, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from local.athena.catalogue.glue import Column as TableColumn
from local.athena.catalogue.glue import Table
from local.athena.catalogue.projection import projection_of
from schemas import glue
from schemas.contract import Column, Contract, Partition, Unit
from transforms.fast import FastPath
from transforms.record import Reader

TODAY = date(2027, 3, 1)
LINEAGE = {"source": "s", "ingested_at": "2027-03-01 00:00:00.000"}
UNITS: st.SearchStrategy[Unit] = st.sampled_from(["year", "month", "day"])


def bars(unit: Unit) -> Contract:
    columns = (Column("at", "timestamp"), Column("value", "double"))
    return Contract("bars", "Bars.", columns, ("at",), partition=Partition("at", unit))


def finds(contract: Contract, partition: str, day: date) -> bool:
    keys = [TableColumn(key.name, key.type) for key in glue.partition_keys(contract)]
    parameters = glue.projection(contract, "s3://lake")
    table = Table("db", "bars_landing", [], keys, "s3://lake/landing/bars/", parameters, "parquet")
    projection = projection_of(table, datetime.combine(day, time()))
    assert projection is not None
    return projection.values(f"s3://lake/landing/bars/{keys[0].name}={partition}/x.parquet") is not None


@given(UNITS, st.dates(date(1980, 1, 1)), st.integers(0, 5000))
@example("day", TODAY + timedelta(days=14), 0)
@example("day", TODAY + timedelta(days=365), 0)
@example("day", TODAY + timedelta(days=366), 0)
@example("day", date(2101, 1, 1), 0)
@example("month", date(2027, 4, 1), 0)
@example("month", date(2100, 12, 31), 0)
@example("month", date(2101, 1, 1), 0)
@example("year", date(2100, 12, 31), 0)
@example("year", date(2101, 1, 1), 0)
def test_a_row_lands_where_its_table_looks_or_not_at_all(unit: Unit, day: date, days_later: int) -> None:
    contract = bars(unit)
    body = json.dumps({"at": f"{day} 12:00:00", "value": 1.0}).encode()
    reading = Reader(contract, lambda: TODAY).read_row_by_row(body, LINEAGE)
    fast = FastPath(contract, lambda: TODAY).land(body, LINEAGE)
    partition = str(day)[: {"year": 4, "month": 7, "day": 10}[unit]]
    if not finds(contract, partition, TODAY):
        (reject,) = reading.rejects
        assert "outside the table's partitions; valid: " in reject.broken.reason
        assert (reading.landings, fast) == ((), None)
        return
    assert [landing.partition for landing in reading.landings] == [partition]
    assert fast == reading.landings[0]
    assert finds(contract, partition, TODAY + timedelta(days=days_later))
