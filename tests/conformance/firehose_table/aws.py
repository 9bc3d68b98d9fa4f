"""What a check has in hand: boto3's clients of one gateway, and streams with a bucket each."""

import base64
import io
import itertools
import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import boto3
import pyarrow.parquet as pq
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.conformance.firehose_table.configurations import DATABASE, s3
from tests.conformance.firehose_table.function import package
from tests.conformance.firehose_table.waiting import at_least, eventually

T = TypeVar("T")
_SIGNED = "AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/firehose/aws4_request, SignedHeaders=host, Signature=x"
_CONFIG = Config(
    parameter_validation=False,  # the service shall refuse, not the client
    max_pool_connections=32,
    proxies={},
    retries={"mode": "standard", "total_max_attempts": 1},
    s3={"addressing_style": "path"},
)


@dataclass(frozen=True)
class Stored:
    """An object of a bucket; `headers` are those of HTTP, in lower case."""

    key: str
    body: bytes
    headers: Mapping[str, str]


class Clients:
    """boto3 clients of the gateway, the functions of these tests, and what rows have made together."""

    def __init__(self, url: str) -> None:
        self.url = url
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
        names = ("firehose", "s3", "glue", "lambda", "kms", "cloudformation", "cloudwatch", "logs")
        self.of = {name: session.client(name, endpoint_url=url, config=_CONFIG) for name in names}
        self.locks: dict[str, threading.Lock] = {}
        self.made: dict[str, Any] = {}
        self.lock = threading.Lock()
        self.of["s3"].create_bucket(Bucket="events")
        self.of["glue"].create_database(DatabaseInput={"Name": DATABASE})
        for name, seconds in (("scripted", 60), ("hurried", 1), ("throttled", 60)):
            self.of["lambda"].create_function(
                FunctionName=name,
                Runtime="python3.11",
                Handler="index.handler",
                Role="arn:aws:iam::000000000000:role/function",
                Timeout=seconds,
                Code={"ZipFile": package()},
            )
        self.of["lambda"].put_function_concurrency(FunctionName="throttled", ReservedConcurrentExecutions=0)


class Aws:
    """The gateway, for one row."""

    def __init__(self, clients: Clients, row_id: str) -> None:
        self._clients = clients
        self._row_id = re.sub(r"[^a-z0-9]+", "-", row_id.lower())[:50].strip("-")
        self._numbers = itertools.count(1)
        self.firehose = clients.of["firehose"]
        self.s3 = clients.of["s3"]
        self.glue = clients.of["glue"]
        self.kms = clients.of["kms"]
        self.cloudformation = clients.of["cloudformation"]
        self.cloudwatch = clients.of["cloudwatch"]
        self.logs = clients.of["logs"]

    def name(self) -> str:
        """A new name, for a stream and a bucket."""
        return f"row-{self._row_id}-{next(self._numbers)}"

    def shared(self, key: str, make: Callable[["Aws"], T]) -> T:
        """What `make` made for the first row that asked; one row makes it, the others wait."""
        with self._clients.lock:
            lock = self._clients.locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._clients.made:
                self._clients.made[key] = make(Aws(self._clients, key))
            made: T = self._clients.made[key]
            return made

    def stream(self, *, request: Mapping[str, Any] | None = None, **destination: Any) -> "Stream":
        """A new stream with a bucket of its own; `request` has members of CreateDeliveryStream."""
        stream = Stream(self, self.name())
        self.s3.create_bucket(Bucket=stream.name)
        stream.create(request or {}, destination)
        return stream

    def while_passing(self, look: Callable[["Stream"], Any], state: str, begin: Callable[["Stream"], T]) -> T:
        """What `begin` makes of a new stream, if `look` finds `state` there afterwards: a state that soon passes.

        It is tried again, with another stream, as often as this machine was too slow to see the state.
        """

        def attempt() -> list[T]:
            stream = self.stream()
            made = begin(stream)
            try:
                return [made] if look(stream) == state else []
            except ClientError:  # it was deleted
                return []

        return eventually(attempt)[0]

    def while_creating(self, act: Callable[["Stream"], T]) -> T:
        """What `act` makes of a stream that is CREATING all the while."""
        return self.while_passing(lambda stream: stream.describe()["DeliveryStreamStatus"], "CREATING", act)

    def table(self, columns: Mapping[str, str], partition_keys: Mapping[str, str] | None = None) -> str:
        """A new table of Glue; its name."""
        name = self.name().replace("-", "_").replace(".", "_")
        self.glue.create_table(
            DatabaseName=DATABASE,
            TableInput={
                "Name": name,
                "StorageDescriptor": {"Columns": _glue_columns(columns), "Location": f"s3://{name}/"},
                "PartitionKeys": _glue_columns(partition_keys or {}),
            },
        )
        return name

    def refused(self, operation: str, **request: Any) -> tuple[str, str]:
        """Code and message with which Firehose refuses a call; fails if it takes it."""
        code, message = self.outcome(operation, **request)
        assert code, f"{operation} was not refused but answered {message}"
        return code, message

    def outcome(self, operation: str, **request: Any) -> tuple[str, str]:
        """Code and message of a refusal; no code, and the answer, of a call that is taken."""
        method = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        try:
            return "", repr(getattr(self.firehose, method)(**request))
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]

    def post(self, target: str | None, body: bytes = b"{}") -> tuple[int, dict[str, str], dict[str, Any]]:
        """One request as it goes over the wire: status, headers (names in lower case) and body of the answer."""
        headers = {"Authorization": _SIGNED, "Content-Type": "application/x-amz-json-1.1"}
        headers |= {"X-Amz-Target": target} if target is not None else {}
        request = urllib.request.Request(self._clients.url, data=body, headers=headers, method="POST")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            answer = opener.open(request)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            names = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status, names, json.loads(answer.read())


