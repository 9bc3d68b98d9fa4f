"""The SQL producer runs in a VPC if the environment says which; the others, and it by default, do not."""

from typing import Any

import pytest
import yaml

from cdk.config import ENVIRONMENTS, ConfigError, Network, parse_environment
from tests.cdk.conftest import Templates, templates
from tests.cdk.test_permissions import allowed

DEV = yaml.safe_load(ENVIRONMENTS.read_text())["dev"]
NETWORK = {
    "subnet_ids": ["subnet-0a1b2c3d", "subnet-1a2b3c4d"],
    "security_group_ids": ["sg-0a1b2c3d"],
}


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    network: Network | None = parse_environment("dev", {**DEV, "database_network": NETWORK}).database_network
    return templates("dev", tmp_path_factory.mktemp("private"), {"database_network": network})


def placed(of: Templates) -> dict[str, Any]:
    functions = of.resources("AWS::Lambda::Function").values()
    return {each["FunctionName"]: each["VpcConfig"] for each in functions if "VpcConfig" in each}


def test_no_function_is_in_a_vpc_by_default(dev: Templates) -> None:
    assert placed(dev) == {}
    assert not [action for action in allowed(dev, "producers/SqlRole") if action.startswith("ec2:")]


def test_only_the_sql_producer_is_in_the_environments_vpc(private: Templates) -> None:
    assert placed(private) == {
        "standpipe-dev-sql": {"SubnetIds": NETWORK["subnet_ids"], "SecurityGroupIds": NETWORK["security_group_ids"]}
    }


def test_lambda_may_create_its_network_interfaces(private: Templates) -> None:
    may = {action for action in allowed(private, "producers/SqlRole") if action.startswith("ec2:")}
    assert may == {
        "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
        "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
    }  # fmt: skip


def test_nothing_else_changes(dev: Templates, private: Templates) -> None:
    assert {name for name in dev.stacks if dev.stacks[name] != private.stacks[name]} == {"producers"}
    assert not private.resources("AWS::EC2::SecurityGroup")
    assert not private.resources("AWS::IAM::Policy")


@pytest.mark.parametrize(
    "wrong", [{"subnet_ids": []}, {"subnet_ids": ["a-subnet"]}, {"security_group_ids": ["default"]}]
)
def test_ids_that_are_none_are_refused(wrong: dict[str, Any]) -> None:
    (key,) = wrong
    with pytest.raises(ConfigError, match=rf"database_network\.{key}"):
        parse_environment("dev", {**DEV, "database_network": {**NETWORK, **wrong}})
