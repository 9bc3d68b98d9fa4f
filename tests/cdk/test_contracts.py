"""Datasets that cannot be deployed together are refused before anything is synthesised."""

import shutil
from pathlib import Path

import pytest

from cdk.pipeline import plan
from schemas.load import DATASETS, ContractError

CONTRACT = "dataset: %s\ndescription: D.\nkey: [a]\ncolumns: [{name: a, type: string}]\n"
LOADED = "source: {kind: sql, table: t, schedule: {expression: rate(1 hour), timezone: %s}}\n"


def planned(folder: Path, **added: str) -> None:
    """Plan what is shipped and `added` (contracts by name)."""
    shutil.copytree(DATASETS, folder / "datasets")
    for name, text in added.items():
        (folder / "datasets" / f"{name}.yaml").write_text(text)
    plan("dev", folder / "datasets")


@pytest.mark.parametrize(
    ("name", "blamed", "said"),
    [
        ("holdings", "holdings", "there is a 'holdings' already; valid: a name that no other table or view has"),
        ("reconciliation", "reconciliation", "there is a 'reconciliation' already"),
        ("trades_history", "trades_history", "there is a 'trades_history' already"),
        ("trades_landing", "trades_landing", "there is a 'trades_landing' already"),
        ("fx__daily", "fx_daily", "there is a 'fx__daily' already, too like its 'fx_daily'"),
        ("database", "database", "there is a 'database' already"),
        ("default", "default", "there is a 'default' already"),
        ("adhoc", "adhoc", "'adhoc' is for the crawler's tables, and files under drop/adhoc/; valid: names without"),
        ("adhoc_fees", "adhoc_fees", "'adhoc_fees' is for the crawler's tables"),
    ],
)
def test_a_name_that_is_taken_is_refused(tmp_path: Path, name: str, blamed: str, said: str) -> None:
    with pytest.raises(ContractError) as caught:
        planned(tmp_path, **{name: CONTRACT % name})
    assert f"{blamed}.yaml: dataset: {said}" in str(caught.value)


def test_names_that_differ_do_not_clash(tmp_path: Path) -> None:
    names = ("closing_prices", "adhocs", "trades_as_of", "sub_fx", "subfx")
    planned(tmp_path, **{name: CONTRACT % name for name in names})


@pytest.mark.parametrize("zone", ["Mars/Base", "Europe", "../UTC", "''"])
def test_an_unknown_time_zone_is_refused(tmp_path: Path, zone: str) -> None:
    with pytest.raises(
        ContractError, match=r"fees\.yaml: source\.schedule\.timezone: there is no time zone '.*; valid:"
    ):
        planned(tmp_path, fees=CONTRACT % "fees" + LOADED % zone)


def test_a_time_zone_is_known_by_its_name(tmp_path: Path) -> None:
    planned(tmp_path, fees=CONTRACT % "fees" + LOADED % "Europe/London")
