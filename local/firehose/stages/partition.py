"""Dynamic partitioning: the values of the keys in a stream's prefix, from the transform and from the jq query.

https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from delivery import limits
from local.firehose.expressions.prefix import Prefix
from local.firehose.expressions.query import NotExtractedError, Query, as_text
from local.firehose.records import Item

CODE = "DynamicPartitioning.MetadataExtractionFailed"
NOT_JSON = "Non JSON record provided"
EMPTY = "partitionKeys values must not be null or empty"
TOO_LONG = f"The prefix is longer than {limits.MAX_EVALUATED_PREFIX_CHARS} characters after evaluation"
EXCEEDED = f"The active partition limit of {limits.MAX_ACTIVE_PARTITIONS} is exceeded"
EXCEEDED_CODE = "DynamicPartitioning.ActivePartitionLimitExceeded"

Partition = tuple[str, ...]


class ActivePartitions:
    """The partitions of a stream from their first buffered record until the last of their objects is stored."""

    def __init__(self) -> None:
        self._buffers: Counter[Partition] = Counter()

    def open(self, partition: Partition) -> bool:
        """Count a buffer of a partition; false if that would exceed the limit of partitions."""
        if partition not in self._buffers and len(self._buffers) >= limits.MAX_ACTIVE_PARTITIONS:
            return False
        self._buffers[partition] += 1
        return True

    def stored(self, partition: Partition) -> None:
        """Count a buffer as done."""
        self._buffers[partition] -= 1
        if not self._buffers[partition]:
            del self._buffers[partition]

    def __len__(self) -> int:
        """How many there are."""
        return len(self._buffers)


@dataclass(frozen=True)
class NoPartition:
    """Why a record belongs to no partition, in Firehose's words."""

    message: str


def partitioner(prefix: Prefix, query: Query | None) -> Callable[[Item], Partition | NoPartition]:
    """The function from a record to the values of the prefix's keys, in its order."""
    keys = [(key.namespace, key.argument) for key in prefix.keys]
    room = limits.MAX_EVALUATED_PREFIX_CHARS - prefix.longest()
    names = [key.argument for key in prefix.keys]

    def from_lambda(item: Item) -> Partition | NoPartition:
        return _checked([item.keys.get(name) for name in names], room)

    def from_both(item: Item) -> Partition | NoPartition:
        assert query is not None
        try:
            found = query.run(item.data)
        except NotExtractedError:
            return NoPartition(NOT_JSON)
        given = {"partitionKeyFromLambda": item.keys, "partitionKeyFromQuery": {k: as_text(found[k]) for k in found}}
        return _checked([given[namespace].get(name) for namespace, name in keys], room)

    return from_lambda if query is None else from_both


def _checked(values: list[str | None], room: int) -> Partition | NoPartition:
    usable = tuple([value for value in values if isinstance(value, str) and value])
    if len(usable) != len(values):
        return NoPartition(EMPTY)
    return usable if len("".join(usable)) <= room else NoPartition(TOO_LONG)
