"""What `standpipe new` makes of an ad-hoc table."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cdk.config import environment
from schemas.load import DATASETS, load_contract
from standpipe.adhoc.contract import Chosen, write
from standpipe.adhoc.draft import Draft, Found, NewContractError, draft
from standpipe.query.athena import Result, Statistics
from tests.local.athena.conftest import laptop as laptop
from tests.local.athena.conftest import make_athena as make_athena
from tests.local.athena.laptop import Laptop


@dataclass
class Connected:
    """A connection to the Athena and the catalogue of a test."""

    laptop: Laptop
    environment = environment("local")

    def client(self, service: str) -> Any:
        assert service == "glue"
        return self.laptop.glue

    def query(self, sql: str) -> Result:
        header, *rows = self.laptop.rows(sql)
        return Result(list(map(str, header)), rows, Statistics(0, 0, 0, 0, billed=True))


@pytest.mark.parametrize(
    ("texts", "type_"),
    [
        (["2026-01-31", "2024-02-29", None], "date"),
        (["2026-01-31", "2026-02-30"], "string"),
        (["2026-13-01"], "string"),
        (["2026-1-31"], "string"),
        (["2026-01-31 23:59:59", "2026-01-31T00:00:00.123456Z", "2026-01-31T00:00:00+05:30"], "timestamp"),
        (["2026-02-30 00:00:00"], "string"),
        (["2026-01-31 25:00:00"], "string"),
        (["2026-01-31T12:61:61"], "string"),
        (["2026-01-31T12:00:00+99:00"], "string"),
        (["2026-01-31", "2026-01-31 00:00:00"], "string"),
        ([None], "string"),
    ],
)
def test_texts_are_dates_if_there_are_such_days(laptop: Laptop, texts: list[str | None], type_: str) -> None:
    laptop.glue.databases[Connected.environment.database] = laptop.glue.databases["db"]
    laptop.table("adhoc_t", {"x": "string"}, "s3://lake/drop/adhoc/t/")
    laptop.put("s3://lake/drop/adhoc/t/1.parquet", pa.table({"x": pa.array(texts, pa.string())}))
    made = draft(Connected(laptop), "t", None)  # type: ignore[arg-type]
    assert [column.type for column in made.columns] == [type_]


def test_decimals_keep_their_digits(laptop: Laptop, tmp_path: Path) -> None:
    laptop.glue.databases[Connected.environment.database] = laptop.glue.databases["db"]
    laptop.table("adhoc_t", {"id": "string", "fee": "decimal(20,4)"}, "s3://lake/drop/adhoc/t/")
    laptop.put("s3://lake/drop/adhoc/t/1.parquet", pa.table({"id": ["a"], "fee": pa.array([1], pa.decimal128(20, 4))}))
    made = draft(Connected(laptop), "t", None)  # type: ignore[arg-type]
    column = load_contract(write(made, Chosen(("id",), None, "year"), 1990, tmp_path)).column("fee")
    assert (column.type, column.precision, column.scale) == ("decimal", 20, 4)


def drafted(dataset: str) -> Draft:
    return Draft(dataset, "adhoc_zeros", "s3://drop/adhoc/zeros/", (Found("id", "id", "bigint", "bigint"),), ())


@pytest.mark.parametrize("dataset", ["holdings", "freshness", "trades_history", "adhoc", "adhoc_zeros"])
def test_what_could_not_be_deployed_is_not_written(tmp_path: Path, dataset: str) -> None:
    folder = tmp_path / "datasets"
    shutil.copytree(DATASETS, folder)
    before = sorted(folder.iterdir())
    with pytest.raises(NewContractError, match=r"^dataset: .*; valid: "):
        write(drafted(dataset), Chosen(("id",), None, "year"), 1990, folder)
    assert sorted(folder.iterdir()) == before


def test_a_name_of_its_own_is_written_once(tmp_path: Path) -> None:
    assert write(drafted("zeros"), Chosen(("id",), None, "year"), 1990, tmp_path) == tmp_path / "zeros.yaml"
    with pytest.raises(NewContractError, match="already exists"):
        write(drafted("zeros"), Chosen(("id",), None, "year"), 1990, tmp_path)
