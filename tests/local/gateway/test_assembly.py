"""Cloud assemblies are read as the CDK writes them."""

import json
from pathlib import Path

import pytest

from local.deployment.assembly import AssemblyError, Asset, read_assembly
from tests.local.gateway import tiny_app


def test_stacks_know_what_they_need_and_assets_where_they_go(tmp_path: Path) -> None:
    assembly = read_assembly(tiny_app.write(tmp_path))
    assert {stack.name: stack.needs for stack in assembly.stacks} == {
        "tiny-base": frozenset(),
        "tiny-top": frozenset({"tiny-base"}),
    }
    assert assembly.stacks[0].template == tmp_path / "tiny-base.template.json"
    layer = Asset(tmp_path / "asset.code", "zip", "cdk-hnb659fds-assets-000000000000-us-east-1", "code.zip")
    assert layer in assembly.assets
    assert len(assembly.assets) == 4


def test_a_stage_is_read_too(tmp_path: Path) -> None:
    tiny_app.write(tmp_path / "stage")
    nested = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "stage"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"stage": nested}}))
    assert [stack.name for stack in read_assembly(tmp_path).stacks] == ["tiny-base", "tiny-top"]


def test_a_folder_that_is_no_assembly_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match=r"manifest\.json does not exist; run `cdk synth`"):
        read_assembly(tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dockerImages": {"x": {}}}, "Docker images"),
        ({"files": {"x": {"source": {"executable": ["make"]}, "destinations": {}}}}, "a command builds"),
    ],
)
def test_what_cannot_be_deployed_is_refused(tmp_path: Path, change: dict[str, object], words: str) -> None:
    tiny_app.write(tmp_path)
    (tmp_path / "tiny-top.assets.json").write_text(json.dumps(change))
    with pytest.raises(AssemblyError, match=words):
        read_assembly(tmp_path)
