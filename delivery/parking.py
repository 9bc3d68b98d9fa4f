"""Records that Firehose did not take, kept in S3 until they are put again.

An object holds the records of one batch of one stream, one a line in base64, and is called after its content: parking
the same records twice makes one object.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pybase64

PREFIX: Final = "undelivered/"
"""In the lake's bucket. Nothing here expires: it is the only copy."""


class S3Writer(Protocol):
    """The one call of boto3's S3 client that parking needs."""

    def put_object(self, **request: Any) -> Any: ...


@dataclass(frozen=True)
class Parking:
    """The place in `bucket`; calling it with a stream and records stores them. Raises botocore's errors."""

    s3: S3Writer
    bucket: str

    def __call__(self, stream: str, records: list[bytes]) -> None:
        body = b"".join(pybase64.b64encode(record) + b"\n" for record in records)
        key = f"{PREFIX}{stream}/{hashlib.sha256(body).hexdigest()}"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)


def parked_stream(key: str) -> str:
    """The stream that the records under `key` were meant for."""
    return key.removeprefix(PREFIX).partition("/")[0]


def parked_records(body: bytes) -> Iterator[bytes]:
    """The records in an object."""
    return (pybase64.b64decode(line, validate=True) for line in body.splitlines())
