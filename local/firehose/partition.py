"""Dynamic partitioning: the values of the keys in a stream's prefix, from the transform and from the jq query.

https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html
"""

from collections.abc import Callable

from delivery import limits
from local.firehose.prefix import Prefix
from local.firehose.query import NotExtractedError, Query, as_text
from local.firehose.records import Item

CODE = "DynamicPartitioning.MetadataExtractionFailed"
NOT_JSON = "Non JSON record provided"
EMPTY = "partitionKeys values must not be null or empty"
TOO_LONG = f"The prefix is longer than {limits.MAX_EVALUATED_PREFIX_CHARS} characters after evaluation"
EXCEEDED_CODE = "DynamicPartitioning.ActivePartitionLimitExceeded"

Partition = tuple[str, ...]


class NoPartitionError(Exception):
    """A record that belongs to no partition; the text is Firehose's."""


def partitioner(prefix: Prefix, query: Query | None) -> Callable[[Item], Partition]:
    """The function from a record to the values of the prefix's keys, in its order; it raises NoPartitionError."""
    room = limits.MAX_EVALUATED_PREFIX_CHARS - prefix.longest()

    def checked(values: list[str | None]) -> Partition:
        partition = _complete(values)
        if sum(map(len, partition)) > room:
            raise NoPartitionError(TOO_LONG)
        return partition

    def from_lambda(item: Item) -> Partition:
        return checked([item.keys.get(key.argument) for key in prefix.keys])

    def from_both(item: Item) -> Partition:
        assert query is not None
        try:
            found = query.run(item.data)
        except NotExtractedError as error:
            raise NoPartitionError(NOT_JSON) from error
        given = {"partitionKeyFromLambda": item.keys, "partitionKeyFromQuery": {k: as_text(found[k]) for k in found}}
        return checked([given[key.namespace].get(key.argument) for key in prefix.keys])

    return from_lambda if query is None else from_both


def _complete(values: list[str | None]) -> Partition:
    usable = tuple(value for value in values if isinstance(value, str) and value)
    if len(usable) != len(values):
        raise NoPartitionError(EMPTY)
    return usable
