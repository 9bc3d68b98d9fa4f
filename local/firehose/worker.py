"""The thread of a stream that moves its records from the journal to S3. Puts never wait for it."""

import logging
import queue
import threading
from collections.abc import Callable

from delivery import limits
from local.clock import Clock
from local.firehose.journal.journal import START, Journal, Position
from local.firehose.pipeline import Pipeline
from local.firehose.pools import Message, Pools

_log = logging.getLogger(__name__)
_READ_BYTES = 8 * limits.MIB
"""How much is read from the journal before the stages run."""
_LARGE_JOURNAL_BYTES = 512 * limits.MIB
"""When waiting buffers hold this much of the disk, they are delivered early."""
_ANSWER_FIRST_SECONDS = 0.002
"""A put that wakes the thread is answered first: both need the interpreter."""
_JOIN_SECONDS = 20.0
_PAUSE_SECONDS = 5.0


class Worker:
    """Runs pipelines over one journal on its own thread until `stop`: a new one whenever one fails."""

    def __init__(self, name: str, clock: Clock, journal: Journal, build: Callable[[Pools], Pipeline]) -> None:
        self._name = name
        self._clock = clock
        self._journal = journal
        self._build = build
        self._stopping = threading.Event()
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._flushes: list[threading.Event] = []
        self._thread = threading.Thread(target=self._run, name=f"{name}-delivery", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Say that there is more in the journal."""
        self._inbox.put(_nothing)

    def flush(self, timeout: float) -> bool:
        """Deliver all that is in the journal without waiting for hints; false after `timeout` real seconds."""
        done = threading.Event()
        self._inbox.put(lambda: self._flushes.append(done))
        return done.wait(timeout)

    def stop(self) -> None:
        """End the thread; what is not delivered stays in the journal."""
        self._stopping.set()
        self.wake()
        self._thread.join(_JOIN_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            pools = Pools(self._name, self._inbox.put)
            try:
                self._move(self._build(pools))
            except Exception:  # noqa: BLE001 - see below
                # There is no caller to raise to, and the stream must continue.
                _log.exception("delivery failed; what is not delivered is read from the journal again")
                self._clock.wait(self._stopping, _PAUSE_SECONDS)
            finally:
                pools.end()
                self._finish_messages()

    def _move(self, pipeline: Pipeline) -> None:
        """Move what the journal holds, from its start, until the stream stops. Raises what a stage raises."""
        position, at_end = START, False
        while not self._stopping.is_set():
            position, at_end = self._read(pipeline, position)
            pipeline.work(everything=at_end and (bool(self._flushes) or self._journal.size > _LARGE_JOURNAL_BYTES))
            self._answer_flushes(pipeline, at_end=at_end)
            self._receive(pipeline, wait_for_more=at_end or not pipeline.has_room)

    def _read(self, pipeline: Pipeline, position: Position) -> tuple[Position, bool]:
        """Give the pipeline what it has room for; returns where to continue reading, and whether that is the end."""
        read = 0
        while pipeline.has_room and read < _READ_BYTES:
            records, position = self._journal.read(position)
            if not records:
                return position, True
            read += sum(len(record.data) for record in records)
            pipeline.accept(records)
        return position, False

    def _receive(self, pipeline: Pipeline, *, wait_for_more: bool) -> None:
        """Handle all messages that have arrived; with nothing else to do, wait for one or for a buffer's time."""
        due = pipeline.next_due()
        timeout = None if due is None else max(0.0, due - self._clock.elapsed())
        try:
            if wait_for_more:
                self._inbox.get(timeout=timeout)()
                self._stopping.wait(_ANSWER_FIRST_SECONDS)
            while True:
                self._inbox.get_nowait()()
        except queue.Empty:
            return

    def _answer_flushes(self, pipeline: Pipeline, *, at_end: bool) -> None:
        if self._flushes and at_end and pipeline.is_idle and self._inbox.empty():
            for done in self._flushes:
                done.set()
            self._flushes = []

    def _finish_messages(self) -> None:
        """Handle the last messages of a pipeline that has ended."""
        while True:
            try:
                self._inbox.get_nowait()()
            except queue.Empty:
                return
            except Exception:  # noqa: BLE001 - a pipeline that has ended may fail: another one starts from the journal
                _log.exception("a message to a pipeline that has ended failed")


def _nothing() -> None:
    """Only wakes the thread."""
