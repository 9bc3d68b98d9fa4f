"""Firehose under load, killed again and again; afterwards every acknowledged record is looked for."""

import base64
import io
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from botocore.exceptions import BotoCoreError, ClientError

from local.endpoint import client
from tests.support.ports import free_port

SPEED = 300.0
"""A minute of Firehose's takes 0.2 s."""
BUCKET, STREAM, FUNCTION = "kills", "killed", "kills-transform"
_ROLE = "arn:aws:iam::000000000000:role/firehose"
_PATIENCE_SECONDS = 90.0
_TRANSFORM = """
import base64, json

def handler(event, context):
    return {"records": [answer(record) for record in event["records"]]}

def answer(record):
    number = int(base64.b64decode(record["data"]).split(b":", 1)[0])
    if number % 97 == 0:
        return {"recordId": record["recordId"], "result": "Dropped"}
    if number % 89 == 0:
        return {"recordId": record["recordId"], "result": "ProcessingFailed"}
    row = {"number": number if number % 83 else "not a number", "text": "text of %d" % number}
    data = base64.b64encode(json.dumps(row).encode()).decode()
    keys = {"partitionKeys": {"half": str(number % 2)}}
    return {"recordId": record["recordId"], "result": "Ok", "data": data, "metadata": keys}
"""


def payload(number: int) -> bytes:
    """The record that was put under this number."""
    return b"%d:" % number + b"x" * (number % 300)


@dataclass
class Killed:
    """A Firehose process that is started, killed and started again on one port and one folder."""

    folder: Path
    neighbours: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        child = Path(__file__).with_name("firehose_child.py")
        arguments = [str(self.port), str(self.folder / "data"), self.neighbours, str(SPEED)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
        with (self.folder / "child.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, child, *arguments], env=environment, stderr=log, stdout=log
            )

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.01)
        raise AssertionError((self.folder / "child.log").read_text()[-2000:])

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


class Load(threading.Thread):
    """Puts numbered records without a pause; `acknowledged` are those that Firehose has answered for."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._firehose = client(url, "firehose")
        self._ended = threading.Event()
        self.acknowledged: set[int] = set()
        self.refused = 0

    def run(self) -> None:
        first = 1
        while not self._ended.is_set():
            numbers = range(first, first + random.choice((1, 10, 100)))
            first = numbers.stop
            try:
                answer = self._firehose.put_record_batch(
                    DeliveryStreamName=STREAM, Records=[{"Data": payload(number)} for number in numbers]
                )
            except (BotoCoreError, ClientError):
                self.refused += len(numbers)
                time.sleep(0.02)
                continue
            for number, response in zip(numbers, answer["RequestResponses"], strict=True):
                if "RecordId" in response:
                    self.acknowledged.add(number)

    def end(self) -> None:
        self._ended.set()
        self.join()


def kill_again_and_again(kills: int, neighbours: str, folder: Path, seed: int) -> dict[str, int]:
    """Kill a loaded Firehose `kills` times, let it deliver, and check. Returns what was counted; asserts no loss."""
    chance = random.Random(seed)
    make_neighbours(neighbours)
    killed = Killed(folder, neighbours)
    killed.start()
    killed.wait_until_up()
    make_stream(killed.url)
    load = Load(killed.url)
    load.start()
    try:
        for _ in range(kills):
            if chance.random() < 0.8:
                killed.wait_until_up()
                time.sleep(chance.uniform(0, 0.8))
            else:  # while it starts and recovers
                time.sleep(chance.uniform(0.2, 1.5))
            killed.kill()
            killed.start()
        killed.wait_until_up()
        time.sleep(0.5)
        load.end()
        return check(load, neighbours)
    finally:
        load.end()
        killed.kill()


def check(load: Load, neighbours: str) -> dict[str, int]:
    """Wait until each acknowledged record is where it belongs, with the right content, and its copy in the backup."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    s3, lake = client(neighbours, "s3"), Lake()
    while True:
        lake.read(s3)
        missing = {n for n in load.acknowledged if n % 97} - lake.numbers
        copies = load.acknowledged - lake.copies
        if not missing and not copies:
            break
        assert time.monotonic() < deadline, f"{len(missing)} records and {len(copies)} copies are missing"
        time.sleep(0.5)
    return {
        "acknowledged": len(load.acknowledged),
        "refused or unanswered": load.refused,
        "rows": lake.rows,
        "error objects' records": lake.errors,
        "delivered more than once": lake.rows + lake.errors - len(lake.numbers),
    }


