"""An object in S3 as a file that can seek, read through few requests and never held."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from delivery.limits import MIB
from producers.files.errors import FileError
from producers.files.notifications import Dropped

_TRIES: Final = 4
"""Connections that one read may lose before it gives up."""
_WINDOW_BYTES: Final = 8 * MIB
"""Asked for at once after a seek: formats that are read from their ends seek often."""
_GONE: Final = ("NoSuchKey", "NoSuchVersion", "404")
_CHANGED: Final = ("PreconditionFailed", "412")


class S3Client(Protocol):
    """The one call of boto3's S3 client that is needed here."""

    def get_object(self, **request: Any) -> Any: ...


@dataclass(frozen=True)
class Stored:
    """One version of an object, and its content: two with the same `etag` and `size` have the same."""

    uri: str
    bucket: str
    key: str
    version: str
    etag: str
    size: int
    modified: int
    """When it was written, in seconds since 1970."""

    @property
    def source(self) -> str:
        """Names the object and its content: one that is written again under its key is another source."""
        return f"{self.uri}?versionId={self.version}" if self.version else f"{self.uri}?etag={self.etag}"

    def written(self, revision: int) -> datetime:
        """The time of the object's rows. It is when the object was written, whenever it is read: what was dropped last
        stays. S3 gives the second; of contents of one key within one, the later `revision` of its item is the later."""
        return datetime.fromtimestamp(self.modified, UTC) + timedelta(milliseconds=min(revision, 999))

    @property
    def content(self) -> str:
        """The same for every object with this content.

        An object's ETag is the MD5 of its content, or of its parts' when it was uploaded in parts
        (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html).
        """
        return f"{self.etag}-{self.size}"


class ChangedError(Exception):
    """An object without versions was written again while it was read; the notice of the new one is on its way."""


class ObjectStream(io.RawIOBase):
    """The bytes of `stored`. A lost connection is made again where it broke off; raises boto3's errors after a few."""

    def __init__(self, s3: S3Client, stored: Stored, body: Any) -> None:
        self._s3 = s3
        self._stored = stored
        self._body = body
        self._at = 0
        self._end = stored.size
        """Where `body` ends."""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        to = offset + (0, self._at, self._stored.size)[whence]
        if to != self._at:
            self._drop_body()
            self._at = to
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        view, filled = memoryview(buffer), 0
        while filled < len(view) and self._at < self._stored.size:
            filled += self._read(view[filled:])
        return filled

    def close(self) -> None:
        self._drop_body()
        super().close()

    def _read(self, view: memoryview) -> int:
        for attempt in range(1, _TRIES + 1):
            try:
                if self._body is None:
                    self._body = self._ask()
                if count := self._body.readinto(view):
                    self._at += count
                    return int(count)
                self._drop_body()  # this body is at its end, or broke off
            except BotoCoreError:
                self._drop_body()
                if attempt == _TRIES:
                    raise
        raise ConnectionResetError(f"{self._stored.uri}: the answer broke off at byte {self._at:,} {_TRIES} times")

    def _ask(self) -> Any:
        last = min(self._at + _WINDOW_BYTES, self._stored.size) - 1
        try:
            answer = self._s3.get_object(
                **_named(self._stored.bucket, self._stored.key, self._stored.version),
                Range=f"bytes={self._at}-{last}",
                IfMatch=f'"{self._stored.etag}"',
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in (*_CHANGED, *_GONE):
                raise ChangedError(f"{self._stored.uri} was written again while it was read") from error
            raise
        return answer["Body"]

    def _drop_body(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


def open_object(file: Dropped, s3: S3Client) -> tuple[Stored, ObjectStream]:
    """The object that `file` announces; raises `FileError` when it is no longer there, and boto3's errors."""
    uri = f"s3://{file.bucket}/{file.key}"
    try:
        answer = s3.get_object(**_named(file.bucket, file.key, file.version))
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE:
            raise FileError(uri, "the file is no longer there", "drop it again") from error
        raise
    stored = Stored(
        uri,
        file.bucket,
        file.key,
        answer.get("VersionId") or "",
        answer["ETag"].strip('"'),
        answer["ContentLength"],
        int(answer["LastModified"].timestamp()),
    )
    return stored, ObjectStream(s3, stored, answer["Body"])


def _named(bucket: str, key: str, version: str) -> dict[str, str]:
    return {"Bucket": bucket, "Key": key} | ({"VersionId": version} if version else {})
