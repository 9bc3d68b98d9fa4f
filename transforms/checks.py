"""The contract's rules between and about values: as Python source for clean records, as reasons for the others."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, assert_never

from schemas.contract import AtLeast, Check, Contract, NotNegative, OneOf, Positive


class Broken(NamedTuple):
    """Why a row cannot land: the rule it broke and, in words, where, by which value and what would be right."""

    rule: str
    reason: str


def condition(contract: Contract, expression: Callable[[str], str]) -> str:
    """Python source that is true of a row that keeps every rule between columns.

    `expression` gives the source for a column's value, by name. Rules of single columns are in the decoder's types.
    """
    return " and ".join(
        _at_least(contract, expression, check.column, other)
        for check in contract.checks
        if isinstance(check, AtLeast)
        for other in check.columns
    )


def first_broken(contract: Contract, row: Mapping[str, Any]) -> Broken | None:
    """The first rule that `row` (typed values by column name, None where there is none) breaks."""
    return next((found for check in contract.checks if (found := _broken(check, row))), None)


def _at_least(contract: Contract, expression: Callable[[str], str], high: str, low: str) -> str:
    values = {name: expression(name) for name in (high, low)}
    test = f"{values[high]} >= {values[low]}"
    optional = [values[name] for name in values if not contract.is_required(contract.column(name))]
    return f"({' or '.join([*(f'{value} is None' for value in optional), test])})"


def _broken(check: Check, row: Mapping[str, Any]) -> Broken | None:
    match check:
        case Positive(columns):
            return _first(row, columns, lambda value: value > 0, "positive", "a number above 0")
        case NotNegative(columns):
            return _first(row, columns, lambda value: value >= 0, "not_negative", "0 or more")
        case OneOf(column, values):
            return _first(row, (column,), lambda value: value in values, "one_of", f"one of {', '.join(values)}")
        case AtLeast(column, columns):
            if (highest := row[column]) is None:
                return None
            for name in columns:
                if row[name] is not None and highest < row[name]:
                    reason = f"{column} is {highest!r} and {name} is {row[name]!r}; {column} must be at least {name}"
                    return Broken("at_least", reason)
            return None
        case _:
            assert_never(check)


def _first(
    row: Mapping[str, Any], columns: tuple[str, ...], keeps: Callable[[Any], bool], rule: str, valid: str
) -> Broken | None:
    for name in columns:
        if row[name] is not None and not keeps(row[name]):
            return Broken(rule, f"{name} is {row[name]!r}; valid: {valid}")
    return None
