"""The thread of a stream that moves its records on, from the journal to S3. Puts never wait for it."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from delivery import limits
from local.clock import Clock
from local.firehose.deliver import StoppedError
from local.firehose.invoke import Transformed
from local.firehose.pipeline import Pipeline, Workers
from local.firehose.records import Record

_log = logging.getLogger(__name__)
_JOIN_SECONDS = 10.0


@dataclass(frozen=True)
class _Landed:
    result: Transformed | None


@dataclass(frozen=True)
class _Flush:
    done: threading.Event


_Message = Sequence[Record] | _Landed | _Flush | None


class Worker:
    """Runs one pipeline on its own thread from `start` to `stop`."""

    def __init__(
        self, name: str, clock: Clock, stopping: threading.Event, build: Callable[[Workers], Pipeline]
    ) -> None:
        self._clock = clock
        self._stopping = stopping
        self._inbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._pool = ThreadPoolExecutor(limits.LAMBDA_MAX_IN_FLIGHT, thread_name_prefix=f"{name}-transform")
        self._pipeline = build(Workers(self._pool, stopping, lambda result: self._inbox.put(_Landed(result))))
        self._flushes: list[_Flush] = []
        self._thread = threading.Thread(target=self._run, name=f"{name}-delivery", daemon=True)
        self._thread.start()

    def take(self, records: Sequence[Record]) -> None:
        """Hand over records that are in the journal."""
        self._inbox.put(records)

    def flush(self, timeout: float) -> bool:
        """Deliver all that was taken without waiting for hints; false after `timeout` real seconds."""
        flush = _Flush(threading.Event())
        self._inbox.put(flush)
        return flush.done.wait(timeout)

    def stop(self) -> None:
        """End the thread; what is not delivered stays in the journal."""
        self._stopping.set()
        self._inbox.put(None)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._thread.join(_JOIN_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._receive()
                self._pipeline.work(everything=bool(self._flushes))
                self._answer_flushes()
            except StoppedError:
                return
            except Exception:  # noqa: BLE001 - see below
                # Nobody is there to raise to, and the stream must go on; what was in hand is still in the journal.
                _log.exception("delivery failed; its records are delivered when the stream is opened next")

    def _receive(self) -> None:
        """Wait for messages until the pipeline has something to do, and take all that have come."""
        due = self._pipeline.next_due()
        wait = None if due is None or self._flushes else max(0.0, due - self._clock.now())
        try:
            self._handle(self._inbox.get(timeout=wait))
            deadline = time.monotonic() + 0.05
            while time.monotonic() < deadline:
                self._handle(self._inbox.get_nowait())
        except queue.Empty:
            return

    def _handle(self, message: _Message) -> None:
        if isinstance(message, _Landed):
            self._pipeline.transformed(message.result)
        elif isinstance(message, _Flush):
            self._flushes.append(message)
        elif message is not None:
            self._pipeline.accept(message)

    def _answer_flushes(self) -> None:
        if self._flushes and self._pipeline.is_idle() and self._inbox.empty():
            for flush in self._flushes:
                flush.done.set()
            self._flushes = []
