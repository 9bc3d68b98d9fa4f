"""The part of a contract that says what a row must keep; a row that breaks a check goes to the quarantine."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from schemas.value import Name, Names, Value


class Positive(Value, frozen=True, tag="positive", tag_field="rule"):
    """Every value is above zero."""

    columns: Names


class NotNegative(Value, frozen=True, tag="not_negative", tag_field="rule"):
    """No value is below zero."""

    columns: Names


class OneOf(Value, frozen=True, tag="one_of", tag_field="rule"):
    """The value is one of `values`."""

    column: Name
    values: Annotated[tuple[str, ...], Meta(min_length=1)]


class AtLeast(Value, frozen=True, tag="at_least", tag_field="rule"):
    """The value of `column` is at least that of each of `columns`, e.g. a day's high and its open, low and close."""

    column: Name
    columns: Names


Check = Positive | NotNegative | OneOf | AtLeast


def check_values(checks: Sequence[Check]) -> None:
    """Raise ValueError when rules leave a column no value at all."""
    left: dict[str, set[str]] = {}
    for number, check in enumerate(checks):
        if isinstance(check, OneOf):
            left[check.column] = left.get(check.column, set(check.values)) & set(check.values)
            if not left[check.column]:
                raise ValueError(f"checks[{number}]: none of its values is one that other checks allow")
