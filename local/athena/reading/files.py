"""The objects under a location, listed once a query."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from local.athena.clients import S3
from local.athena.errors import QueryError
from local.pages import objects


@dataclass(frozen=True)
class StoredObject:
    bucket: str
    key: str
    size: int
    modified: datetime | None = None

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def folder(location: str) -> str:
    """The location with a slash at its end: `s3://lake/a` must not mean `s3://lake/ab`."""
    return location if location.endswith("/") else f"{location}/"


class Listing:
    """Data objects under a location, sub-folders included. Remembers what it listed: one instance serves one query."""

    def __init__(self, s3: S3) -> None:
        self._s3 = s3
        self._listed: dict[str, list[StoredObject]] = {}

    def under(self, location: str) -> list[StoredObject]:
        """Objects that hold data: not empty, and no part of the name below `location` starts with `_` or `.`."""
        start = folder(location)
        known = next((listed for listed in self._listed if start.startswith(listed)), None)
        if known is None:
            self._listed[start] = list(self._list(start))
            known = start
        return [each for each in self._listed[known] if each.uri.startswith(start) and _is_data(each, start)]

    def _list(self, start: str) -> Iterator[StoredObject]:
        url = urlsplit(start)
        try:
            for each in objects(self._s3, url.netloc, url.path.lstrip("/")):
                yield StoredObject(url.netloc, each["Key"], each["Size"], each.get("LastModified"))
        except ClientError as error:
            reason = error.response["Error"].get("Message", str(error))
            raise QueryError("HIVE_METASTORE_ERROR", f"{start} cannot be listed: {reason}") from None


def _is_data(stored: StoredObject, start: str) -> bool:
    parts = stored.uri[len(start) :].split("/")
    return stored.size > 0 and not any(part.startswith(("_", ".")) for part in parts)
