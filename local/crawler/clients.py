"""What a crawler needs of the services around it; boto3's clients fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from local.endpoint import client

Answer = Mapping[str, Any]


class S3(Protocol):
    """Lists and reads objects."""

    def list_objects_v2(self, **request: Any) -> Answer: ...
    def get_object(self, **request: Any) -> Answer: ...


class Glue(Protocol):
    """Keeps tables and partitions."""

    def get_tables(self, **request: Any) -> Answer: ...
    def create_table(self, **request: Any) -> Answer: ...
    def update_table(self, **request: Any) -> Answer: ...
    def delete_table(self, **request: Any) -> Answer: ...
    def get_partitions(self, **request: Any) -> Answer: ...
    def batch_create_partition(self, **request: Any) -> Answer: ...
    def batch_update_partition(self, **request: Any) -> Answer: ...
    def delete_partition(self, **request: Any) -> Answer: ...


class Logs(Protocol):
    """Keeps log events."""

    def create_log_group(self, **request: Any) -> Answer: ...
    def create_log_stream(self, **request: Any) -> Answer: ...
    def put_log_events(self, **request: Any) -> Answer: ...


@dataclass(frozen=True)
class Clients:
    """The services."""

    s3: S3
    glue: Glue
    logs: Logs


def connect(url: str) -> Clients:
    """Clients of the services that answer at `url`."""
    return Clients(client(url, "s3"), client(url, "glue"), client(url, "logs"))
