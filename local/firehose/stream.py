"""One delivery stream: its journal and its worker."""

import secrets
import string
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from delivery import limits
from local.clock import Clock
from local.firehose.catalog import Catalog
from local.firehose.clients import Clients
from local.firehose.config import read_destination
from local.firehose.deliver import Delivery, Naming, Randomness
from local.firehose.invoke import Transform
from local.firehose.journal import Journal
from local.firehose.metrics import Metrics
from local.firehose.output import Output
from local.firehose.owed import Owed
from local.firehose.pipeline import Pipeline, Workers
from local.firehose.records import Record
from local.firehose.state import StreamState, delete_folder, write_state
from local.firehose.transform import Caller
from local.firehose.worker import Worker
from local.protocol import AwsError

_RANDOM_STRING_CHARS = 11
_MOST_UNDELIVERED_BYTES = 1024 * limits.MIB


def system_randomness() -> Randomness:
    """Unique names from the operating system."""
    letters = string.ascii_lowercase + string.digits
    return Randomness(
        uuid=lambda: str(uuid.uuid4()),
        random_string=lambda: "".join(secrets.choice(letters) for _ in range(_RANDOM_STRING_CHARS)),
    )


@dataclass(frozen=True)
class Surface:
    """What a stream reaches outside of itself."""

    clients: Clients
    clock: Clock
    region: str
    random: Randomness


class Stream:
    """Accepts records and delivers them in the background; thread-safe."""

    def __init__(self, folder: Path, state: StreamState, surface: Surface) -> None:
        self.metrics = Metrics()
        self.changes = threading.Lock()
        """Held by whoever changes or deletes the stream."""
        self._folder = folder
        self._surface = surface
        self._state = state
        self._journal = Journal(folder / "journal")
        self._lock = threading.Lock()
        self._sizes_lock = threading.Lock()
        self._redelivered = 0
        self._undelivered_bytes = 0
        self._sizes: dict[int, int] = {}
        self._worker: Worker | None = None
        self._redeliver()

    @property
    def state(self) -> StreamState:
        """The stream as it is on disk."""
        return self._state

    def put(self, payloads: Sequence[bytes]) -> list[Record]:
        """Journal records and hand them on; raises ServiceUnavailableException if they cannot be kept now."""
        if self._undelivered_bytes > _MOST_UNDELIVERED_BYTES:
            raise AwsError("ServiceUnavailableException", "Slow down.", status=503)
        try:
            records = self._journal.append(int(self._surface.clock.now() * 1000), payloads)
        except OSError as error:
            raise AwsError("ServiceUnavailableException", f"The journal cannot be written: {error}", 503) from error
        size = sum(map(len, payloads))
        self.metrics.add(IncomingRecords=len(records), IncomingBytes=size, IncomingPutRequests=1)
        with self._lock:
            self._hand_over([record for record in records if record.sequence > self._redelivered])
        return records

    def update(self, state: StreamState) -> None:
        """Go on under a new state; if its destination changed, what is not delivered yet goes the new way."""
        write_state(self._folder, state)
        with self._lock:
            moved = state.version != self._state.version
            self._state = state
            if moved:
                self._stop_worker()
                self._redeliver()

    def flush(self, timeout: float) -> bool:
        """Deliver everything buffered; false if it took longer than `timeout` real seconds."""
        with self._lock:
            worker = self._worker
        return worker is None or worker.flush(timeout)

    def close(self) -> None:
        """Stop delivering; all that was acknowledged and not delivered is on disk."""
        with self._lock:
            self._stop_worker()
            self._journal.close()

    def delete(self) -> None:
        """Close, and forget everything that is buffered."""
        self.close()
        delete_folder(self._folder)

    def _stop_worker(self) -> None:
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def _redeliver(self) -> None:
        """Hand over all that the journal holds. A put whose records it holds already does not hand them over again."""
        records = self._journal.undelivered()
        self._redelivered = records[-1].sequence if records else self._redelivered
        with self._sizes_lock:
            self._sizes, self._undelivered_bytes = {}, 0
        self._hand_over(records)

    def _hand_over(self, records: Sequence[Record]) -> None:
        if not records or self._journal.closed:
            return
        if self._worker is None:
            self._worker = self._start()
        with self._sizes_lock:
            self._sizes.update({record.sequence: len(record.data) for record in records})
            self._undelivered_bytes += sum(len(record.data) for record in records)
        self._worker.take(records)

    def _start(self) -> Worker:
        state, surface, stopping = self._state, self._surface, threading.Event()
        destination = read_destination(state.destination)
        owed = Owed(2 if destination.backup else 1, self._done)
        output = Output(
            destination=destination,
            naming=Naming(state.name, state.version, surface.random),
            delivery=Delivery(surface.clients.s3, surface.clock, stopping),
            catalog=Catalog(surface.clients.glue, surface.clock, stopping),
            metrics=self.metrics,
            now_ms=lambda: int(surface.clock.now() * 1000),
            done=owed.settle,
        )
        transform = None
        if destination.transform:
            caller = Caller(state.arn, surface.region)
            transform = Transform(surface.clients.lambda_, destination.transform, caller, surface.random.uuid)

        def build(workers: Workers) -> Pipeline:
            return Pipeline(output, transform, owed, surface.clock, workers)

        return Worker(state.name, surface.clock, stopping, build)

    def _done(self, sequences: Sequence[int]) -> None:
        self._journal.done(sequences)
        with self._sizes_lock:
            self._undelivered_bytes -= sum(self._sizes.pop(number, 0) for number in sequences)
