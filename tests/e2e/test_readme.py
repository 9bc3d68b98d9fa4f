"""The commands that the README shows do what it says."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from standpipe.connection import Connection
from tests.e2e.conftest import eventually

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SETTINGS = re.findall(r"^\$ export (.*)$", README, re.M)
AWS_COMMANDS = re.findall(r"^\$ (aws (?:firehose|s3) .*)$", README, re.M)
COMMANDS = re.findall(r"^\$ \.venv/bin/standpipe ((?:put|query|reconcile|streams).*)$", README, re.M)


def test_the_readme_shows_a_put_a_query_a_reconciliation_and_the_streams() -> None:
    assert [command.split()[0] for command in COMMANDS] == ["put", "query", "reconcile", "streams"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_succeeds(pipeline: Connection, command: str) -> None:
    words = shlex.split(command, comments=True)
    arguments = [sys.executable, "-m", "standpipe", *words, "--endpoint", str(pipeline.url)]
    succeeds = lambda: subprocess.run(arguments, cwd=ROOT, check=False, capture_output=True).returncode == 0  # noqa: E731
    if command == "reconcile":  # fails until what was put has landed
        eventually(succeeds, "every row is accounted for")
    else:
        assert succeeds()


@pytest.mark.parametrize("command", AWS_COMMANDS)
def test_an_aws_command_of_the_readme_succeeds_with_its_settings_alone(
    pipeline: Connection, command: str, tmp_path: Path
) -> None:
    (settings,) = SETTINGS
    given = dict(word.split("=", 1) for word in shlex.split(settings))
    environment = {
        **given, "AWS_ENDPOINT_URL": str(pipeline.url), "HOME": str(tmp_path), "PATH": str(Path(sys.executable).parent)
    }  # fmt: skip
    done = subprocess.run(shlex.split(command), cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
