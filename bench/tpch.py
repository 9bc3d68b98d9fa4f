"""TPC-H's tables, generated once and kept for the next run."""

import fcntl
import subprocess
import sys
from pathlib import Path


def generated(name: str, scale: int) -> Path:
    """The folder with the Parquet files of the table `name` at a scale factor."""
    home = Path(f"/tmp/tpch-sf{scale}")
    with Path("/tmp/tpch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not list((home / name).glob("*.parquet")):
            command = [Path(sys.executable).with_name("tpchgen-cli"), "parquet", "--scale-factor", str(scale)]
            subprocess.run([*command, "--tables", name, "--parts", "4", "--output-dir", str(home)], check=True)
    return home / name
