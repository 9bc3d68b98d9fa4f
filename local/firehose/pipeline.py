"""One stream's stages in AWS's order: de-aggregation, transform, partition, buffers by partition, output.

Owned by one thread. Transforming and storing run on small thread pools; their results come back through `post`.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from delivery import limits
from local.clock import Clock
from local.firehose.monitoring.status import Holds
from local.firehose.owed import Owed
from local.firehose.pools import Message, Pools
from local.firehose.records import Failure, Item, Record
from local.firehose.stages.buffer import ENTRY_BYTES, Buffer, Buffers, Entry
from local.firehose.stages.deaggregate import deaggregate
from local.firehose.stages.deliver import StoppedError
from local.firehose.stages.invoke import Transform, Transformed
from local.firehose.stages.output import Output
from local.firehose.stages.partition import (
    CODE,
    EXCEEDED,
    EXCEEDED_CODE,
    ActivePartitions,
    NoPartition,
    Partition,
    partitioner,
)
from local.firehose.stages.transform import batches

_SPARE_BYTES = 32 * limits.MIB
"""Memory, beyond one full buffer, for what is being transformed or stored."""


class Pipeline:
    """Takes records with `accept` while it has room, and moves what is due with `work`."""

    def __init__(self, output: Output, transform: Transform | None, owed: Owed, clock: Clock, pools: Pools) -> None:
        self._destination = destination = output.destination
        self._partition = partitioner(destination.target.prefix, destination.query)
        self._active = ActivePartitions()
        self._output = output
        self._owed = owed
        self._transform = transform
        self._clock = clock
        self._pools = pools
        self._invoking = 0
        self._storing = 0
        self._taken_bytes = 0
        """Memory of what is running on the pools or waiting for them."""
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
        self._most_bytes = _SPARE_BYTES + target.buffer_bytes + (backup.buffer_bytes if backup else 0)

    def accept(self, records: Sequence[Record]) -> None:
        """Take records that were put."""
        now = self._clock.elapsed()
        if self._destination.backup:
            for record in records:
                self._backup.add(record, now)
        records = self._deaggregated(records)
        if self._transform is None:
            self._route([Item(record.sequence, record.arrival_ms, record.data) for record in records])
            return
        for record in records:
            self._incoming.add(record, now)

    def work(self, *, everything: bool = False) -> None:
        """Hand everything due to the pools, or everything if `everything`. Without room, the largest buffer is due."""
        if not (self.has_room or self._invoking or self._storing or self._waiting):
            max(self._stages, key=lambda stage: stage.memory).hurry()
        now = self._clock.elapsed()
        for incoming in self._incoming.take_ready(now, everything=everything):
            self._taken_bytes += _memory(incoming.entries)
            self._waiting += batches(incoming.entries)
        self._invoke_waiting()
        output = self._output
        for data in self._outgoing.take_ready(now, everything=everything):
            self._store(data, output.store_data, self._active.stored)
        for failed in self._failures.take_ready(now, everything=everything):
            self._store(failed, lambda buffer: output.store_errors(buffer.entries))
        for copies in self._backup.take_ready(now, everything=everything):
            self._store(copies, lambda buffer: output.store_backup(buffer.entries))

    def next_due(self) -> float | None:
        """When `work` next has something to do (Clock.elapsed); None until new records or results arrive."""
        return min((due for stage in self._stages if (due := stage.next_due()) is not None), default=None)

    @property
    def has_room(self) -> bool:
        """Whether it takes more records: what it holds in memory is bounded."""
        return self._taken_bytes + sum(stage.memory for stage in self._stages) < self._most_bytes

    @property
    def is_idle(self) -> bool:
        """Whether nothing is buffered or in progress."""
        return not (self._invoking or self._storing or self._waiting or any(len(stage) for stage in self._stages))

    @property
    def holds(self) -> Holds:
        """What it holds; callable from any thread."""
        return Holds(
            transform=self._incoming.held,
            destination=self._outgoing.held,
            errors=self._failures.held,
            backup=self._backup.held,
            invocations=self._invoking,
            stores=self._storing,
            partitions=len(self._active) if self._destination.partitioning_retry_seconds is not None else 0,
        )

    @property
    def _stages(self) -> tuple[Buffers[Any], ...]:
        return self._incoming, self._outgoing, self._failures, self._backup

    def _invoke_waiting(self) -> None:
        while self._waiting and self._invoking < limits.LAMBDA_MAX_IN_FLIGHT:
            self._invoking += 1
            batch = self._waiting.pop(0)
            self._pools.transform(partial(self._invoke, batch))

    def _invoke(self, batch: Sequence[Record]) -> Message | None:
        assert self._transform is not None
        result = self._transform.run(batch, self._clock, self._pools.stop)
        return None if result is None else lambda: self._transformed(batch, result)

    def _transformed(self, batch: Sequence[Record], result: Transformed) -> None:
        self._invoking -= 1
        self._taken_bytes -= _memory(batch)
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

    def _store(
        self,
        buffer: Buffer[Entry],
        store: Callable[[Buffer[Entry]], None],
        stored: Callable[[tuple[str, ...]], None] = lambda _: None,
    ) -> None:
        self._storing += 1
        self._taken_bytes += buffer.memory

        def run() -> Message | None:
            try:
                store(buffer)
            except StoppedError:
                return None
            return done

        def done() -> None:
            self._storing -= 1
            self._taken_bytes -= buffer.memory
            stored(buffer.key)

        self._pools.store(run)

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
        now, delimiter = self._clock.elapsed(), self._destination.delimiter
        failures = []
        for item, partition in self._partitioned(items):
            if isinstance(partition, NoPartition):
                failures.append(self._output.failure(item, "metadata-extraction-failed", CODE, partition.message))
            elif self._outgoing.is_open(partition) or self._active.open(partition):
                whole = Item(item.sequence, item.arrival_ms, item.data + delimiter, item.keys) if delimiter else item
                self._outgoing.add(whole, now, partition)
            else:
                self._output.metrics.add(PartitionCountExceeded=1)
                failures.append(self._output.failure(item, "activePartitionExceeded", EXCEEDED_CODE, EXCEEDED))
        self._fail(failures)

    def _partitioned(self, items: Sequence[Item]) -> list[tuple[Item, Partition | NoPartition]]:
        if self._destination.query is None:
            return [(item, self._partition(item)) for item in items]
        with self._output.metrics.timed("JQProcessing.Duration"):
            return [(item, self._partition(item)) for item in items]

    def _fail(self, failures: Sequence[Failure]) -> None:
        for failure in failures:
            self._failures.add(failure, self._clock.elapsed(), (failure.kind,))


def _size(entry: Record | Item | Failure) -> int:
    return len(entry.data)


def _memory(records: Sequence[Record]) -> int:
    return sum(len(record.data) for record in records) + len(records) * ENTRY_BYTES
