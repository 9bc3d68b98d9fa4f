"""From the message that announces a file to the object it means.

Two kinds of event reach the queue, and they write keys differently: S3's own notifications encode them as a form does
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html), EventBridge's events carry
them as they are (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

import msgspec
from aws_lambda_powertools.utilities.data_classes import S3Event, S3EventBridgeNotificationEvent


@dataclass(frozen=True)
class Dropped:
    """An object as announced; `version` is empty in a bucket without versions."""

    bucket: str
    key: str
    version: str = ""


class NoticeError(ValueError):
    """A message that announces no object in a known way."""


def dropped(body: str) -> list[Dropped]:
    """The new objects that a message's body announces: none for S3's test event, deletions and folder markers.

    Raises `NoticeError`.
    """
    try:
        event = msgspec.json.decode(body, type=dict[str, Any])
        found = list(_objects(event))
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise NoticeError(
            f"the message is no S3 event ({type(error).__name__}: {error}); it must be an S3 notification or an "
            f"EventBridge event 'Object Created'; it begins with {body[:200]!r}"
        ) from error
    return [one for one in found if not one.key.endswith("/")]


def _objects(event: dict[str, Any]) -> Iterator[Dropped]:
    if event.get("Event") == "s3:TestEvent":
        return
    if "detail-type" in event:
        if event["detail-type"] == "Object Created":
            detail = S3EventBridgeNotificationEvent(event).detail
            # Powertools decodes this key, but EventBridge has not encoded it: the raw one is right
            yield Dropped(detail.bucket.name, detail.object["key"], detail.object.get("version-id") or "")
        return
    for record in S3Event(event).records:
        if record.event_name.startswith("ObjectCreated:"):
            found = record.s3.get_object
            yield Dropped(record.s3.bucket.name, unquote_plus(found.key), found.version_id or "")