class Lake:
    """What Firehose has stored, read object by object; wrong content fails."""

    def __init__(self) -> None:
        self.numbers: set[int] = set()
        self.copies: set[int] = set()
        self.rows = self.errors = 0
        self._seen: set[str] = set()

    def read(self, s3: Any) -> None:
        """Read the objects that have come since."""
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
            for key in [item["Key"] for item in page.get("Contents", ()) if item["Key"] not in self._seen]:
                self._seen.add(key)
                self._read(key, s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def _read(self, key: str, body: bytes) -> None:
        if key.startswith("errors/"):
            self._read_errors(key, body)
        elif key.startswith("copies/"):
            self.copies.update(_originals(body))
        else:
            half = int(key.removeprefix("lake/half=").partition("/")[0])
            for row in pq.read_table(io.BytesIO(body)).to_pylist():
                assert row["text"] == f"text of {row['number']}"
                assert row["number"] % 2 == half
                self.numbers.add(row["number"])
                self.rows += 1

    def _read_errors(self, key: str, body: bytes) -> None:
        for line in body.splitlines():
            raw = base64.b64decode(json.loads(line)["rawData"])
            if b"text of" in raw:  # after the transform
                number = int(json.loads(raw)["text"].removeprefix("text of "))
            else:
                number = int(raw.split(b":")[0])
                assert raw == payload(number)
            assert "format-conversion-failed" not in key or number % 83 == 0
            self.numbers.add(number)
            self.errors += 1


def _originals(body: bytes) -> Iterator[int]:
    """The numbers of records that follow one another; each says how long it is."""
    position = 0
    while position < len(body):
        colon = body.index(b":", position)
        number = int(body[position:colon])
        end = position + len(payload(number))
        assert body[position:end] == payload(number)
        yield number
        position = end


def make_neighbours(url: str) -> None:
    """The bucket, the table and the function."""
    client(url, "s3").create_bucket(Bucket=BUCKET)
    glue = client(url, "glue")
    glue.create_database(DatabaseInput={"Name": "kills"})
    columns = [{"Name": "number", "Type": "bigint"}, {"Name": "text", "Type": "string"}]
    glue.create_table(DatabaseName="kills", TableInput={"Name": "rows", "StorageDescriptor": {"Columns": columns}})
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("index.py", _TRANSFORM)
    client(url, "lambda").create_function(
        FunctionName=FUNCTION,
        Runtime="python3.11",
        Role=_ROLE,
        Handler="index.handler",
        Timeout=60,
        Code={"ZipFile": archive.getvalue()},
    )


def make_stream(url: str) -> None:
    """The whole way: transform, partitions, conversion and backup."""
    schema = {"RoleARN": _ROLE, "DatabaseName": "kills", "TableName": "rows"}
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{FUNCTION}"
    parameters = [{"ParameterName": "LambdaArn", "ParameterValue": arn}]
    destination = {
        "RoleARN": _ROLE,
        "BucketARN": f"arn:aws:s3:::{BUCKET}",
        "Prefix": "lake/half=!{partitionKeyFromLambda:half}/",
        "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
        "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
        "DynamicPartitioningConfiguration": {"Enabled": True},
        "ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": parameters}]},
        "DataFormatConversionConfiguration": {
            "Enabled": True,
            "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
            "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
            "SchemaConfiguration": schema,
        },
        "S3BackupMode": "Enabled",
        "S3BackupConfiguration": {"RoleARN": _ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": "copies/"},
    }
    client(url, "firehose").create_delivery_stream(
        DeliveryStreamName=STREAM, ExtendedS3DestinationConfiguration=destination
    )
