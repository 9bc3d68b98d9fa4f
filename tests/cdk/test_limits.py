"""As many datasets as are accepted stay within what CloudFormation and IAM allow, however they are called."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cdk.app import check_templates
from cdk.config import ConfigError
from cdk.contracts import MOST_DATASETS
from cdk.pipeline import plan
from schemas.load import DATASETS, ContractError
from tests.cdk.conftest import Templates, templates
from tests.cdk.grants import Grants

INTERNAL = ("loads", "quarantine")
LONGEST = 39
"""Characters of a dataset whose transform has a name that Lambda takes."""
CONTRACT = """
dataset: %s
description: D.
source: {kind: sql, table: t, schedule: {expression: rate(1 hour), timezone: UTC}}
key: [a]
partition: {by: day, unit: month}
columns: [{name: a, type: string}, {name: day, type: date}]
"""


def datasets(folder: Path, count: int) -> Path:
    """A folder of `count` contracts that take as much as any, beside those of the pipeline's own."""
    folder.mkdir()
    for name in INTERNAL:
        shutil.copy(DATASETS / f"{name}.yaml", folder)
    for number in range(count):
        name = f"d{number}".ljust(LONGEST, "x")
        (folder / f"{name}.yaml").write_text(CONTRACT % name)
    return folder


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    scratch = tmp_path_factory.mktemp("full")
    place = {"account": "111122223333", "region": "ap-southeast-1"}
    found = templates("prod", scratch, place, datasets=datasets(scratch / "datasets", MOST_DATASETS))
    check_templates(scratch / "cdk.out")
    return found


def test_the_resources_of_a_stack_are_not_too_many(full: Templates) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
    assert {name: len(stack["Resources"]) for name, stack in full.stacks.items() if len(stack["Resources"]) > 500} == {}


def test_a_template_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "standpipe-dev-storage.template.json").write_text("{}")
    check_templates(tmp_path)
    (tmp_path / "standpipe-dev-catalogue.template.json").write_text("x" * 1_000_001)
    with pytest.raises(ConfigError, match=r"^standpipe-dev-catalogue: the template has 1,000,001 bytes, .* 1,000,000;"):
        check_templates(tmp_path)


def test_the_policy_of_a_role_is_not_too_long(full: Templates) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    text = Grants(full).text

    def resolved(stack: str, value: Any) -> Any:
        if isinstance(value, list):
            return [resolved(stack, each) for each in value]
        if isinstance(value, dict) and not any(key == "Ref" or key.startswith("Fn::") for key in value):
            return {key: resolved(stack, each) for key, each in value.items()}
        return text(stack, value)

    sizes = {}
    for name, role in full.resources("AWS::IAM::Role").items():
        policies = resolved(name.partition("/")[0], role["Policies"])
        sizes[name] = sum(len(json.dumps(each["PolicyDocument"], separators=(",", ":"))) for each in policies)
    assert {name: size for name, size in sizes.items() if size > 10_240} == {}


def test_one_dataset_more_is_refused(tmp_path: Path) -> None:
    folder = datasets(tmp_path / "datasets", MOST_DATASETS + 1)
    with pytest.raises(ContractError, match="datasets: there are 41 datasets; valid: at most 40 in one account"):
        plan("prod", folder)
