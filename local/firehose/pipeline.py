"""One stream's stages in AWS's order: de-aggregation, transform, partition, buffers by partition, output.

Owned by one thread. Only the transform runs elsewhere, on a small pool; its answers come back through `landed`.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from delivery import limits
from local.clock import Clock
from local.firehose.buffer import Buffers
from local.firehose.deaggregate import deaggregate
from local.firehose.invoke import Transform, Transformed
from local.firehose.output import Output
from local.firehose.owed import Owed
from local.firehose.partition import CODE, EXCEEDED_CODE, NoPartitionError, partitioner
from local.firehose.records import Failure, Item, Record
from local.firehose.transform import batches

_log = logging.getLogger(__name__)
Landed = Callable[[Transformed | None], None]


@dataclass(frozen=True)
class Workers:
    """Where the transform runs: a pool, the flag that ends it, and whom to tell of its answers."""

    pool: ThreadPoolExecutor
    stop: threading.Event
    landed: Landed


class Pipeline:
    """Takes records in with `accept` and moves on what is due with `work`."""

    def __init__(self, output: Output, transform: Transform | None, owed: Owed, clock: Clock, workers: Workers) -> None:
        self._destination = destination = output.destination
        self._partition = partitioner(destination.target.prefix, destination.query)
        self._output = output
        self._owed = owed
        self._transform = transform
        self._clock = clock
        self._workers = workers
        self._in_flight = 0
        self._waiting: list[Sequence[Record]] = []
        target, processor, backup = destination.target, destination.transform, destination.backup
        self._incoming: Buffers[Record] = Buffers(
            processor.buffer_bytes if processor else 0, clock.real(processor.buffer_seconds) if processor else 0, _size
        )
        self._outgoing: Buffers[Item] = Buffers(target.buffer_bytes, clock.real(target.buffer_seconds), _size)
        self._failures: Buffers[Failure] = Buffers(target.buffer_bytes, clock.real(target.buffer_seconds), _size)
        self._backup: Buffers[Record] = Buffers(
            backup.buffer_bytes if backup else 0, clock.real(backup.buffer_seconds) if backup else 0, _size
        )

    def accept(self, records: Sequence[Record]) -> None:
        """Take records that were put."""
        now = self._clock.now()
        if self._destination.backup:
            for record in records:
                self._backup.add(record, now)
        records = self._deaggregated(records)
        if self._transform is None:
            self._route([Item(record.sequence, record.arrival_ms, record.data) for record in records])
            return
        for record in records:
            self._incoming.add(record, now)

    def transformed(self, result: Transformed | None) -> None:
        """Take a batch's answer from the pool; None means that the stream is closing."""
        self._in_flight -= 1
        if result is None:
            return
        answer, metrics = result.answer, self._output.metrics
        ended_ms = self._output.now_ms()
        metrics.add(
            SucceedProcessing_Records=len(answer.ok),
            SucceedProcessing_Bytes=sum(len(item.data) for item in answer.ok),
        )
        self._output.done([record.sequence for record in answer.dropped])
        self._fail(
            [
                Failure(r.sequence, r.arrival_ms, r.data, "processing-failed", code, message, result.attempts, ended_ms)
                for r, code, message in answer.failed
            ]
        )
        self._route(answer.ok)

    def work(self, *, everything: bool = False) -> None:
        """Transform and store all that is due; all there is if `everything`. Raises deliver.StoppedError."""
        now = self._clock.now()
        for incoming in self._incoming.take_ready(now, everything=everything):
            self._waiting += batches(incoming.entries)
        self._invoke_waiting()
        for data in self._outgoing.take_ready(now, everything=everything):
            self._output.store_data(data)
        for failed in self._failures.take_ready(now, everything=everything):
            self._output.store_errors(failed.entries)
        if self._destination.backup:
            for copies in self._backup.take_ready(now, everything=everything):
                self._output.store_backup(copies.entries, self._destination.backup)

    def next_due(self) -> float | None:
        """When `work` has something to do next (epoch seconds); None if only new records can bring that about."""
        stages = (self._incoming, self._outgoing, self._failures, self._backup)
        return min((due for stage in stages if (due := stage.next_due()) is not None), default=None)

    def is_idle(self) -> bool:
        """Whether nothing is buffered or under way."""
        stages = (self._incoming, self._outgoing, self._failures, self._backup)
        return not (self._in_flight or self._waiting or any(len(stage) for stage in stages))

    def _invoke_waiting(self) -> None:
        while self._waiting and self._in_flight < limits.LAMBDA_MAX_IN_FLIGHT:
            self._in_flight += 1
            self._workers.pool.submit(self._run, self._waiting.pop(0))

    def _run(self, records: Sequence[Record]) -> None:
        assert self._transform is not None
        result = None
        try:
            result = self._transform.run(records, self._clock, self._workers.stop)
        except Exception:
            _log.exception("a batch was not transformed; its records are tried again when the stream is opened next")
            raise
        finally:
            self._workers.landed(result)

    def _deaggregated(self, records: Sequence[Record]) -> Sequence[Record]:
        how = self._destination.deaggregation
        if how is None:
            return records
        parts: list[Record] = []
        for record in records:
            cut = deaggregate(record, how)
            self._owed.split(record.sequence, len(cut))
            parts += cut
        return parts

    def _route(self, items: Sequence[Item]) -> None:
        now, delimiter = self._clock.now(), self._destination.delimiter
        failures = []
        for item in items:
            try:
                partition = self._partition(item)
            except NoPartitionError as error:
                failures.append(self._output.failure(item, "metadata-extraction-failed", CODE, str(error)))
                continue
            if not self._outgoing.is_open(partition) and len(self._outgoing) >= limits.MAX_ACTIVE_PARTITIONS:
                self._output.metrics.add(PartitionCountExceeded=1)
                message = f"The active partition limit of {limits.MAX_ACTIVE_PARTITIONS} is exceeded"
                failures.append(self._output.failure(item, "activePartitionExceeded", EXCEEDED_CODE, message))
            else:
                whole = Item(item.sequence, item.arrival_ms, item.data + delimiter, item.keys) if delimiter else item
                self._outgoing.add(whole, now, partition)
        self._fail(failures)

    def _fail(self, failures: Sequence[Failure]) -> None:
        for failure in failures:
            self._failures.add(failure, self._clock.now(), (failure.kind,))


def _size(entry: Record | Item | Failure) -> int:
    return len(entry.data)
