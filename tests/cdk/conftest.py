"""The templates of each environment, synthesised once and read as plain dictionaries."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cdk.app import build_app
from cdk.config import environment
from cdk.layers.archives import empty_layers
from cdk.pipeline import Pipeline, plan


@dataclass(frozen=True)
class Templates:
    """The templates of one environment by stack: `storage`, `catalogue`, …"""

    stacks: dict[str, dict[str, Any]]

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of every resource of `kind` in all stacks, by stack and logical id."""
        return {name: found.get("Properties", {}) for name, found in self.whole(kind).items()}

    def whole(self, kind: str) -> dict[str, dict[str, Any]]:
        """Every resource of `kind`, with what stands beside its properties."""
        return {
            f"{stack}/{name}": resource
            for stack, template in self.stacks.items()
            for name, resource in template.get("Resources", {}).items()
            if resource["Type"] == kind
        }


def templates(name: str, scratch: Path, settings: dict[str, Any] | None = None, **chosen: Any) -> Templates:
    """The templates of the environment `name`, changed by `settings`, with empty layers; `chosen` goes to `plan`."""
    pipeline = plan(name, layers=empty_layers(environment(name), scratch / "layers"), **chosen)
    pipeline = replace(pipeline, environment=msgspec.structs.replace(pipeline.environment, **(settings or {})))
    return synthesise(pipeline, scratch / "cdk.out")


def synthesise(pipeline: Pipeline, outdir: Path) -> Templates:
    """The templates of `pipeline`, written to `outdir`."""
    build_app(pipeline, outdir, validation=False).synth()
    prefix = f"{pipeline.environment.prefix}-"
    return Templates({
        file.name.removeprefix(prefix).removesuffix(".template.json"): json.loads(file.read_text())
        for file in sorted(outdir.glob("*.template.json"))
    })  # fmt: skip


@pytest.fixture(scope="session")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Templates]:
    """The templates of an environment, synthesised when first asked for."""

    @cache
    def of(name: str) -> Templates:
        return templates(name, tmp_path_factory.mktemp(name))

    return of


@pytest.fixture(scope="session")
def dev(synthesised: Callable[[str], Templates]) -> Templates:
    return synthesised("dev")


@pytest.fixture(scope="session")
def prod(synthesised: Callable[[str], Templates]) -> Templates:
    return synthesised("prod")


@pytest.fixture(scope="session")
def local(synthesised: Callable[[str], Templates]) -> Templates:
    return synthesised("local")


def flat(value: Any) -> str:
    """A template's value as text: pseudo parameters in angle brackets, references by their logical id."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(flat(part) for part in parts)
    if "Ref" in value:
        return f"<{value['Ref']}>"
    if "Fn::GetAtt" in value:
        return f"<{'.'.join(value['Fn::GetAtt'])}>"
    if "Fn::Sub" in value:
        return str(value["Fn::Sub"])
    return json.dumps(value, sort_keys=True)


def as_list(value: Any) -> list[Any]:
    """IAM writes a list of one as the one."""
    return value if isinstance(value, list) else [value]
