"""The streams of one account and region by name, each with its folder and its status."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from delivery import limits
from local.firehose.state import StreamState, read_state, stream_folders, write_state
from local.firehose.stream import Stream, Surface
from local.protocol import AwsError

_log = logging.getLogger(__name__)

Status = Literal["CREATING", "ACTIVE", "DELETING"]


class Registry:
    """Thread-safe. Opens the streams stored under `data_dir`, and stores there those that are added."""

    def __init__(self, data_dir: Path, account: str, surface: Surface) -> None:
        self.surface = surface
        self.account = account
        self._data_dir = data_dir
        self._lock = threading.RLock()
        self._streams = {stream.state.name: stream for stream in map(self._opened, stream_folders(data_dir)) if stream}
        self._deleting: set[str] = set()

    def all(self) -> list[Stream]:
        """Every stream, ordered by name."""
        with self._lock:
            return [self._streams[name] for name in sorted(self._streams)]

    def find(self, name: str) -> Stream:
        """The stream, whatever its status; raises ResourceNotFoundException."""
        stream = self._streams.get(name)
        if stream is None:
            raise self._not_found(name)
        return stream

    def active(self, name: str) -> Stream:
        """The stream that takes records; raises ResourceNotFoundException for one that is not ACTIVE, as AWS does."""
        stream = self.find(name)
        if self.status(stream.state) != "ACTIVE":
            raise self._not_found(name)
        return stream

    def status(self, state: StreamState) -> Status:
        """The stream's current DeliveryStreamStatus."""
        if state.name in self._deleting:
            return "DELETING"
        # Setting the clock back does not make a stream CREATING again.
        return "CREATING" if state.created <= self.surface.clock.now() < state.active_at else "ACTIVE"

    @contextmanager
    def changing(self, name: str) -> Iterator[Stream]:
        """The stream, for one caller at a time; raises ResourceInUseException for one that is not ACTIVE."""
        with self._held(name) as stream:
            status = self.status(stream.state)
            if status != "ACTIVE":
                raise _in_use(f"Cannot update firehose: {name} when it is in {status} status")
            yield stream

    def check_room(self, name: str) -> None:
        """Raise ResourceInUseException if the name is taken, LimitExceededException if there are too many streams."""
        if name in self._streams:
            raise _in_use(f"Firehose {name} under accountId {self.account} already exists")
        if len(self._streams) >= limits.MAX_STREAMS:
            message = f"You have already consumed your firehose quota of {limits.MAX_STREAMS} hoses."
            raise AwsError("LimitExceededException", message)

    def add(self, state: StreamState) -> None:
        """Open a new stream; raises as `check_room` does."""
        with self._lock:
            self.check_room(state.name)
            # No stream name can leave the data folder: "." and ".." are legal names too.
            folder = self._data_dir / f"{state.name}.stream"
            write_state(folder, state)
            self._streams[state.name] = Stream(folder, state, self.surface)

    def remove(self, name: str) -> None:
        """Delete a stream and what it has buffered; raises ResourceInUseException while it is CREATING."""
        with self._held(name) as stream:
            status = self.status(stream.state)
            if status == "CREATING":
                raise _in_use(f"Firehose {name} under account {self.account} cannot be deleted in {status} state")
            self._deleting.add(name)
            stream.delete()
            with self._lock:
                del self._streams[name]
                self._deleting.discard(name)

    @contextmanager
    def _held(self, name: str) -> Iterator[Stream]:
        stream = self.find(name)
        with stream.changes:
            if self.find(name) is not stream:
                raise self._not_found(name)
            yield stream

    def _opened(self, folder: Path) -> Stream | None:
        """A stream of an earlier run. One that cannot be opened does not affect others, and may be created again."""
        try:
            return Stream(folder, read_state(folder), self.surface)
        except Exception:  # noqa: BLE001 - the other streams must work nevertheless
            _log.exception("%s cannot be used: its stream is closed until it is created again", folder / "stream.json")
            return None

    def _not_found(self, name: str) -> AwsError:
        return AwsError("ResourceNotFoundException", f"Firehose {name} under account {self.account} not found.")


def _in_use(message: str) -> AwsError:
    return AwsError("ResourceInUseException", message)
