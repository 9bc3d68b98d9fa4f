"""The app as a whole: one file adds a dataset, and the same sources give the same templates."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from cdk.config import LayerName
from cdk.layers import archives
from cdk.layers.archives import Target
from schemas.load import DATASETS
from tests.cdk.conftest import Templates, templates

SALES = """
dataset: sales
description: What was sold.
key: [sale_id]
partition: {by: sold_on, unit: month}
columns:
  - {name: sale_id, type: string}
  - {name: sold_on, type: date}
  - {name: amount, type: double}
"""


def test_adding_a_dataset_is_adding_one_file(dev: Templates, tmp_path: Path) -> None:
    shutil.copytree(DATASETS, tmp_path / "datasets")
    (tmp_path / "datasets" / "sales.yaml").write_text(SALES)
    found = templates("dev", tmp_path, datasets=tmp_path / "datasets")

    def names(of: Templates, kind: str, key: str) -> set[str]:
        return {each[key] for each in of.resources(kind).values()}

    stream = names(found, "AWS::KinesisFirehose::DeliveryStream", "DeliveryStreamName")
    assert stream - names(dev, "AWS::KinesisFirehose::DeliveryStream", "DeliveryStreamName") == {"standpipe-dev-sales"}
    functions = names(found, "AWS::Lambda::Function", "FunctionName")
    assert functions - names(dev, "AWS::Lambda::Function", "FunctionName") == {"standpipe-dev-transform-sales"}
    tables = {each["TableInput"]["Name"] for each in found.resources("AWS::Glue::Table").values()}
    assert {"sales_landing", "sales_curated", "sales", "sales_history"} <= tables
    assets = [folder for folder in (tmp_path / "cdk.out").glob("asset.*") if (folder / "schemas").is_dir()]
    assert len(assets) == 2  # the transforms' code, the producers'
    for asset in assets:
        assert (asset / "schemas" / "datasets" / "sales.yaml").read_text() == SALES


def test_the_same_sources_give_the_same_templates(dev: Templates, tmp_path: Path) -> None:
    assert templates("dev", tmp_path).stacks == dev.stacks


def test_all_stacks_are_there(dev: Templates) -> None:
    assert set(dev.stacks) == {
        "storage", "catalogue", "layers", "ingestion", "producers", "curation", "analytics", "observability",
    }  # fmt: skip


def test_every_function_runs_the_environments_python_with_the_layers_it_needs(dev: Templates) -> None:
    functions = dev.resources("AWS::Lambda::Function").values()
    assert {each["Runtime"] for each in functions} == {"python3.13"}
    layers = {each["FunctionName"].removeprefix("standpipe-dev-"): len(each["Layers"]) for each in functions}
    assert layers.pop("alpha-vantage") == layers.pop("sql") == layers.pop("files") == 2
    assert set(layers.values()) == {1}


def test_layers_are_versions_of_every_configured_one(dev: Templates, local: Templates) -> None:
    def names(of: Templates) -> set[str]:
        return {each["LayerName"] for each in of.resources("AWS::Lambda::LayerVersion").values()}

    assert names(dev) == {f"standpipe-dev-{name}" for name in ("stream", "alpha_vantage", "sql", "files", "data")}
    assert names(local) == {f"standpipe-local-{name}" for name in ("stream", "alpha_vantage", "sql", "files")}


def test_another_layer_reaches_the_functions_that_have_it(
    dev: Templates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stack whose template is the same is not deployed, and would not see the new version of a layer."""
    of_now = archives.layer_hash

    def layer_hash(name: LayerName, built_for: Target) -> str:
        return "another" if name == "sql" else of_now(name, built_for)

    monkeypatch.setattr(archives, "layer_hash", layer_hash)
    found = templates("dev", tmp_path).resources("AWS::Lambda::Function")
    functions = dev.resources("AWS::Lambda::Function")
    changed = {each["FunctionName"] for name, each in found.items() if each != functions[name]}
    assert changed == {"standpipe-dev-sql"}


@pytest.mark.parametrize(("name", "kept"), [("local", False), ("dev", True), ("prod", True)])
def test_a_layer_outlives_its_replacement_where_a_rollback_may_need_it(synthesised: Any, name: str, kept: bool) -> None:
    layers = synthesised(name).whole("AWS::Lambda::LayerVersion").values()
    expected = ("Retain", "RetainExceptOnCreate") if kept else ("Delete", "Delete")
    assert {(each["UpdateReplacePolicy"], each["DeletionPolicy"]) for each in layers} == {expected}
