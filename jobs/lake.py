"""The lake's bucket, as the job needs it. Spark itself never opens an object: each task reads and writes with this."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")
"""Somebody has made the object, or is making it at this moment.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""
_NOT_FOUND = "404"
"""A download asks for the size first, and the answer to HEAD names no error."""
_DELETED_AT_ONCE = 1000
_RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 5})


@dataclass(frozen=True)
class Stored:
    """An object: `size` in bytes, `modified` by S3's clock."""

    key: str
    size: int
    etag: str
    modified: datetime


class Lake:
    """A bucket. `AWS_ENDPOINT_URL` says where it is served, if not by AWS."""

    def __init__(self, bucket: str, region: str) -> None:
        self._bucket = bucket
        self._region = region

    @property
    def _s3(self) -> Any:
        return client("s3", self._region)

    def uri(self, key: str) -> str:
        """The object or folder as Glue names it."""
        return f"s3://{self._bucket}/{key}"

    def objects(self, prefix: str) -> Iterator[Stored]:
        """Every object under `prefix`, in the order of their keys."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        return (_stored(each) for page in pages for each in page.get("Contents", []))

    def read(self, key: str) -> bytes:
        """The whole of a small object; raises `FileNotFoundError` when it does not exist."""
        try:
            body: bytes = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except self._s3.exceptions.NoSuchKey as error:
            raise FileNotFoundError(f"there is no {self.uri(key)}") from error
        return body

    def create(self, key: str, body: bytes) -> bool:
        """Make an object unless there is one; says whether it was made. Of many who try at once, one succeeds."""
        try:
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] in _TAKEN:
                return False
            raise
        return True

    def download(self, key: str, file: Path) -> None:
        """Copy an object of any size to `file`; raises `FileNotFoundError` when there is none."""
        try:
            self._s3.download_file(self._bucket, key, str(file))
        except ClientError as error:
            if error.response["Error"]["Code"] != _NOT_FOUND:
                raise
            raise FileNotFoundError(f"there is no {self.uri(key)}") from error

    def upload(self, file: Path, key: str) -> None:
        """Copy `file`, of any size, to an object."""
        self._s3.upload_file(str(file), self._bucket, key)

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; those that are gone already do not matter. Raises `OSError` when one cannot be deleted."""
        wanted = [{"Key": key} for key in keys]
        for start in range(0, len(wanted), _DELETED_AT_ONCE):
            listed = {"Objects": wanted[start : start + _DELETED_AT_ONCE], "Quiet": True}
            if failed := self._s3.delete_objects(Bucket=self._bucket, Delete=listed).get("Errors"):
                raise OSError(f"{self.uri(failed[0]['Key'])} cannot be deleted: {failed[0].get('Message')}")


@cache
def client(service: str, region: str) -> Any:
    """One for all tasks of a process; it is not part of what is sent to them."""
    return boto3.client(service, region_name=region, config=_RETRIES)


def _stored(listed: Mapping[str, Any]) -> Stored:
    return Stored(listed["Key"], listed["Size"], listed["ETag"].strip('"'), listed["LastModified"])
