"""Putting objects into S3 under their evaluated keys, retrying until it works or the time is up.

https://docs.aws.amazon.com/firehose/latest/dev/retry.html
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from local.clock import Clock
from local.firehose.clients import CALL_ERRORS, S3, UNREACHABLE, error_code
from local.firehose.expressions.prefix import Expression, Prefix, Surroundings, object_name
from local.firehose.stages.retries import pauses

_log = logging.getLogger(__name__)


class StoppedError(Exception):
    """The stream was closed while an object could not be stored; its records stay in the journal."""


@dataclass(frozen=True)
class Randomness:
    """Where unique names come from."""

    uuid: Callable[[], str]
    random_string: Callable[[], str]


@dataclass(frozen=True)
class Naming:
    """What all object names of one version of a stream share."""

    stream: str
    version: int
    random: Randomness

    def key(self, prefix: Prefix, surroundings: Surroundings, extension: str) -> str:
        """The whole key of a new object."""
        name = object_name(self.stream, self.version, surroundings.instant, self.random.uuid())
        return prefix.evaluate(surroundings) + name + extension

    def surroundings(
        self, arrival_ms: int, zone: ZoneInfo, error_type: str = "", keys: Mapping[Expression, str] | None = None
    ) -> Surroundings:
        """What the expressions of an object's prefix are evaluated with."""
        instant = datetime.fromtimestamp(arrival_ms / 1000, zone)
        return Surroundings(instant, self.random.random_string, error_type, keys or {})


@dataclass(frozen=True)
class S3Object:
    """One object to be stored; `headers` are further arguments of PutObject."""

    bucket: str
    key: str
    body: bytes
    headers: Mapping[str, Any]


class Delivery:
    """Stores objects, waiting on `clock` between attempts until `stop` is set."""

    def __init__(
        self, s3: S3, clock: Clock, stop: threading.Event, refused: Callable[[str, str], None] = lambda *_: None
    ) -> None:
        """`refused` gets the code and the text of every error that S3 returns."""
        self._s3 = s3
        self._clock = clock
        self._stop = stop
        self._refused = refused

    def put(self, stored: S3Object, give_up_seconds: float = float("inf")) -> str:
        """Store an object; returns "", or the error's code after `give_up_seconds`. Raises StoppedError."""
        waited, waits = 0.0, pauses()
        while True:
            pause = next(waits)
            try:
                self._s3.put_object(
                    Bucket=stored.bucket,
                    Key=stored.key,
                    Body=stored.body,
                    ContentType="application/octet-stream",
                    **stored.headers,
                )
                return ""
            except CALL_ERRORS as error:
                _log.warning("s3://%s/%s could not be stored: %s", stored.bucket, stored.key, error)
                if not isinstance(error, UNREACHABLE):
                    code = f"S3.{error_code(error)}"
                    self._refused(code, str(error))
                    if waited >= give_up_seconds:
                        return code
                    waited += pause
            if self._clock.wait(self._stop, pause):
                raise StoppedError(stored.key)