class Stream:
    """A stream, and the bucket of the same name."""

    def __init__(self, aws: Aws, name: str) -> None:
        self.aws = aws
        self.name = name

    def create(self, request: Mapping[str, Any], destination: Mapping[str, Any]) -> None:
        extended = {"ExtendedS3DestinationConfiguration": s3(self.name, **destination)}
        self.aws.firehose.create_delivery_stream(**{"DeliveryStreamName": self.name, **extended, **request})

    def describe(self) -> dict[str, Any]:
        """The stream's description."""
        described: dict[str, Any] = self.aws.firehose.describe_delivery_stream(DeliveryStreamName=self.name)
        return dict(described["DeliveryStreamDescription"])

    def destination(self) -> dict[str, Any]:
        """The description of its destination."""
        return dict(self.describe()["Destinations"][0]["ExtendedS3DestinationDescription"])

    def active(self) -> "Stream":
        """The stream once it is ACTIVE."""
        eventually(lambda: self.describe()["DeliveryStreamStatus"] == "ACTIVE")
        return self

    def put(self, *payloads: bytes | Mapping[str, Any]) -> dict[str, Any]:
        """Put records (mappings as JSON) once the stream is ACTIVE."""
        data = [payload if isinstance(payload, bytes) else json.dumps(payload).encode() for payload in payloads]
        records = [{"Data": item} for item in data]
        self.active()
        answer: dict[str, Any] = self.aws.firehose.put_record_batch(DeliveryStreamName=self.name, Records=records)
        return answer

    def update(self, version: str = "1", **members: Any) -> None:
        """Call UpdateDestination."""
        self.active()
        self.aws.firehose.update_destination(**self.an_update(version, **members))

    def an_update(self, version: str = "1", **members: Any) -> dict[str, Any]:
        """The request of UpdateDestination."""
        return {
            "DeliveryStreamName": self.name,
            "CurrentDeliveryStreamVersionId": version,
            "DestinationId": "destinationId-000000000001",
            "ExtendedS3DestinationUpdate": members,
        }

    def objects(self, prefix: str = "") -> list[Stored]:
        """What is in the bucket now."""
        listed = self.aws.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        keys = [item["Key"] for page in listed for item in page.get("Contents", [])]
        answers = [(key, self.aws.s3.get_object(Bucket=self.name, Key=key)) for key in keys]
        return [Stored(key, a["Body"].read(), a["ResponseMetadata"]["HTTPHeaders"]) for key, a in answers]

    def data(self, count: int = 1) -> list[Stored]:
        """The objects that are not errors, once there are `count` of them."""
        return eventually(lambda: [o for o in self.objects() if not o.key.startswith("errors/")], at_least(count))

    def body(self, size: int) -> bytes:
        """The bytes of all objects that are not errors, one after the other, once they are `size`."""
        return eventually(lambda: b"".join(stored.body for stored in self.data(0)), at_least(size))

    def errors(self, lines: int = 1, kind: str = "") -> list[dict[str, Any]]:
        """The lines of the error objects, once there are so many."""
        return eventually(lambda: [line for o in self.objects(f"errors/{kind}") for line in parsed(o)], at_least(lines))

    def error_objects(self) -> list[Stored]:
        """The error objects, once there is one."""
        return eventually(lambda: self.objects("errors/"))

    def events(self, count: int = 1) -> list[dict[str, Any]]:
        """The events that the scripted function has kept, in their order, once there are so many."""

        def look() -> list[dict[str, Any]]:
            keys = self.aws.s3.list_objects_v2(Bucket="events", Prefix=f"{self.name}/").get("Contents", [])
            bodies = [self.aws.s3.get_object(Bucket="events", Key=item["Key"])["Body"].read() for item in keys]
            return [json.loads(body) for body in bodies]

        return eventually(look, at_least(count))


def parsed(stored: Stored) -> list[dict[str, Any]]:
    """The lines of an error object."""
    return [json.loads(line) for line in stored.body.splitlines()]


def parquet(stored: Stored) -> pq.ParquetFile:
    """An object as Parquet."""
    return pq.ParquetFile(io.BytesIO(stored.body))


def rows(stored: Stored) -> list[dict[str, Any]]:
    """The rows of a Parquet object."""
    found: list[dict[str, Any]] = parquet(stored).read().to_pylist()
    return found


def raw(line: Mapping[str, Any]) -> bytes:
    """The record that an error is about."""
    return base64.b64decode(line["rawData"])


def _glue_columns(columns: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Type": kind} for name, kind in columns.items()]
