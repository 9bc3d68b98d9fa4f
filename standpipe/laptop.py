"""The pipeline on this machine: the gateway, the synthesised `local` environment deployed to it, and its sources."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cdk.config import ConfigError
from cdk.layers.build import LayerBuildError
from cdk.layers.build import build as build_layers
from cdk.pipeline import plan
from local.alpha_vantage import server as alpha_vantage
from local.deployment import deploy
from local.gateway import server as gateway
from local.gateway.running import READY
from schemas.load import ContractError
from standpipe.connection import Connection, connect

SAMPLE_DATABASE = Path(__file__).parent / "samples" / "reference.sql"

_SAMPLE_FILE = "reference.db"

Report = Callable[[str], None]


class SynthesisError(Exception):
    """The stacks could not be synthesised; the message is the CDK app's."""


Failure = (gateway.GatewayError, deploy.DeployError, ConfigError, ContractError, LayerBuildError, SynthesisError)
"""What `serve` raises when the pipeline cannot be brought up; the message says why and what to do."""


def serve(port: int, speed: float, data: Path, empty: bool, report: Report) -> None:
    """Serve the gateway until it is stopped, with the pipeline deployed unless `empty`.

    `report` gets a line for each step on the way, and `ready http://…` once the deployed pipeline accepts puts.
    Raises one of `Failure`.
    """
    if empty:
        gateway.serve(port, data, speed, lambda url: report(f"{READY}{url}"), report=report)
        return
    plan("local")  # a mistake in a contract is reported at once
    with ExitStack() as stack:

        def deploy_pipeline(url: str) -> None:
            prices = stack.enter_context(_replayed_alpha_vantage(port + 1 if port else 0))
            _deploy(url, data, prices, report, stack)
            report(f"{READY}{url}")

        gateway.serve(port, data, speed, deploy_pipeline, report=report)


@contextmanager
def _replayed_alpha_vantage(port: int) -> Iterator[str]:
    """The URL of a replayed Alpha Vantage; raises `GatewayError` when its port is taken."""
    with ExitStack() as running:
        try:
            url = running.enter_context(alpha_vantage.running(port))
        except OSError as error:
            raise gateway.GatewayError(
                f"port {port} is taken: the replayed Alpha Vantage needs the one after --port; choose another --port"
            ) from error
        yield f"{url}query"


def _deploy(url: str, data: Path, prices: str, report: Report, stack: ExitStack) -> None:
    report("building the Lambda layers")
    build_layers("local")
    report("synthesising the stacks")
    assembly = _synthesise(data / "cdk.out", prices, stack)
    give_secrets(connect("local", url), data)
    deploy.deploy(assembly, url, report)


def _synthesise(outdir: Path, alpha_vantage_url: str, stack: ExitStack) -> Path:
    """Synthesise in a process of its own: the CDK's Node and its memory go away with it.

    It runs in a session of its own, so Ctrl-C does not make it print a traceback; `stack` ends it.
    """
    command = [sys.executable, "-m", "cdk.synth", "local", str(outdir), alpha_vantage_url]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    stack.callback(process.kill)
    _, said = process.communicate()
    if process.returncode:
        raise SynthesisError(
            said.strip() or f"the stacks were not synthesised: the CDK app ended with {process.returncode}"
        )
    return outdir


def give_secrets(connection: Connection, data: Path) -> None:
    """What a user of AWS stores once by hand: the API key, and the URL of the SQL database.

    A database of the user's own stays; the sample's may have moved with its folder.
    """
    secrets, local = connection.client("secretsmanager"), connection.environment
    sample = f"sqlite:///{_sample_database(data)}"
    for name, value in ((local.alpha_vantage.secret_name, "demo"), (local.database_secret_name, sample)):
        try:
            secrets.create_secret(Name=name, SecretString=value)
        except secrets.exceptions.ResourceExistsException:
            if secrets.get_secret_value(SecretId=name)["SecretString"].endswith(f"/{_SAMPLE_FILE}"):
                secrets.put_secret_value(SecretId=name, SecretString=value)


def _sample_database(data: Path) -> Path:
    """A SQLite file with the demo's accounts and instruments; kept if it exists."""
    file = (data / _SAMPLE_FILE).resolve()
    if not file.exists():
        with sqlite3.connect(file) as database:
            database.executescript(SAMPLE_DATABASE.read_text())
    return file
