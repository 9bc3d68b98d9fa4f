"""docs/cli.md is generated from the command; `make docs` updates it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_reference_is_up_to_date() -> None:
    typer = Path(sys.executable).with_name("typer")
    command = [str(typer), "standpipe.cli", "utils", "docs", "--name", "standpipe", "--title", "The command"]
    generated = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert (ROOT / "docs" / "cli.md").read_text().strip() == generated.strip()
