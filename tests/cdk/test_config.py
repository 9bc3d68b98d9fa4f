"""Environments are validated, names come from one place, and a mistake is one clear line."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import yaml

from cdk.app import build_app
from cdk.config import ENVIRONMENTS, ConfigError, environment, parse_environment
from cdk.layers.archives import empty_layers
from cdk.pipeline import plan

DEV = yaml.safe_load(ENVIRONMENTS.read_text())["dev"]


def test_an_unknown_environment_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match="there is no environment 'stage'; valid: local, dev, prod"):
        environment("stage")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"speed": 1}, "dev: Object contains unknown field `speed`; valid: python, layers, data_deletable, "),
        ({"delivery": {"mebibytes": 32, "seconds": 300}}, "dev.delivery.mebibytes: Expected `int` >= 64"),
        ({"delivery": {"mebibytes": 64, "seconds": 30}}, "dev.delivery.seconds: Expected `int` >= 60"),
        ({"transform": {"mebibytes": 30, "seconds": 60}}, "dev.transform.mebibytes: Expected `float` <= 3.0"),
        ({"delivery": {"mebibytes": 64}}, "dev.delivery: Object missing required field `seconds`; valid: mebibytes, s"),
        ({"scan_limit_mebibytes": 9}, "dev.scan_limit_mebibytes: Expected `int` >= 10"),
        ({"python": "3.11"}, "dev.python: Invalid value '3.11'; valid: host, 3.12, 3.13, 3.14"),
        ({"log_retention_days": 8}, "dev.log_retention_days: Invalid enum value 8; valid: 7, 14, 30, 90, 180, 365"),
        (
            {"layers": ["stream", "pandas"]},
            r"dev.layers\[1\]: Invalid enum value 'pandas'; valid: alpha_vantage, data,",
        ),
        (
            {"alpha_vantage": {**DEV["alpha_vantage"], "plan": "gold"}},
            "dev.alpha_vantage.plan: Invalid enum value 'gold'; valid: free, premium",
        ),
        ({"alpha_vantage": {**DEV["alpha_vantage"], "url": "ftp:"}}, "Invalid value 'ftp:'; valid: a URL that begins"),
        ({"account": "1"}, "dev.account: Invalid value '1'; valid: 12 digits in quotes"),
        ({"dashboard_principal": "me"}, "dev.dashboard_principal: Invalid value 'me'; valid: an ARN that begins"),
    ],
)
def test_what_aws_would_refuse_is_refused_here(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        parse_environment("dev", {**DEV, **changes})


def test_an_empty_environment_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "environments.yaml").write_text("prod:\n")
    monkeypatch.setattr("cdk.config.ENVIRONMENTS", tmp_path / "environments.yaml")
    with pytest.raises(ConfigError, match=r"prod: Object missing required field `python`; valid: python, layers"):
        environment.__wrapped__("prod")


def test_names_begin_with_the_environment() -> None:
    dev = environment("dev")
    assert dev.stream("fx_daily") == "standpipe-dev-fx_daily"
    assert dev.transform_function("fx_daily") == "standpipe-dev-transform-fx_daily"
    assert dev.database == "standpipe_dev"
    assert dev.bucket("lake", "111122223333", "eu-west-1") == "standpipe-dev-lake-111122223333-eu-west-1"


def test_a_dataset_whose_name_makes_one_too_long_is_refused() -> None:
    with pytest.raises(ConfigError, match="65 characters, AWS allows 64; give the dataset a shorter name"):
        environment("local").transform_function("x" * 39)


def test_a_folder_without_the_pipelines_own_datasets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="loads and quarantine missing"):
        plan("dev", datasets=tmp_path)


def test_a_region_that_does_not_exist_names_those_there_are(tmp_path: Path) -> None:
    pipeline = plan("dev", layers=empty_layers(environment("dev"), tmp_path))
    place = msgspec.structs.replace(pipeline.environment, account="111122223333", region="us-east-9")
    with pytest.raises(ConfigError, match=r"dev: there is no region 'us-east-9'; valid: .*us-east-1, us-east-2"):
        build_app(replace(pipeline, environment=place))


def test_the_command_line_gives_one_line_for_a_wrong_environment() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cdk.app"],
        capture_output=True,
        text=True,
        check=False,
        env={"CDK_CONTEXT_JSON": '{"environment": "stage"}', "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 1
    assert done.stderr == "error: there is no environment 'stage'; valid: local, dev, prod\n"
