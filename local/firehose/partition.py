"""Dynamic partitioning: the values of the keys in a stream's prefix, from the transform and from the jq query.

https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html
"""

from collections.abc import Callable

from local.firehose.prefix import Prefix
from local.firehose.query import NotExtractedError, Query, as_text
from local.firehose.records import Item

CODE = "DynamicPartitioning.MetadataExtractionFailed"
NOT_JSON = "Non JSON record provided"
EMPTY = "partitionKeys values must not be null or empty"
EXCEEDED_CODE = "DynamicPartitioning.ActivePartitionLimitExceeded"

Partition = tuple[str, ...]


class NoPartitionError(Exception):
    """A record that belongs to no partition; the text is Firehose's."""


def partitioner(prefix: Prefix, query: Query | None) -> Callable[[Item], Partition]:
    """The function from a record to the values of the prefix's keys, in its order; it raises NoPartitionError."""

    names = [key.argument for key in prefix.keys]

    def from_lambda(item: Item) -> Partition:
        return _complete([item.keys.get(name) for name in names])

    def from_both(item: Item) -> Partition:
        assert query is not None
        try:
            found = query.run(item.data)
        except NotExtractedError as error:
            raise NoPartitionError(NOT_JSON) from error
        given = {"partitionKeyFromLambda": item.keys, "partitionKeyFromQuery": {k: as_text(found[k]) for k in found}}
        return _complete([given[key.namespace].get(key.argument) for key in prefix.keys])

    return from_lambda if query is None else from_both


def _complete(values: list[str | None]) -> Partition:
    usable = tuple(value for value in values if isinstance(value, str) and value)
    if len(usable) != len(values):
        raise NoPartitionError(EMPTY)
    return usable
