"""What Athena needs of the services around it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import boto3
import pyarrow.fs

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
    """Listing of data and writing of results; boto3's S3 client fits."""

    def list_objects_v2(self, **request: Any) -> Answer: ...
    def put_object(self, **request: Any) -> Answer: ...


@dataclass(frozen=True)
class Clients:
    """The services; `files` reads objects by the path `bucket/key`."""

    glue: Glue
    s3: S3
    files: pyarrow.fs.FileSystem


def connect(endpoint_url: str, region: str = "us-east-1") -> Clients:
    """Clients of the services that answer at `endpoint_url`, with the credentials `test`/`test`."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=region)  # noqa: S106
    url = urlsplit(endpoint_url)
    files = pyarrow.fs.S3FileSystem(
        access_key="test",
        secret_key="test",  # noqa: S106
        region=region,
        scheme=url.scheme,
        endpoint_override=url.netloc,
    )
    return Clients(
        glue=session.client("glue", endpoint_url=endpoint_url),
        s3=session.client("s3", endpoint_url=endpoint_url),
        files=files,
    )
