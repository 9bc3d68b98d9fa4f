"""The constraints of Firehose's API model (required, lengths, ranges, patterns, enums), with AWS's error messages.

The model is the one that botocore ships: https://docs.aws.amazon.com/firehose/latest/APIReference/
"""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape

from local.protocol import AwsError, lower_first

_PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "structure": Mapping,
    "map": Mapping,
    "list": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "double": (int, float),
}
_JAVA_CLASSES = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\d",
    r"\p{Z}": r" \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
}
"""Letters, numbers and separators in Python's pattern syntax."""


@functools.cache
def _model() -> ServiceModel:
    return botocore.session.Session().get_service_model("firehose")


def operations() -> frozenset[str]:
    """Every operation that Firehose has on AWS."""
    return frozenset(_model().operation_names)


def without_nulls(value: Any) -> Any:
    """A request's value without the members that are null: in AWS's JSON they count as absent.

    https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
    """
    if isinstance(value, Mapping):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def check_request(operation: str, request: Mapping[str, Any]) -> None:
    """Raise ValidationException if `request` breaks a constraint, SerializationException if a type is wrong.

    It has no members that are null.
    """
    shape = _model().operation_model(operation).input_shape
    refuse(list(_violations(shape, request, "")) if shape is not None else [])


def refuse(violations: list[str]) -> None:
    """Raise AWS's ValidationException that lists `violations`; nothing if there are none."""
    if violations:
        noun = "error" if len(violations) == 1 else "errors"
        raise AwsError("ValidationException", f"{len(violations)} validation {noun} detected: {'; '.join(violations)}")


def violation(value: object, path: str, constraint: str) -> str:
    """One broken constraint in AWS's words."""
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: Member must {constraint}"


def unfit(value: object, wanted: str, path: str) -> AwsError:
    """The SerializationException for a value that is not of the `wanted` type."""
    return AwsError("SerializationException", f"{path}: {type(value).__name__} can not be converted to {wanted}")


def _violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if value is None:  # an item of a list: a member that is null is left out before
        yield violation(None, path, "not be null")
        return
    _check_type(shape, value, path)
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _bounds(shape, value, len(value), "have length", path)
        for number, item in enumerate(value, 1):
            yield from _violations(shape.member, item, f"{path}.{number}.member")
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _violations(shape.value, item, f"{path}.{key}.member")
    elif isinstance(shape, StringShape):
        yield from _bounds(shape, value, len(value), "have length", path)
        yield from _text(shape, value, path)
    elif shape.type_name in ("integer", "long", "double"):
        yield from _bounds(shape, value, value, "have value", path)


def _structure(shape: StructureShape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, member in shape.members.items():
        at = f"{path}.{lower_first(name)}" if path else lower_first(name)
        if name in value:
            yield from _violations(member, value[name], at)
        elif name in shape.required_members:
            yield violation(None, at, "not be null")


def _bounds(shape: Shape, value: object, measure: float, noun: str, path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and measure < low:
        yield violation(value, path, f"{noun} greater than or equal to {low}")
    if high is not None and measure > high:
        yield violation(value, path, f"{noun} less than or equal to {high}")


def _text(shape: StringShape, value: str, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield violation(value, path, f"satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield violation(value, path, f"satisfy regular expression pattern: {pattern}")


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    for java, python in _JAVA_CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern, re.DOTALL)


def _check_type(shape: Shape, value: Any, path: str) -> None:
    wanted = _PYTHON_TYPES.get(shape.type_name)
    is_bool_for_number = isinstance(value, bool) and shape.type_name != "boolean"
    if wanted is not None and (not isinstance(value, wanted) or is_bool_for_number):
        raise unfit(value, shape.type_name, path or "request")
