"""Read a synthesised cloud assembly: its stacks in dependency order, and the files that they need.

https://github.com/aws/aws-cdk-cli/tree/main/packages/%40aws-cdk/cloud-assembly-schema
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from local.endpoint import ACCOUNT, REGION


class AssemblyError(ValueError):
    """A cloud assembly cannot be deployed here; the text names the file and says what was expected."""


@dataclass(frozen=True)
class Asset:
    """A file, or a folder to be zipped, and the object it becomes."""

    source: Path
    packaging: Literal["file", "zip"]
    bucket: str
    key: str


@dataclass(frozen=True)
class StackArtifact:
    """A stack to deploy: `needs` are the names of the stacks that come before it."""

    name: str
    template: Path
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    needs: frozenset[str]


@dataclass(frozen=True)
class Assembly:
    """What one `cdk synth` wrote."""

    stacks: tuple[StackArtifact, ...]
    assets: tuple[Asset, ...]


def read_assembly(folder: Path) -> Assembly:
    """Read `manifest.json` in `folder`, stages included; raises `AssemblyError` when it is missing or needs Docker."""
    stacks: list[StackArtifact] = []
    assets: list[Asset] = []
    for directory in _directories(folder):
        artifacts = _json(directory / "manifest.json").get("artifacts", {})
        names = {key: _stack_name(key, item) for key, item in artifacts.items() if item["type"] == _STACK}
        for key, item in artifacts.items():
            if item["type"] == _STACK:
                stacks.append(_stack(directory, names[key], item, names))
            elif item["type"] == "cdk:asset-manifest":
                assets.extend(_assets(directory, directory / item["properties"]["file"]))
    return Assembly(tuple(stacks), tuple({(asset.bucket, asset.key): asset for asset in assets}.values()))


_STACK = "aws:cloudformation:stack"


def _directories(folder: Path) -> Iterator[Path]:
    """The assembly and those nested in it, one for each stage."""
    yield folder
    for item in _json(folder / "manifest.json").get("artifacts", {}).values():
        if item["type"] == "cdk:cloud-assembly":
            yield from _directories(folder / item["properties"]["directoryName"])


def _stack_name(key: str, item: Mapping[str, Any]) -> str:
    name: str = item["properties"].get("stackName", key)
    return name


def _stack(directory: Path, name: str, item: Mapping[str, Any], names: Mapping[str, str]) -> StackArtifact:
    properties = item["properties"]
    return StackArtifact(
        name=name,
        template=directory / properties["templateFile"],
        parameters=properties.get("parameters", {}),
        tags=properties.get("tags", {}),
        needs=frozenset(names[key] for key in item.get("dependencies", ()) if key in names),
    )


def _assets(directory: Path, manifest: Path) -> Iterator[Asset]:
    listed = _json(manifest)
    if listed.get("dockerImages"):
        raise AssemblyError(f"{manifest} lists Docker images; only files and zipped folders can be deployed here")
    for item in listed.get("files", {}).values():
        if "executable" in item["source"]:
            raise AssemblyError(f"{manifest} lists an asset that a command builds; synthesise it as a file or a folder")
        for destination in item["destinations"].values():
            yield Asset(
                source=directory / item["source"]["path"],
                packaging=item["source"].get("packaging", "file"),
                bucket=_placed(destination["bucketName"]),
                key=_placed(destination["objectKey"]),
            )


def _placed(text: str) -> str:
    """Text with the CDK's placeholders for the place it is deployed to filled in."""
    values = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws"}
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return text


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise AssemblyError(f"{path} does not exist; run `cdk synth` first and name its output folder") from error
