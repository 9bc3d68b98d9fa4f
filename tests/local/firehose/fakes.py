"""Firehose's neighbours in memory: S3, a Lambda that runs Python functions, Glue's tables."""

import base64
import io
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import ClientError, EndpointConnectionError

from local.firehose.clients import Clients

Handler = Callable[[dict[str, Any]], dict[str, Any]]


def client_error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": f"{code} by the fake"}}, operation)


class Service(Protocol):
    unreachable: int


def unreachable(service: Service) -> None:
    """Fail as boto3 does when nothing listens, if this call is one of those."""
    if service.unreachable:
        service.unreachable -= 1
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")


@dataclass
class FakeS3:
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    """Codes with which the next puts fail, the first one first."""
    unreachable: int = 0
    before: Callable[[dict[str, Any]], None] = lambda request: None
    """Called with each put before it is stored; what it raises fails the put."""

    def put_object(self, **request: Any) -> Mapping[str, Any]:
        unreachable(self)
        self.before(request)
        if self.failures:
            raise client_error(self.failures.pop(0), "PutObject")
        self.objects[f"{request['Bucket']}/{request['Key']}"] = request
        return {}

    def bodies(self, prefix: str) -> list[bytes]:
        return [request["Body"] for key, request in sorted(self.objects.items()) if key.startswith(prefix)]

    def errors(self, prefix: str) -> list[dict[str, Any]]:
        return [json.loads(line) for body in self.bodies(prefix) for line in body.splitlines()]


@dataclass
class FakeLambda:
    handler: Handler | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    unreachable: int = 0

    def invoke(self, *, FunctionName: str, Payload: bytes) -> Mapping[str, Any]:  # noqa: N803
        unreachable(self)
        event = json.loads(Payload)
        with self.lock:
            self.events.append(event)
        assert self.handler is not None
        try:
            return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(self.handler(event)).encode())}
        except ClientError:
            raise
        except Exception as error:  # noqa: BLE001 - a function may raise anything
            answer = json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)}).encode()
            return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": io.BytesIO(answer)}


@dataclass
class FakeGlue:
    tables: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)
    versions: dict[tuple[str, str, str], list[tuple[str, str]]] = field(default_factory=dict)
    """Columns by database, table and version."""
    unreachable: int = 0
    """For how many calls nothing answers; S3 and the function have the same."""

    def get_table(self, *, DatabaseName: str, Name: str) -> Mapping[str, Any]:  # noqa: N803
        unreachable(self)
        return {"Table": _table(self.tables, (DatabaseName, Name), "GetTable")}

    def get_table_version(self, *, DatabaseName: str, TableName: str, VersionId: str) -> Mapping[str, Any]:  # noqa: N803
        unreachable(self)
        table = _table(self.versions, (DatabaseName, TableName, VersionId), "GetTableVersion")
        return {"TableVersion": {"VersionId": VersionId, "Table": table}}


def _table(known: Mapping[Any, list[tuple[str, str]]], key: tuple[str, ...], operation: str) -> dict[str, Any]:
    if key not in known:
        raise client_error("EntityNotFoundException", operation)
    columns = [{"Name": name, "Type": kind} for name, kind in known[key]]
    return {"Name": key[1], "StorageDescriptor": {"Columns": columns}, "PartitionKeys": []}


@dataclass
class FakeCloudWatch:
    data: list[dict[str, Any]] = field(default_factory=list)
    unreachable: int = 0

    def put_metric_data(self, *, Namespace: str, MetricData: Sequence[Any]) -> None:  # noqa: N803
        unreachable(self)
        assert Namespace == "AWS/Firehose"
        self.data += MetricData

    def samples(self, name: str, stream: str = "prices") -> list[dict[str, float]]:
        dimensions = [{"Name": "DeliveryStreamName", "Value": stream}]
        return [
            datum["StatisticValues"]
            for datum in self.data
            if (datum["MetricName"], datum["Dimensions"]) == (name, dimensions)
        ]


@dataclass
class FakeLogs:
    events: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    unreachable: int = 0

    def put_log_events(self, *, logGroupName: str, logStreamName: str, logEvents: Sequence[Any]) -> None:  # noqa: N803
        unreachable(self)
        self.events.setdefault((logGroupName, logStreamName), []).extend(logEvents)


@dataclass
class Neighbours:
    s3: FakeS3 = field(default_factory=FakeS3)
    function: FakeLambda = field(default_factory=FakeLambda)
    glue: FakeGlue = field(default_factory=FakeGlue)
    cloudwatch: FakeCloudWatch = field(default_factory=FakeCloudWatch)
    logs: FakeLogs = field(default_factory=FakeLogs)

    @property
    def clients(self) -> Clients:
        return Clients(self.s3, self.function, self.glue, cloudwatch=self.cloudwatch, logs=self.logs)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def ok(record: Mapping[str, Any], data: bytes, **keys: str) -> dict[str, Any]:
    """The answer that passes `data` on with these partition keys."""
    answer: dict[str, Any] = {"recordId": record["recordId"], "result": "Ok", "data": b64(data)}
    return {**answer, "metadata": {"partitionKeys": keys}} if keys else answer


def data_of(record: Mapping[str, Any]) -> bytes:
    return base64.b64decode(record["data"])
