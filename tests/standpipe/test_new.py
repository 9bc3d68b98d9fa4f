"""What `standpipe new` makes of an ad-hoc table."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cdk.config import environment
from schemas.files import Files
from schemas.load import DATASETS, load_contract
from standpipe.adhoc.columns import Found, named
from standpipe.adhoc.contract import Chosen, first_year, write
from standpipe.adhoc.draft import Draft, NewContractError, draft
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
        (["2026-01-31", "", None], "date"),
        (["2026-01-31 23:59:59", ""], "timestamp"),
        (["true", "FALSE", ""], "boolean"),
        (["true", "yes"], "string"),
        (["", ""], "string"),
        ([None], "string"),
    ],
)
def test_texts_have_the_type_that_all_of_them_have(laptop: Laptop, texts: list[str | None], type_: str) -> None:
    made = drafted_of(laptop, x=texts)
    assert [column.type for column in made.columns] == [type_]


def drafted_of(laptop: Laptop, **columns: list[str | None]) -> Draft:
    """The draft of a table of texts."""
    laptop.glue.databases[Connected.environment.database] = laptop.glue.databases["db"]
    laptop.table("adhoc_t", dict.fromkeys(columns, "string"), "s3://lake/drop/adhoc/t/")
    texts = {name: pa.array(column, pa.string()) for name, column in columns.items()}
    laptop.put("s3://lake/drop/adhoc/t/1.parquet", pa.table(texts))
    return draft(Connected(laptop), "t", None)  # type: ignore[arg-type]


def test_a_column_with_empty_texts_is_no_key_and_no_partition(laptop: Laptop) -> None:
    made = drafted_of(laptop, id=["a", "b", "c"], flag=["x", "y", ""], since=["2026-01-31", "", "1989-01-31"])
    connection: Any = Connected(laptop)
    assert first_year(connection, made, Chosen(("id",), None, "year")) == 1990
    with pytest.raises(NewContractError, match="1 rows have no value in the key flag; choose another key"):
        first_year(connection, made, Chosen(("flag",), None, "year"))
    with pytest.raises(NewContractError, match="1 rows have no value in since, so they would have no partition"):
        first_year(connection, made, Chosen(("id",), "since", "year"))


def test_where_the_format_does_not_say_it_empty_texts_are_nulls(laptop: Laptop, tmp_path: Path) -> None:
    made = drafted_of(laptop, id=["a", "b"], since=["2026-01-31", ""])
    source = load_contract(write(made, Chosen(("id",), None, "year"), 1990, tmp_path)).source
    assert isinstance(source, Files)
    assert source.nulls == ("",)


NUMBERS = "if these are numbers, the type is double or decimal, and `source` needs numbers: "
DATES = "if these are dates, the type is date, and `source` needs dates: "


@pytest.mark.parametrize(
    ("texts", "hints"),
    [
        (["382,45", "-7", "", None], [NUMBERS + '{decimal: ","}']),
        (["1.382,45", "7,5"], [NUMBERS + '{decimal: ",", thousands: "."}']),
        (["1,382.45"], [NUMBERS + '{thousands: ","}']),
        (["1,382"], [NUMBERS + '{decimal: ","} or {thousands: ","}']),
        (["31/12/2026", "01/02/2026"], [DATES + '"%d/%m/%Y"']),
        (["01/02/2026"], [DATES + '"%d/%m/%Y" or "%m/%d/%Y"']),
        (["31.12.2026 18:30"], [DATES.replace("is date", "is timestamp") + '"%d.%m.%Y %H:%M"']),
        (["382,45", "n/a"], []),
        (["AB,C"], []),
        ([None], []),
    ],
)
def test_texts_that_look_like_numbers_and_dates_of_another_country_are_named(
    laptop: Laptop, tmp_path: Path, texts: list[str | None], hints: list[str]
) -> None:
    made = drafted_of(laptop, id=[str(at) + "x" for at in range(len(texts))], x=texts, y=texts)
    assert list(made.hints) == [f"x, y: {hint}" for hint in hints]
    text = write(made, Chosen(("id",), None, "year"), 1990, tmp_path).read_text()
    assert [line for line in text.splitlines() if line.startswith("# x, y: ")] == [f"# x, y: {hint}" for hint in hints]


def test_names_lose_their_accents_and_objects_in_json_become_their_fields() -> None:
    columns = [
        ("Libellé", "string"),
        ("date d'exécution", "string"),
        ("quote", "struct<bid:double,at:struct<day:string,levels:array<struct<p:double>>>,fee:decimal(5,2)>"),
        ("odd", "struct<a.b:int>"),
    ]
    found = [(each.name, each.original, each.type, each.sql) for each in named(columns, is_json=True)]
    assert found == [
        ("libelle", "Libellé", "string", '"Libellé"'),
        ("date_d_execution", "date d'exécution", "string", '"date d\'exécution"'),
        ("quote_bid", "quote.bid", "double", '"quote"."bid"'),
        ("quote_at_day", "quote.at.day", "string", '"quote"."at"."day"'),
        ("quote_at_levels", "quote.at.levels", None, '"quote"."at"."levels"'),
        ("quote_fee", "quote.fee", "decimal", '"quote"."fee"'),
        ("odd", "odd", None, '"odd"'),
    ]
    assert [each.original for each in named(columns, is_json=False)] == [name for name, _ in columns]


def test_a_folder_with_other_yaml_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "env.yaml").write_text("local: {}\n")
    with pytest.raises(NewContractError, match=r"env\.yaml: .*; every \.yaml file in .* must be a contract$"):
        write(drafted("zeros"), Chosen(("id",), None, "year"), 1990, tmp_path)


def test_decimals_keep_their_digits(laptop: Laptop, tmp_path: Path) -> None:
    laptop.glue.databases[Connected.environment.database] = laptop.glue.databases["db"]
    laptop.table("adhoc_t", {"id": "string", "fee": "decimal(20,4)"}, "s3://lake/drop/adhoc/t/")
    laptop.put("s3://lake/drop/adhoc/t/1.parquet", pa.table({"id": ["a"], "fee": pa.array([1], pa.decimal128(20, 4))}))
    made = draft(Connected(laptop), "t", None)  # type: ignore[arg-type]
    column = load_contract(write(made, Chosen(("id",), None, "year"), 1990, tmp_path)).column("fee")
    assert (column.type, column.precision, column.scale) == ("decimal", 20, 4)


def drafted(dataset: str) -> Draft:
    return Draft(dataset, "adhoc_zeros", "s3://drop/adhoc/zeros/", (Found("id", "id", "bigint", "bigint", '"id"'),), ())


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
