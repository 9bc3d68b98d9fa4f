"""Ordinary clients work against the running gateway."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.deployment.deploy import deploy
from local.endpoint import client
from local.gateway.running import RunningGateway, running_gateway
from local.gateway.server import GatewayError, _bound, serve
from tests.local.gateway import tiny_app
from tests.waiting import eventually


@pytest.fixture(scope="module")
def s3(gateway: RunningGateway) -> Any:
    return client(gateway.url, "s3")


@pytest.fixture(scope="module")
def functions(gateway: RunningGateway) -> Any:
    return client(gateway.url, "lambda")


def invoke(functions: Any, event: dict[str, Any]) -> Any:
    return json.loads(functions.invoke(FunctionName="tiny-function", Payload=json.dumps(event))["Payload"].read())


def seen(s3: Any) -> list[dict[str, Any]]:
    """The events that the tiny function has put into the bucket."""
    listed = s3.list_objects_v2(Bucket=tiny_app.BUCKET, Prefix="seen/").get("Contents", [])
    return [json.loads(s3.get_object(Bucket=tiny_app.BUCKET, Key=item["Key"])["Body"].read()) for item in listed]


def test_a_function_sees_its_layer_and_the_gateway_and_no_credentials_of_the_user(
    gateway: RunningGateway, functions: Any
) -> None:
    answer = invoke(functions, {})
    environment = {name: value for name, value in answer["environment"].items() if name.startswith("AWS_")}
    assert answer["greeting"] == "hello"
    assert environment["AWS_ENDPOINT_URL"] == gateway.url
    assert environment["AWS_ACCESS_KEY_ID"] in ("test", "000000000000")
    assert environment["AWS_SECRET_ACCESS_KEY"] == "test"
    assert environment["AWS_REGION"] == "us-east-1"
    assert "AWS_PROFILE" not in environment


def test_a_function_takes_and_gives_six_megabytes(functions: Any) -> None:
    assert len(invoke(functions, {"size": 6_000_000, "padding": "x" * 6_000_000})) == 6_000_000


def test_a_function_does_not_get_the_ctrl_c_of_the_terminal(gateway: RunningGateway, functions: Any) -> None:
    invoke(functions, {})
    tasks = Path(f"/proc/{gateway.process.pid}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    assert children
    assert [os.getpgid(child) for child in children] == children


def test_invocations_run_side_by_side(functions: Any) -> None:
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda size: invoke(functions, {"sleep": 0.2, "size": size}), range(5)))
    assert answers == ["x" * size for size in range(5)]


def test_a_function_that_fails_says_so(functions: Any) -> None:
    answer = functions.invoke(FunctionName="tiny-function", Payload=b'{"fail": "no"}')
    assert answer["FunctionError"]
    assert json.loads(answer["Payload"].read())["errorMessage"] == "no"


def test_a_function_that_may_starts_itself_again_and_again(functions: Any, s3: Any) -> None:
    invoke(functions, {"again": 20})  # Lambda stops after 16 what is not allowed to
    assert eventually(lambda: {"again": 1} in seen(s3))
    assert functions.get_function_recursion_config(FunctionName="tiny-function")["RecursiveLoop"] == "Allow"


def test_an_upload_calls_the_function_with_the_key_encoded(s3: Any) -> None:
    s3.put_object(Bucket=tiny_app.BUCKET, Key="in/a b+c=é.csv", Body=b"1")
    records = eventually(lambda: [event["Records"][0] for event in seen(s3) if "Records" in event])
    assert records[0]["s3"]["object"]["key"] == "in/a+b%2Bc%3D%C3%A9.csv"


def test_a_one_time_schedule_fires_within_seconds(gateway: RunningGateway, s3: Any, functions: Any) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=1)
    arn = functions.get_function(FunctionName="tiny-function")["Configuration"]["FunctionArn"]
    client(gateway.url, "scheduler").create_schedule(
        Name="once",
        ScheduleExpression=f"at({moment:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": "arn:aws:iam::000000000000:role/r", "Input": '{"from": "once"}'},
    )
    assert eventually(lambda: [event for event in seen(s3) if event.get("from") == "once"], seconds=8)


def test_what_a_schedule_started_and_failed_is_kept(gateway: RunningGateway, functions: Any) -> None:
    sqs = client(gateway.url, "sqs")
    queue = sqs.create_queue(QueueName="failed")["QueueUrl"]
    kept = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.put_function_event_invoke_config(
        FunctionName="tiny-function", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": kept}}
    )
    arn = functions.get_function(FunctionName="tiny-function")["Configuration"]["FunctionArn"]
    client(gateway.url, "scheduler").create_schedule(
        Name="fails",
        ScheduleExpression=f"at({datetime.now(UTC) + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": "arn:aws:iam::000000000000:role/r", "Input": '{"fail": "no such table"}'},
    )
    (message,) = eventually(lambda: sqs.receive_message(QueueUrl=queue).get("Messages", []))
    failed = json.loads(message["Body"])
    assert failed["requestPayload"] == {"fail": "no such table"}
    assert failed["responsePayload"]["errorMessage"] == "no such table"


def test_a_record_put_is_delivered(gateway: RunningGateway, s3: Any) -> None:
    client(gateway.url, "firehose").put_record(DeliveryStreamName="tiny-stream", Record={"Data": b"a record\n"})

    def delivered() -> list[bytes]:
        listed = s3.list_objects_v2(Bucket=tiny_app.BUCKET, Prefix="landed/").get("Contents", [])
        return [s3.get_object(Bucket=tiny_app.BUCKET, Key=item["Key"])["Body"].read() for item in listed]

    assert eventually(delivered) == [b"a record\n"]


def test_a_query_is_answered(gateway: RunningGateway) -> None:
    athena = client(gateway.url, "athena")
    started = athena.start_query_execution(
        QueryString="SELECT 1 AS one", ResultConfiguration={"OutputLocation": f"s3://{tiny_app.BUCKET}/results/"}
    )
    query = {"QueryExecutionId": started["QueryExecutionId"]}
    state = lambda: athena.get_query_execution(**query)["QueryExecution"]["Status"]["State"]  # noqa: E731
    assert eventually(lambda: state() if state() not in ("QUEUED", "RUNNING") else None) == "SUCCEEDED"
    rows = athena.get_query_results(**query)["ResultSet"]["Rows"]
    assert [row["Data"][0]["VarCharValue"] for row in rows] == ["one", "1"]


def test_errors_become_the_exception_classes_of_the_service(gateway: RunningGateway) -> None:
    firehose = client(gateway.url, "firehose")
    with pytest.raises(firehose.exceptions.ResourceNotFoundException, match="nowhere"):
        firehose.describe_delivery_stream(DeliveryStreamName="nowhere")


def test_nothing_listens_beyond_loopback(gateway: RunningGateway) -> None:
    assert set(_listening(gateway.process.pid)) == {("127.0.0.1", gateway.port)}


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(GatewayError, match=f"port {port} cannot be used"):
            serve(port, tmp_path, 1.0, lambda url: None)


def test_a_data_directory_in_use_is_named(gateway: RunningGateway) -> None:
    arguments = gateway.process.args
    assert isinstance(arguments, list)
    data_dir = Path(arguments[arguments.index("--data") + 1])
    with pytest.raises(GatewayError, match="in use by another gateway"):
        serve(0, data_dir, 1.0, lambda url: None)


def test_nobody_else_can_read_the_data_directory(tmp_path: Path) -> None:
    """It contains the secrets that a user stores, e.g. the URL of a database with its password."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    data_dir.chmod(0o755)  # as an earlier version left it
    with running_gateway(data_dir) as running:
        client(running.url, "secretsmanager").create_secret(Name="database", SecretString="postgresql://u:p@h/db")
        deploy(tiny_app.write(tmp_path / "cdk.out"), running.url, running.lines.append)
        assert invoke(client(running.url, "lambda"), {})["greeting"] == "hello"  # unpacked, code and layer are readable
        running.stop()
    assert data_dir.stat().st_mode & 0o777 == 0o700
    kept = [path for path in data_dir.rglob("*") if not path.is_symlink()]
    assert data_dir / "state" / "secretsmanager.json" in kept
    assert [path for path in kept if path.name != "lock" and path.stat().st_mode & 0o077] == []


