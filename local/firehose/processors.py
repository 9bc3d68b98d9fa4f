"""The Processors of a ProcessingConfiguration: their parameters read, and refused where Firehose refuses them.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_ProcessorParameter.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from delivery import limits
from local.protocol import AwsError, Json

SUPPORTED = ("Lambda", "AppendDelimiterToRecord")


@dataclass(frozen=True)
class LambdaProcessor:
    """The transform function, its buffer and how often it is tried again."""

    arn: str
    retries: int
    buffer_bytes: int
    buffer_seconds: float


def processors(description: Mapping[str, Any]) -> list[Json]:
    """The processors in force: none unless `Enabled` is true (left out means false)."""
    processing = description.get("ProcessingConfiguration", {})
    return list(processing.get("Processors", ())) if processing.get("Enabled", False) else []


def lambda_processor(configured: Sequence[Json]) -> LambdaProcessor | None:
    """The Lambda processor, or None; raises InvalidArgumentException if it is not a legal one."""
    lambdas = [processor for processor in configured if processor["Type"] == "Lambda"]
    if not lambdas:
        return None
    if len(lambdas) > 1:
        raise _invalid("Processors: at most one processor of type Lambda is allowed.")
    given = parameters(lambdas[0])
    if "LambdaArn" not in given:
        raise _invalid("Processor of type Lambda must have the parameter LambdaArn.")
    if ("BufferSizeInMBs" in given) != ("BufferIntervalInSeconds" in given):
        raise _invalid("Processor of type Lambda: give both BufferSizeInMBs and BufferIntervalInSeconds, or neither.")
    size = _number(given, "BufferSizeInMBs", limits.LAMBDA_DEFAULT_BUFFER_MIB, limits.LAMBDA_BUFFER_MIB)
    seconds = _number(
        given, "BufferIntervalInSeconds", limits.LAMBDA_DEFAULT_BUFFER_SECONDS, limits.LAMBDA_BUFFER_SECONDS
    )
    retries = _number(given, "NumberOfRetries", limits.LAMBDA_DEFAULT_RETRIES, (0, float("inf")))
    return LambdaProcessor(given["LambdaArn"], int(retries), int(size * limits.MIB), seconds)


def delimiter(configured: Sequence[Json]) -> bytes:
    """What AppendDelimiterToRecord puts behind every record; nothing without that processor."""
    for processor in configured:
        if processor["Type"] == "AppendDelimiterToRecord":
            return parameters(processor).get("Delimiter", "\\n").replace("\\n", "\n").encode()
    return b""


def parameters(processor: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of one processor by name."""
    return {p["ParameterName"]: p["ParameterValue"] for p in processor.get("Parameters", ())}


def check_supported(configured: Sequence[Json]) -> None:
    """Refuse the processors that exist on AWS and not here."""
    for processor in configured:
        if processor["Type"] not in SUPPORTED:
            raise _invalid(
                f"Processor type {processor['Type']} is not available in this local Firehose yet; "
                f"available are {', '.join(SUPPORTED)}. See docs/firehose-conformance.md."
            )


def with_defaults(processor: Json, role_arn: str) -> Json:
    """A processor as Describe echoes it: the Lambda processor's parameters filled in."""
    if processor["Type"] != "Lambda":
        return processor
    defaults = {
        "NumberOfRetries": str(limits.LAMBDA_DEFAULT_RETRIES),
        "RoleArn": role_arn,
        "BufferSizeInMBs": f"{limits.LAMBDA_DEFAULT_BUFFER_MIB:g}",
        "BufferIntervalInSeconds": str(limits.LAMBDA_DEFAULT_BUFFER_SECONDS),
    }
    given = parameters(processor)
    if ("BufferSizeInMBs" in given) != ("BufferIntervalInSeconds" in given):
        return processor
    merged = {**given, **{name: value for name, value in defaults.items() if name not in given}}
    return {**processor, "Parameters": [{"ParameterName": n, "ParameterValue": v} for n, v in merged.items()]}


def _number(given: Mapping[str, str], name: str, default: float, bounds: tuple[float, float]) -> float:
    low, high = bounds
    try:
        value = float(given.get(name, default))
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise _invalid(f"Parameter {name} must be a number from {low:g} to {high:g}, not '{given[name]}'.")
    return value


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidArgumentException", message)
