"""Prefixes that Firehose refuses, and partition keys that do not match their source.

https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from delivery import limits
from local.firehose.configuration.processors import metadata_query, processors
from local.firehose.configuration.refuse import refuse
from local.firehose.expressions.prefix import ERROR_TYPE, Prefix, data_prefix, error_prefix, parse_prefix

_SOURCES = {"partitionKeyFromLambda": "Lambda", "partitionKeyFromQuery": "MetadataExtraction"}


def check_prefixes(description: Mapping[str, Any]) -> None:
    """Refuse expressions that are invalid or not allowed there, and prefixes that are too long."""
    data_text, error_text = description.get("Prefix", ""), description.get("ErrorOutputPrefix", "")
    data, errors = _parse("Prefix", data_text), _parse("ErrorOutputPrefix", error_text)
    _check_length("Prefix", data_prefix(data_text))
    if error_text:
        _check_length("ErrorOutputPrefix", error_prefix(error_text, data_text))
    if data.expressions and not error_text:
        refuse("ErrorOutputPrefix cannot be null or empty when Prefix contains expressions.")
    if any(expression.argument == ERROR_TYPE for expression in data.expressions):
        refuse(f"Prefix cannot contain the expression !{{firehose:{ERROR_TYPE}}}.")
    if errors.expressions and not any(expression.argument == ERROR_TYPE for expression in errors.expressions):
        refuse(f"ErrorOutputPrefix must contain the expression !{{firehose:{ERROR_TYPE}}} at least once.")
    if errors.keys:
        refuse("ErrorOutputPrefix cannot contain partition keys.")


def _check_length(name: str, prefix: Prefix) -> None:
    length, most = prefix.longest(), limits.MAX_EVALUATED_PREFIX_CHARS
    if length > most:
        refuse(f"{name} is {length} characters long after evaluation and may have {most}.")


def check_keys(description: Mapping[str, Any]) -> None:
    """Refuse a prefix without partition keys, and keys that are undefined or unused."""
    keys = _parse("Prefix", description.get("Prefix", "")).keys
    if not keys:
        refuse(
            "Prefix must contain partition keys (!{partitionKeyFromQuery:...} or !{partitionKeyFromLambda:...}) "
            "when Dynamic Partitioning is enabled."
        )
    kinds = {processor["Type"] for processor in processors(description)}
    for key in keys:
        if _SOURCES[key.namespace] not in kinds:
            refuse(
                f"Prefix contains !{{{key.namespace}:{key.argument}}}, "
                f"which needs a processor of type {_SOURCES[key.namespace]}."
            )
    query = metadata_query(processors(description))
    made = set(query.keys) if query else set()
    used = {key.argument for key in keys if key.namespace == "partitionKeyFromQuery"}
    if used - made:
        refuse(f"Prefix contains partition keys that MetadataExtractionQuery does not make: {_listed(used - made)}.")
    if made - used:
        refuse(f"Prefix must contain every key of MetadataExtractionQuery; it lacks {_listed(made - used)}.")


def check_no_keys(description: Mapping[str, Any]) -> None:
    """Refuse partition keys, and the processors that only serve them, where dynamic partitioning is not enabled."""
    if _parse("Prefix", description.get("Prefix", "")).keys:
        refuse("Prefix cannot contain partition keys when Dynamic Partitioning is not enabled.")
    for processor in processors(description):
        if processor["Type"] in ("MetadataExtraction", "RecordDeAggregation"):
            refuse(f"Processor of type {processor['Type']} can only be used when Dynamic Partitioning is enabled.")


def _listed(names: AbstractSet[str]) -> str:
    return ", ".join(sorted(names))


def _parse(name: str, text: str) -> Prefix:
    try:
        return parse_prefix(text)
    except ValueError as error:
        refuse(f"{name} is invalid: {error}.")
