"""S3 prefixes: what their expressions mean, and the name of an object.

https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, cast, get_args

from local.firehose.expressions.java_time import check_pattern, format_time

Namespace = Literal["timestamp", "firehose", "partitionKeyFromQuery", "partitionKeyFromLambda"]
KEY_NAMESPACES = ("partitionKeyFromQuery", "partitionKeyFromLambda")
DEFAULT_TIME = "!{timestamp:yyyy/MM/dd/HH/}"
ERROR_TYPE = "error-output-type"
RANDOM_STRING = "random-string"

_LONG_MOMENT = datetime(2026, 9, 30, 23, 59, 59, 999_999, UTC)
"""A Wednesday in September: nothing has a longer name."""
_LONG_STRING = "x" * 11
_LONG_ERROR_TYPE = "metadata-extraction-failed"
_EXPRESSION = re.compile(r"!\{([^{}:]*):([^{}]*)\}")


@dataclass(frozen=True)
class Expression:
    """One `!{namespace:argument}`."""

    namespace: Namespace
    argument: str


@dataclass(frozen=True)
class Surroundings:
    """What expressions are evaluated with: `instant` is the arrival of the object's oldest record, zoned."""

    instant: datetime
    random_string: Callable[[], str]
    error_type: str = ""
    keys: Mapping[Expression, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Prefix:
    """A parsed prefix: literal text and expressions, in order."""

    parts: tuple[str | Expression, ...]

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The expressions alone."""
        return tuple(part for part in self.parts if isinstance(part, Expression))

    @property
    def keys(self) -> tuple[Expression, ...]:
        """The partition keys alone."""
        return tuple(expression for expression in self.expressions if expression.namespace in KEY_NAMESPACES)

    def longest(self) -> int:
        """How many characters it can have when evaluated with empty partition keys."""
        keys = dict.fromkeys(self.keys, "")
        return len(self.evaluate(Surroundings(_LONG_MOMENT, lambda: _LONG_STRING, _LONG_ERROR_TYPE, keys)))

    def evaluate(self, surroundings: Surroundings) -> str:
        """The prefix of one object; raises KeyError if a partition key is not in `surroundings`."""
        return "".join(part if isinstance(part, str) else _value(part, surroundings) for part in self.parts)


def parse_prefix(text: str) -> Prefix:
    """Read a prefix; raises ValueError that names what is wrong with it."""
    parts: list[str | Expression] = []
    position = 0
    for match in _EXPRESSION.finditer(text):
        parts.append(_literal(text[position : match.start()], text))
        parts.append(_expression(match.group(1), match.group(2)))
        position = match.end()
    parts.append(_literal(text[position:], text))
    return Prefix(tuple(part for part in parts if part))


def data_prefix(text: str) -> Prefix:
    """The prefix of data objects; the time is appended, without a separator, if there are no expressions."""
    prefix = parse_prefix(text)
    return prefix if prefix.expressions else parse_prefix(text + DEFAULT_TIME)


def error_prefix(text: str, data_text: str) -> Prefix:
    """The prefix of error objects: without expressions, the kind of failure and the time follow it (or the data's)."""
    prefix = parse_prefix(text or data_text)
    if text and prefix.expressions:
        return prefix
    return parse_prefix(f"{text or data_text}!{{firehose:{ERROR_TYPE}}}/{DEFAULT_TIME}")


def object_name(stream: str, version: int, instant: datetime, unique: str) -> str:
    """What follows the prefix: `<stream>-<version>-<yyyy>-<MM>-<dd>-<HH>-<mm>-<ss>-<unique>`."""
    return f"{stream}-{version}-{instant:%Y-%m-%d-%H-%M-%S}-{unique}"


def _literal(text: str, whole: str) -> str:
    if "!{" in text:
        raise ValueError(f"'!{{' in {whole!r} does not start an expression of the form !{{namespace:argument}}")
    return text


def _expression(namespace: str, argument: str) -> Expression:
    if namespace not in get_args(Namespace):
        raise ValueError(f"namespace {namespace!r} is not one of {', '.join(get_args(Namespace))}")
    if namespace == "timestamp":
        check_pattern(argument)
    if namespace == "firehose" and argument not in (ERROR_TYPE, RANDOM_STRING):
        raise ValueError(f"firehose:{argument} is not one of firehose:{ERROR_TYPE}, firehose:{RANDOM_STRING}")
    if not argument:
        raise ValueError(f"!{{{namespace}:}} has no argument")
    return Expression(cast("Namespace", namespace), argument)


def _value(expression: Expression, surroundings: Surroundings) -> str:
    if expression.namespace == "timestamp":
        return format_time(expression.argument, surroundings.instant)
    if expression.namespace == "firehose":
        return surroundings.random_string() if expression.argument == RANDOM_STRING else surroundings.error_type
    return surroundings.keys[expression]
