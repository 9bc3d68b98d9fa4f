"""Partition keys from the transform, for dynamic partitioning.

https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html
"""

from local.firehose.prefix import Prefix
from local.firehose.records import Item

CODE = "DynamicPartitioning.MetadataExtractionFailed"
MESSAGE = "partitionKeys values must not be null or empty"
EXCEEDED_CODE = "DynamicPartitioning.ActivePartitionLimitExceeded"


def partition_of(item: Item, prefix: Prefix) -> tuple[str, ...] | None:
    """The values of the prefix's partition keys, in its order; None if one is missing, empty or no text."""
    values = tuple(item.keys.get(key) for key in prefix.lambda_keys)
    usable = tuple(value for value in values if isinstance(value, str) and value)
    return usable if len(usable) == len(values) else None
