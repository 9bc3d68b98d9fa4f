"""The contracts' tables and every view of the pipeline on a local Athena, with the rows that a test lands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

import pyarrow as pa
import pytest

from cdk.views import all_views
from schemas import glue
from schemas.arrow import arrow_schema
from schemas.contract import Contract
from schemas.load import load_contracts
from tests.local.athena.conftest import laptop as laptop
from tests.local.athena.conftest import make_athena as make_athena
from tests.local.athena.laptop import Laptop

CONTRACTS = load_contracts()
_CHARS = {"year": 4, "month": 7, "day": 10}
READ = datetime.fromisoformat("2026-01-01 00:00:00")


@dataclass
class Lake:
    """Rows in, answers out."""

    laptop: Laptop
    landed: int = 0

    def land(self, dataset: str, rows: Iterable[Mapping[str, Any]], read: datetime = READ) -> None:
        """Land rows that were read at `read`; columns that a row lacks are NULL."""
        contract = CONTRACTS[dataset]
        whole = [{**row, "source": "test", "ingested_at": read} for row in rows]
        for folder, part in groupby(
            sorted(whole, key=lambda row: _folder(contract, row)), lambda row: _folder(contract, row)
        ):
            self.landed += 1
            table = pa.Table.from_pylist(list(part), arrow_schema(contract))
            self.laptop.put(f"s3://lake/{glue.location(contract)}{folder}{self.landed}.parquet", table)

    def ask(self, sql: str, *parameters: str) -> list[dict[str, str | None]]:
        """The rows of a query by column."""
        header, *rows = self.laptop.rows(sql, **({"ExecutionParameters": list(parameters)} if parameters else {}))
        return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def _folder(contract: Contract, row: Mapping[str, Any]) -> str:
    if contract.partition is None:
        return ""
    moment: date = row[contract.partition.by]
    unit = contract.partition.unit
    return f"{unit}={moment.isoformat()[: _CHARS[unit]]}/"


@pytest.fixture
def lake(laptop: Laptop) -> Lake:
    """Every dataset's landing table, empty, and every view."""
    for contract in CONTRACTS.values():
        columns = {column.name: column.type for column in glue.columns(contract)}
        keys = {column.name: column.type for column in glue.partition_keys(contract)}
        location = f"s3://lake/{glue.location(contract)}"
        parameters = glue.projection(contract, "s3://lake")
        laptop.table(glue.table_name(contract), columns, location, keys=keys, parameters=parameters)
    for view in all_views(CONTRACTS):
        laptop.view(view.name, view.sql)
    return Lake(laptop)
