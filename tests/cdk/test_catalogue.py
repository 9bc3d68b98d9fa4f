"""The tables and views are the contracts', in the words that Athena keeps them in."""

import base64
import json
from pathlib import Path
from typing import get_args

import pytest

from cdk.config import ConfigError
from cdk.views import QUERIES, View, read_view, view_text
from jobs import catalogue
from schemas import glue
from schemas.contract import ColumnType, Internal
from schemas.glue import GlueColumn
from schemas.load import load_contracts
from schemas.views import history_view, latest_view
from tests.cdk.conftest import Templates, flat

CONTRACTS = load_contracts()


def tables(templates: Templates) -> dict[str, dict]:  # type: ignore[type-arg]
    return {each["TableInput"]["Name"]: each["TableInput"] for each in templates.resources("AWS::Glue::Table").values()}


def test_every_dataset_has_its_tables_and_views(dev: Templates) -> None:
    expected = {"reconciliation", "freshness", *(file.stem for file in (QUERIES / "views").glob("*.sql"))}
    for name, contract in CONTRACTS.items():
        expected |= {glue.table_name(contract), name, f"{name}_history"}
        if not isinstance(contract.source, Internal):
            expected.add(f"{name}_curated")
    assert set(tables(dev)) == expected


def test_columns_partition_and_projection_are_the_contracts(dev: Templates) -> None:
    table = tables(dev)["fx_daily_landing"]
    assert [(each["Name"], each["Type"]) for each in table["StorageDescriptor"]["Columns"]] == [
        (column.name, column.type) for column in glue.columns(CONTRACTS["fx_daily"])
    ]
    assert [(each["Name"], each["Type"]) for each in table["PartitionKeys"]] == [("year", "int")]
    lake = "s3://standpipe-dev-lake-<AWS::AccountId>-<AWS::Region>/landing/fx_daily/"
    assert flat(table["StorageDescriptor"]["Location"]) == lake
    assert flat(table["Parameters"]["storage.location.template"]) == f"{lake}year=${{year}}/"
    assert table["Parameters"]["projection.enabled"] == "true"


def test_a_curated_table_has_the_partitions_that_the_job_registers(dev: Templates) -> None:
    by_year, whole = tables(dev)["fx_daily_curated"], tables(dev)["accounts_curated"]
    for table, key, name in ((by_year, ("year", "int"), "fx_daily"), (whole, ("part", "string"), "accounts")):
        assert [(each["Name"], each["Type"]) for each in table["PartitionKeys"]] == [key]
        assert flat(table["StorageDescriptor"]["Location"]) == (
            f"s3://standpipe-dev-lake-<AWS::AccountId>-<AWS::Region>/curated/{name}/"
        )
        assert not [parameter for parameter in table["Parameters"] if parameter.startswith("projection.")]


def test_a_curated_table_has_the_columns_of_the_view(dev: Templates) -> None:
    for name in ("fx_daily", "instruments"):
        columns = [each["Name"] for each in tables(dev)[f"{name}_curated"]["StorageDescriptor"]["Columns"]]
        assert columns == [column.name for column in glue.curated_columns(CONTRACTS[name])]
        assert "is_deleted" not in columns


def test_a_curated_table_tells_the_job_what_it_is_made_of(dev: Templates) -> None:
    parameters = tables(dev)["fx_daily_curated"]["Parameters"]
    assert (parameters[catalogue.LANDING], parameters[catalogue.KEY]) == ("fx_daily_landing", "base,quote,date")
    curated = {name for name, table in tables(dev).items() if catalogue.LANDING in table["Parameters"]}
    assert curated == {name for name in tables(dev) if name.endswith("_curated")}


def test_no_table_has_a_type_that_hive_does_not_know(dev: Templates) -> None:
    for name, table in tables(dev).items():
        types = {each["Type"] for each in [*table["StorageDescriptor"]["Columns"], *table["PartitionKeys"]]}
        assert {type_.partition("(")[0] for type_ in types} <= set(get_args(ColumnType)), name


def test_views_hold_the_sql_of_the_contract(dev: Templates) -> None:
    contract = CONTRACTS["fx_daily"]
    for name, sql in (("fx_daily", latest_view(contract)), ("fx_daily_history", history_view(contract))):
        table = tables(dev)[name]
        assert (table["TableType"], table["Parameters"]["presto_view"]) == ("VIRTUAL_VIEW", "true")
        assert decoded(table["ViewOriginalText"])["originalSql"] == sql


def test_a_views_types_are_hives_outside_and_prestos_inside() -> None:
    view = View(
        "v", "SELECT 1", tuple(GlueColumn("c", type_, "") for type_ in ("string", "int", "date", "decimal(38,2)"))
    )
    found = decoded(view_text(view, "db"))
    assert (found["catalog"], found["schema"]) == ("awsdatacatalog", "db")
    assert [column["type"] for column in found["columns"]] == ["varchar", "integer", "date", "decimal(38,2)"]


def test_a_query_file_becomes_a_view_with_the_columns_that_it_names(tmp_path: Path) -> None:
    file = tmp_path / "worth.sql"
    file.write_text("-- What it is worth.\n-- columns: day date, cost decimal(38,2), value double\nSELECT 1\n")
    view = read_view(file)
    assert (view.name, [(each.name, each.type) for each in view.columns]) == (
        "worth", [("day", "date"), ("cost", "decimal(38,2)"), ("value", "double")],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT 1\n", "no line `-- columns"),
        ("-- columns: day, value double\nSELECT 1\n", "`-- columns:` has 'day'; valid: a name and one of string,"),
        ("-- columns: day varchar\nSELECT 1\n", "`-- columns:` has 'day varchar'; valid: a name and one of string,"),
    ],
)
def test_a_view_without_its_columns_is_a_mistake_in_the_configuration(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "worth.sql"
    file.write_text(text)
    with pytest.raises(ConfigError, match=rf"worth\.sql: {problem}"):
        read_view(file)


def decoded(text: str) -> dict:  # type: ignore[type-arg]
    assert text.startswith("/* Presto View: ")
    found: dict = json.loads(base64.b64decode(text.removeprefix("/* Presto View: ").removesuffix(" */")))  # type: ignore[type-arg]
    return found
