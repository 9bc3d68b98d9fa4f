"""The Processors of a ProcessingConfiguration: reads their parameters, and refuses what Firehose refuses.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_ProcessorParameter.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pybase64

from delivery import limits
from local.firehose.configuration.refuse import not_here, refuse
from local.firehose.expressions.query import Query, QueryError
from local.firehose.stages.deaggregate import Deaggregation
from local.protocol import Json

SUPPORTED = ("RecordDeAggregation", "Lambda", "MetadataExtraction", "AppendDelimiterToRecord")
_SUB_RECORD_TYPES = ("JSON", "DELIMITED")
_JQ = "JQ-1.6"
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_FUNCTION_ARN = re.compile(r"arn:[^:]+:lambda:[^:]+:[0-9]{12}:function:[a-zA-Z0-9_-]+(:[a-zA-Z0-9$_-]+)?")


@dataclass(frozen=True)
class LambdaProcessor:
    """The transform function, its buffer and the number of retries."""

    arn: str
    retries: int
    buffer_bytes: int
    buffer_seconds: float


def processors(description: Mapping[str, Any]) -> list[Json]:
    """The processors in force: none unless `Enabled` is true; it defaults to false."""
    processing = description.get("ProcessingConfiguration", {})
    return list(processing.get("Processors", ())) if processing.get("Enabled", False) else []


def check_processors(configured: Sequence[Json]) -> None:
    """Raise InvalidArgumentException for processors that are not supported here, and for invalid parameters."""
    for processor in configured:
        if processor["Type"] not in SUPPORTED:
            not_here(f"Processor type {processor['Type']}", ", ".join(SUPPORTED))
    deaggregation(configured)
    lambda_processor(configured)
    metadata_query(configured)


def deaggregation(configured: Sequence[Json]) -> Deaggregation | None:
    """How records are cut, None if they are not; raises InvalidArgumentException."""
    given = _only(configured, "RecordDeAggregation")
    if given is None:
        return None
    kind = given.get("SubRecordType", "")
    if kind not in _SUB_RECORD_TYPES:
        refuse(f"Processor of type RecordDeAggregation: SubRecordType must be one of {', '.join(_SUB_RECORD_TYPES)}.")
    return Deaggregation(_decoded_delimiter(given) if kind == "DELIMITED" else b"")


def lambda_processor(configured: Sequence[Json]) -> LambdaProcessor | None:
    """The Lambda processor, None if there is none; raises InvalidArgumentException."""
    given = _only(configured, "Lambda")
    if given is None:
        return None
    if "LambdaArn" not in given:
        refuse("Processor of type Lambda must have the parameter LambdaArn.")
    arn = given["LambdaArn"]
    if isinstance(arn, str) and not _FUNCTION_ARN.fullmatch(arn):  # in a template it may be a reference
        refuse(f"Parameter LambdaArn must be the ARN of a function, not '{arn}'.")
    if ("BufferSizeInMBs" in given) != ("BufferIntervalInSeconds" in given):
        refuse("Processor of type Lambda: give both BufferSizeInMBs and BufferIntervalInSeconds, or neither.")
    size = _number(given, "BufferSizeInMBs", limits.LAMBDA_DEFAULT_BUFFER_MIB, limits.LAMBDA_BUFFER_MIB)
    seconds = _number(
        given, "BufferIntervalInSeconds", limits.LAMBDA_DEFAULT_BUFFER_SECONDS, limits.LAMBDA_BUFFER_SECONDS
    )
    return LambdaProcessor(arn, _retries(given), int(size * limits.MIB), seconds)


def metadata_query(configured: Sequence[Json]) -> Query | None:
    """The compiled jq query, None if there is none; raises InvalidArgumentException."""
    given = _only(configured, "MetadataExtraction")
    if given is None:
        return None
    if given.get("JsonParsingEngine") != _JQ:
        refuse(f"Processor of type MetadataExtraction: JsonParsingEngine must be {_JQ}.")
    if "MetadataExtractionQuery" not in given:
        refuse("Processor of type MetadataExtraction must have the parameter MetadataExtractionQuery.")
    try:
        return Query(given["MetadataExtractionQuery"])
    except QueryError as error:
        refuse(f"MetadataExtractionQuery is invalid: {error}.")


def delimiter(configured: Sequence[Json]) -> bytes:
    """What AppendDelimiterToRecord appends to every record; empty without that processor."""
    given = _only(configured, "AppendDelimiterToRecord")
    return b"" if given is None else given.get("Delimiter", "\\n").replace("\\n", "\n").encode()


def with_defaults(processor: Json, role_arn: str) -> Json:
    """A processor as Describe shows it: with defaults for the Lambda processor's parameters."""
    if processor["Type"] != "Lambda":
        return processor
    defaults = {
        "NumberOfRetries": str(limits.LAMBDA_DEFAULT_RETRIES),
        "RoleArn": role_arn,
        "BufferSizeInMBs": f"{limits.LAMBDA_DEFAULT_BUFFER_MIB:g}",
        "BufferIntervalInSeconds": str(limits.LAMBDA_DEFAULT_BUFFER_SECONDS),
    }
    given = _parameters(processor)
    if ("BufferSizeInMBs" in given) != ("BufferIntervalInSeconds" in given):
        return processor
    merged = {**given, **{name: value for name, value in defaults.items() if name not in given}}
    return {**processor, "Parameters": [{"ParameterName": n, "ParameterValue": v} for n, v in merged.items()]}


def _only(configured: Sequence[Json], kind: str) -> dict[str, str] | None:
    """The parameters of the one processor of a type, None if there is none."""
    found = [_parameters(processor) for processor in configured if processor["Type"] == kind]
    if len(found) > 1:
        refuse(f"Processors: at most one processor of type {kind} is allowed.")
    return found[0] if found else None


def _parameters(processor: Mapping[str, Any]) -> dict[str, str]:
    given: dict[str, str] = {}
    for parameter in processor.get("Parameters", ()):
        name = parameter["ParameterName"]
        if name in given:
            refuse(f"Processor of type {processor['Type']} has the parameter {name} twice.")
        given[name] = parameter["ParameterValue"]
    return given


def _decoded_delimiter(given: Mapping[str, str]) -> bytes:
    try:
        decoded = pybase64.b64decode(given.get("Delimiter", ""), validate=True)
    except ValueError:
        decoded = b""
    if not decoded:
        refuse("Processor of type RecordDeAggregation: SubRecordType DELIMITED needs a Delimiter in base64.")
    return decoded


def _number(given: Mapping[str, str], name: str, default: float, bounds: tuple[float, float]) -> float:
    low, high = bounds
    text = given.get(name, f"{default:g}")
    value = float(text) if _NUMBER.fullmatch(text) else float("nan")
    if not low <= value <= high:
        refuse(f"Parameter {name} must be a number from {low:g} to {high:g}, not '{text}'.")
    return value


def _retries(given: Mapping[str, str]) -> int:
    """AWS checks no upper bound: 9 is honoured there."""
    text = given.get("NumberOfRetries", str(limits.LAMBDA_DEFAULT_RETRIES))
    if not (text.isascii() and text.isdecimal()):
        refuse(f"Parameter NumberOfRetries must be a whole number, not '{text}'.")
    return int(text)
