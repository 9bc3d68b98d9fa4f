"""What Athena needs of the services around it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from local.endpoint import client

Answer = Mapping[str, Any]


class Glue(Protocol):
    """Tables, views and partitions; boto3's Glue client fits."""

    def get_databases(self, **request: Any) -> Answer: ...
    def get_tables(self, **request: Any) -> Answer: ...
    def get_table(self, **request: Any) -> Answer: ...
    def get_partitions(self, **request: Any) -> Answer: ...
    def create_table(self, **request: Any) -> Answer: ...
    def update_table(self, **request: Any) -> Answer: ...
    def delete_table(self, **request: Any) -> Answer: ...


class S3(Protocol):
    """Listing and reading of data, writing of results; boto3's S3 client fits."""

    def get_object(self, **request: Any) -> Answer: ...
    def list_objects_v2(self, **request: Any) -> Answer: ...
    def put_object(self, **request: Any) -> Answer: ...


@dataclass(frozen=True)
class Clients:
    """The services."""

    glue: Glue
    s3: S3


def connect(url: str) -> Clients:
    """Clients of the services that answer at `url`."""
    return Clients(glue=client(url, "glue"), s3=client(url, "s3"))
