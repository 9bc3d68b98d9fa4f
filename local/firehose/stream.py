"""One delivery stream: its journal and its worker."""

import itertools
import secrets
import string
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from delivery import limits
from local.clock import Clock
from local.firehose.clients import Clients
from local.firehose.configuration.config import read_destination
from local.firehose.configuration.processors import LambdaProcessor
from local.firehose.conversion.catalog import Catalog
from local.firehose.journal.journal import START, Journal
from local.firehose.monitoring.error_log import ErrorEvent, ErrorLog
from local.firehose.monitoring.metrics import Metrics
from local.firehose.monitoring.status import Backlog, Holds
from local.firehose.owed import Owed
from local.firehose.pipeline import Pipeline
from local.firehose.pools import Pools
from local.firehose.records import record_id
from local.firehose.stages.deliver import Delivery, Naming, Randomness
from local.firehose.stages.invoke import InvocationError, Transform
from local.firehose.stages.output import Output
from local.firehose.stages.transform import Caller
from local.firehose.state import StreamState, remove_state, write_state
from local.firehose.worker import Worker
from local.protocol import AwsError

_RANDOM_STRING_CHARS = 11
_MOST_JOURNAL_BYTES = 1024 * limits.MIB
"""How large one stream's journal may be on disk before puts are throttled."""


def system_randomness() -> Randomness:
    """Unique names from the operating system."""
    letters = string.ascii_lowercase + string.digits
    return Randomness(
        uuid=lambda: str(uuid.uuid4()),
        random_string=lambda: "".join(secrets.choice(letters) for _ in range(_RANDOM_STRING_CHARS)),
    )


@dataclass(frozen=True)
class Surface:
    """What a stream uses outside of itself."""

    clients: Clients
    clock: Clock
    region: str
    random: Randomness


class Stream:
    """Accepts records and delivers them in the background; thread-safe."""

    def __init__(self, folder: Path, state: StreamState, surface: Surface) -> None:
        self.metrics = Metrics()
        self.errors = ErrorLog()
        self.changes = threading.Lock()
        """Held while the stream is changed or deleted."""
        self._folder = folder
        self._surface = surface
        self._state = state
        self._journal = Journal(folder / "journal")
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._pipeline: Pipeline | None = None
        self._redeliver()

    @property
    def state(self) -> StreamState:
        """The stream as it is on disk."""
        return self._state

    def put(self, payloads: Sequence[bytes]) -> list[str]:
        """Journal records for delivery. Returns their ids, fewer than `payloads` if the last ones are throttled.

        Raises ServiceUnavailableException if the journal cannot be written now.
        """
        accepted = self._with_room(payloads)
        if len(accepted) < len(payloads):
            self.metrics.add(ThrottledRecords=len(payloads) - len(accepted))
        if not accepted:
            return []
        try:
            numbers = self._journal.append(int(self._surface.clock.now() * 1000), accepted)
        except OSError as error:
            raise AwsError("ServiceUnavailableException", f"The journal cannot be written: {error}", 503) from error
        self.metrics.add(IncomingRecords=len(accepted), IncomingBytes=sum(map(len, accepted)), IncomingPutRequests=1)
        with self._lock:
            self._hand_over()
        return [record_id(number) for number in numbers]

    def update(self, state: StreamState) -> None:
        """Continue with a new state; undelivered records go to its destination."""
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
        """Stop delivering; acknowledged records that are not delivered stay on disk."""
        with self._lock:
            self._stop_worker()
            self._journal.close()

    def delete(self) -> None:
        """Close, and discard everything that is buffered."""
        self.close()
        remove_state(self._folder)

    @property
    def holds(self) -> Holds:
        """What its stages hold."""
        pipeline = self._pipeline
        return Holds() if pipeline is None else pipeline.holds

    @property
    def backlog(self) -> Backlog:
        """What is not delivered."""
        oldest = self._journal.oldest_ms()
        age = None if oldest is None else max(0.0, self._surface.clock.now() - oldest / 1000)
        return Backlog(self._journal.pending, age)

    def _invoked(self, processor: LambdaProcessor, milliseconds: float, failed: InvocationError | None) -> None:
        if failed is not None and not failed.reached:
            return
        self.metrics.add(ExecuteProcessing_Duration=milliseconds, ExecuteProcessing_Success=int(failed is None))
        if failed is not None:
            self._note(failed.code, failed.message, processor.arn)

    def _note(self, code: str, message: str, processor: str = "") -> None:
        self.errors.note(ErrorEvent(int(self._surface.clock.now() * 1000), code, message, processor))

    def _with_room(self, payloads: Sequence[bytes]) -> Sequence[bytes]:
        room = _MOST_JOURNAL_BYTES - self._journal.size
        if sum(map(len, payloads)) <= room:
            return payloads
        ends = itertools.accumulate(map(len, payloads))
        return payloads[: sum(1 for _ in itertools.takewhile(lambda end: end <= room, ends))]

    def _stop_worker(self) -> None:
        if self._worker is not None:
            self._worker.stop()
            self._worker = self._pipeline = None

    def _redeliver(self) -> None:
        if self._journal.read(START)[0]:
            self._hand_over()

    def _hand_over(self) -> None:
        if self._journal.closed:
            return
        if self._worker is None:
            self._worker = self._start()
        else:
            self._worker.wake()

    def _start(self) -> Worker:
        state, surface = self._state, self._surface
        destination = read_destination(state.destination)

        def build(pools: Pools) -> Pipeline:
            owed = Owed(2 if destination.backup else 1, self._journal.done)
            output = Output(
                destination=destination,
                naming=Naming(state.name, state.version, surface.random),
                delivery=Delivery(surface.clients.s3, surface.clock, pools.stop, self._note),
                catalog=Catalog(surface.clients.glue, surface.clock, pools.stop),
                metrics=self.metrics,
                errors=self.errors,
                now_ms=lambda: int(surface.clock.now() * 1000),
                done=lambda sequences: pools.post(lambda: owed.settle(sequences)),
            )
            transform = None
            if destination.transform:
                caller = Caller(state.arn, surface.region)
                client, processor = surface.clients.lambda_, destination.transform
                transform = Transform(client, processor, caller, surface.random.uuid, partial(self._invoked, processor))
            self._pipeline = Pipeline(output, transform, owed, surface.clock, pools)
            return self._pipeline

        return Worker(state.name, surface.clock, self._journal, build)