def test_what_on_ready_raises_ends_the_gateway(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys; from local.gateway.server import serve\n"
        "def fail(url): raise LookupError(url)\n"
        "serve(0, pathlib.Path(sys.argv[1]), 1.0, fail)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "LookupError: http://127.0.0.1:" in ended.stderr


def test_what_on_ready_raises_after_the_signal_is_not_a_failure(tmp_path: Path) -> None:
    """A terminal sends Ctrl-C to the deployment's processes too, which then fail."""
    code = (
        "import os, pathlib, signal, sys; from local.gateway.server import serve\n"
        "def fail(url):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    raise LookupError(url)\n"
        "serve(0, pathlib.Path(sys.argv[1]), 1.0, fail)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert ended.stderr == ""
    assert ended.returncode == 0


def _listening(pid: int) -> Iterator[tuple[str, int]]:
    """Address and port of every TCP socket that a process listens on."""
    inodes = {
        path.readlink().name.removeprefix("socket:[").removesuffix("]")
        for path in Path(f"/proc/{pid}/fd").iterdir()
        if str(path.readlink()).startswith("socket:")
    }
    for family, table in ((socket.AF_INET, "tcp"), (socket.AF_INET6, "tcp6")):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:  # LISTEN
                address, port = fields[1].split(":")
                words = [bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8)]
                yield socket.inet_ntop(family, b"".join(words)), int(port, 16)


def test_of_two_that_start_at_once_only_one_gets_the_port() -> None:
    with _bound(0) as first:
        port = first.getsockname()[1]
        with pytest.raises(GatewayError, match=f"port {port} cannot be used"), _bound(port):
            pass
