"""Ctrl-C ends the gateway soon, whatever its functions are doing, and what it cut off is done after the next start."""

import io
import json
import signal
import socket
import zipfile
from pathlib import Path

import pytest

from local.endpoint import client
from local.gateway.running import RunningGateway, running_gateway
from tests.waiting import eventually

BUCKET = "work"
LARGE = b"x" * 32 * 1024 * 1024
"""More than the sockets between a function and the gateway hold."""
STREAM = "records"

HANDLER = """
import time
import boto3

s3, firehose = boto3.client("s3"), boto3.client("firehose")

def note(kind, record):
    count = record["attributes"]["ApproximateReceiveCount"]
    s3.put_object(Bucket="work", Key=kind + "/" + record["messageId"], Body=count.encode())

def handler(event, context):
    (record,) = event["Records"]
    if record["body"] == "wait" and s3.list_objects_v2(Bucket="work", Prefix="go").get("KeyCount"):
        return note("done", record)
    unread = s3.get_object(Bucket="work", Key="large")["Body"]
    unread.read(1)
    note("begun", record)
    while True:
        try:
            firehose.put_record(DeliveryStreamName="records", Record={"Data": b"x" * 500_000})
        except Exception:
            note("parked", record)
            raise
        time.sleep(0.01)
"""


def deployed(gateway: RunningGateway) -> str:
    """A function that reads a queue, and holds an object that it does not read on while it puts; the queue's URL."""
    s3, sqs = client(gateway.url, "s3"), client(gateway.url, "sqs")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="large", Body=LARGE)
    client(gateway.url, "firehose").create_delivery_stream(
        DeliveryStreamName=STREAM,
        ExtendedS3DestinationConfiguration={
            "BucketARN": f"arn:aws:s3:::{BUCKET}",
            "RoleARN": "arn:aws:iam::000000000000:role/r",
            "Prefix": "landed/",
        },
    )
    url: str = sqs.create_queue(QueueName="work", Attributes={"VisibilityTimeout": "5400"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions = client(gateway.url, "lambda")
    functions.create_function(
        FunctionName="reader",
        Runtime="python3.11",
        Handler="index.handler",
        Role="arn:aws:iam::000000000000:role/r",
        Timeout=900,
        Code={"ZipFile": zipped(HANDLER)},
    )
    functions.create_event_source_mapping(FunctionName="reader", EventSourceArn=arn, BatchSize=1)
    return url


def zipped(code: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("index.py", code)
    return written.getvalue()


def noted(gateway: RunningGateway, kind: str) -> dict[str, str]:
    """How often each message had been received when the function noted this of it."""
    s3 = client(gateway.url, "s3")
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{kind}/").get("Contents", [])
    keys = [found["Key"] for found in listed]
    return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys}


@pytest.mark.parametrize(("end", "received"), [(RunningGateway.stop, "1"), (RunningGateway.kill, "2")])
def test_what_a_function_was_doing_is_done_after_the_next_start(tmp_path: Path, end: object, received: str) -> None:
    with running_gateway(tmp_path) as gateway:
        port, queue = gateway.port, deployed(gateway)
        client(gateway.url, "sqs").send_message(QueueUrl=queue, MessageBody="wait")
        eventually(lambda: noted(gateway, "begun"))
        client(gateway.url, "s3").put_object(Bucket=BUCKET, Key="go", Body=b"")
        assert callable(end)
        end(gateway)
    with running_gateway(tmp_path, port=port) as gateway:
        assert list(eventually(lambda: noted(gateway, "done")).values()) == [received]
        assert noted(gateway, "parked") == {}


def test_a_client_that_does_not_read_on_does_not_keep_the_gateway_up(tmp_path: Path) -> None:
    with running_gateway(tmp_path) as gateway, _unread(gateway):
        gateway.stop()
        assert gateway.process.returncode == 0
    eventually(lambda: gateway.lines, lambda lines: lines == ["stopping…"])


def test_the_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with running_gateway(tmp_path) as gateway, _unread(gateway):
        gateway.process.send_signal(signal.SIGINT)
        eventually(lambda: gateway.lines)
        gateway.stop()
        assert gateway.process.returncode == 128 + signal.SIGINT


def test_a_message_is_not_lost_when_the_gateway_is_killed_before_it_is_read(tmp_path: Path) -> None:
    """An event that reaches a queue is no request for the queue."""
    with running_gateway(tmp_path) as gateway:
        s3, sqs, events = (client(gateway.url, name) for name in ("s3", "sqs", "events"))
        url = sqs.create_queue(QueueName="waiting")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_notification_configuration(
            Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        events.put_rule(Name="dropped", EventPattern=json.dumps({"source": ["aws.s3"]}))
        events.put_targets(Rule="dropped", Targets=[{"Id": "queue", "Arn": arn}])
        saved = tmp_path / "state" / "sqs.json"
        eventually(saved.exists)
        s3.put_object(Bucket=BUCKET, Key="dropped.csv", Body=b"1")
        eventually(lambda: "dropped.csv" in saved.read_text())
        gateway.kill()


def _unread(gateway: RunningGateway) -> socket.socket:
    """A connection on which a large answer is on its way that nobody reads."""
    s3 = client(gateway.url, "s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="large", Body=LARGE)
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "large"})
    connection = socket.create_connection(("127.0.0.1", gateway.port))
    connection.sendall(f"GET {url.partition(str(gateway.port))[2]} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    connection.recv(1)
    return connection
