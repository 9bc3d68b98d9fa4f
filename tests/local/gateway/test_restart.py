"""What was deployed and stored is there again after a stop, and after the process was killed."""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.deployment.deploy import deploy
from local.endpoint import client
from local.gateway.running import READY, RunningGateway, running_gateway
from tests.local.gateway import tiny_app
from tests.waiting import eventually


def _fired(gateway: RunningGateway) -> int:
    s3 = client(gateway.url, "s3")
    listed = s3.list_objects_v2(Bucket=tiny_app.BUCKET, Prefix="seen/").get("Contents", [])
    events = [json.loads(s3.get_object(Bucket=tiny_app.BUCKET, Key=item["Key"])["Body"].read()) for item in listed]
    return sum(event.get("from") == "schedule" for event in events)


def _everything_answers(gateway: RunningGateway, folder: Path) -> None:
    def call(service: str) -> Any:
        return client(gateway.url, service)

    invoked = call("lambda").invoke(FunctionName="tiny-function", Payload=b"{}")
    assert json.loads(invoked["Payload"].read())["greeting"] == "hello"
    assert call("s3").get_object(Bucket=tiny_app.BUCKET, Key="kept é.txt")["Body"].read() == b"kept"
    assert call("secretsmanager").get_secret_value(SecretId="tiny-secret")["SecretString"] == "s"
    assert call("scheduler").get_schedule(Name="tiny-schedule")["State"] == "ENABLED"
    assert call("athena").get_work_group(WorkGroup="tiny-group")["WorkGroup"]["State"] == "ENABLED"
    assert call("firehose").put_record(DeliveryStreamName="tiny-stream", Record={"Data": b"x"})["RecordId"]
    assert call("sqs").get_queue_url(QueueName="tiny-queue")["QueueUrl"].startswith(gateway.url)
    assert {stack.outcome for stack in deploy(folder, gateway.url, lambda line: None)} == {"unchanged"}


def test_everything_answers_again_after_a_kill_and_after_a_stop(tmp_path: Path) -> None:
    once = f"at({datetime.now(UTC):%Y-%m-%dT%H:%M:%S})"
    folder = tiny_app.write(tmp_path / "cdk.out", schedule=once)
    with running_gateway(tmp_path / "data") as gateway:
        port = gateway.port
        deploy(folder, gateway.url, lambda line: None)
        client(gateway.url, "s3").put_object(Bucket=tiny_app.BUCKET, Key="kept é.txt", Body=b"kept")
        assert eventually(lambda: _fired(gateway)) == 1
        fired = tmp_path / "data" / "state" / "standpipe_fired_schedules.json"
        eventually(lambda: fired.exists() and "tiny-schedule" in fired.read_text())
        gateway.kill()
    with running_gateway(tmp_path / "data", port=port) as gateway:
        _everything_answers(gateway, folder)
        gateway.stop()
        assert gateway.process.returncode == 0
    with running_gateway(tmp_path / "data", port=port) as gateway:
        _everything_answers(gateway, folder)
        probe = _fire_now(gateway)
        eventually(lambda: client(gateway.url, "scheduler").list_schedules(NamePrefix=probe)["Schedules"] == [])
        assert _fired(gateway) == 1, "a one-time schedule fired again"


def test_a_stopped_gateway_says_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local", "--port", "0", "--data", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(READY)
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == ""
    assert process.returncode == 0


def _fire_now(gateway: RunningGateway) -> str:
    """A schedule that deletes itself once it fires: when it is gone, every due schedule has been looked at."""
    functions, name = client(gateway.url, "lambda"), "probe"
    arn = functions.get_function(FunctionName="tiny-function")["Configuration"]["FunctionArn"]
    client(gateway.url, "scheduler").create_schedule(
        Name=name,
        ScheduleExpression=f"at({datetime.now(UTC):%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target={"Arn": arn, "RoleArn": "arn:aws:iam::000000000000:role/r", "Input": '{"from": "probe"}'},
    )
    return name
