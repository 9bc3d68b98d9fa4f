"""From the message that announces a file to the object it means, or to the part of it that is to be read.

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
    """An object as announced; `version` is empty in a bucket without versions.

    Of two events of one key the later has the greater `sequencer`, if it has one.
    """

    bucket: str
    key: str
    version: str = ""
    sequencer: str = ""


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is left of a file, or one part of it, from the place `at` (line `line`) on; None as `end` is its end.

    `etag` is the object's. `plan`: the parts after the place are still to be found.
    """

    bucket: str
    key: str
    version: str
    etag: str
    at: int
    line: int
    end: int | None = None
    plan: bool = False

    @property
    def dropped(self) -> Dropped:
        return Dropped(self.bucket, self.key, self.version)


class _PartMessage(msgspec.Struct):
    standpipe_part: Part


class NoticeError(ValueError):
    """A message that announces no object in a known way."""


def part_message(part: Part) -> str:
    """The body of the message by which a function hands `part` on."""
    return msgspec.json.encode(_PartMessage(part)).decode()


def dropped_message(file: Dropped) -> str:
    """The body of the message by which a function announces `file` once more, as EventBridge would."""
    found = {"key": file.key, "version-id": file.version, "sequencer": file.sequencer}
    event = {"detail-type": "Object Created", "detail": {"bucket": {"name": file.bucket}, "object": found}}
    return msgspec.json.encode(event).decode()


def noticed(body: str) -> list[Dropped] | Part:
    """The part that a message's body hands on, or the new objects that it announces: none for S3's test event,
    deletions and folder markers.

    Raises `NoticeError`.
    """
    try:
        event = msgspec.json.decode(body, type=dict[str, Any])
        if "standpipe_part" in event:
            return msgspec.convert(event, _PartMessage).standpipe_part
        found = list(_objects(event))
    except (msgspec.DecodeError, msgspec.ValidationError, KeyError, TypeError) as error:
        raise NoticeError(
            f"the message is not an S3 event ({type(error).__name__}: {error}); it must be an S3 notification or an "
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
            found = detail.object
            sequencer = found.get("sequencer") or ""
            yield Dropped(detail.bucket.name, found["key"], found.get("version-id") or "", sequencer)
        return
    for record in S3Event(event).records:
        if record.event_name.startswith("ObjectCreated:"):
            made = record.s3.get_object
            sequencer = made.get("sequencer") or ""
            yield Dropped(record.s3.bucket.name, unquote_plus(made.key), made.version_id or "", sequencer)
