"""What Athena needs of the services around it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import pyarrow.fs

from local.endpoint import CREDENTIAL, REGION, client

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
    def create_database(self, **request: Any) -> Answer: ...
    def delete_database(self, **request: Any) -> Answer: ...
    def get_partition(self, **request: Any) -> Answer: ...
    def batch_update_partition(self, **request: Any) -> Answer: ...
    def batch_create_partition(self, **request: Any) -> Answer: ...
    def delete_partition(self, **request: Any) -> Answer: ...


class S3(Protocol):
    """Listing of data and writing of results; boto3's S3 client fits."""

    def list_objects_v2(self, **request: Any) -> Answer: ...
    def put_object(self, **request: Any) -> Answer: ...
    def delete_object(self, **request: Any) -> Answer: ...


@dataclass(frozen=True)
class Clients:
    """The services; `files` reads objects by the path `bucket/key`."""

    glue: Glue
    s3: S3
    files: pyarrow.fs.FileSystem


def connect(url: str) -> Clients:
    """Clients of the services that answer at `url`."""
    address = urlsplit(url)
    files = pyarrow.fs.S3FileSystem(
        access_key=CREDENTIAL,
        secret_key=CREDENTIAL,
        region=REGION,
        scheme=address.scheme,
        endpoint_override=address.netloc,
    )
    return Clients(glue=client(url, "glue"), s3=client(url, "s3"), files=files)
