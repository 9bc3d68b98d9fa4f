"""Environments are validated, names come from one place, and a mistake is one clear line."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cdk.config import ENVIRONMENTS, ConfigError, environment, parse_environment
from cdk.pipeline import plan

DEV = yaml.safe_load(ENVIRONMENTS.read_text())["dev"]


def test_an_unknown_environment_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match="there is no environment 'stage'; valid: local, dev, prod"):
        environment("stage")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"speed": 1}, "unknown field `speed`"),
        ({"delivery": {"mebibytes": 32, "seconds": 300}}, r">= 64 - at `\$.delivery.mebibytes`"),
        ({"delivery": {"mebibytes": 64, "seconds": 30}}, r">= 60 - at `\$.delivery.seconds`"),
        ({"transform": {"mebibytes": 30, "seconds": 60}}, r"<= 3.0 - at `\$.transform.mebibytes`"),
        ({"scan_limit_mebibytes": 9}, r">= 10 - at `\$.scan_limit_mebibytes`"),
        ({"python": "3.9"}, r"at `\$.python`"),
        ({"log_retention_days": 8}, r"Invalid enum value 8 - at `\$.log_retention_days`"),
        ({"dashboard_principal": "me"}, r"at `\$.dashboard_principal`"),
    ],
)
def test_what_aws_would_refuse_is_refused_here(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        parse_environment("dev", {**DEV, **changes})


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
