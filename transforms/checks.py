"""The contract's rules between and about values: as Python source for clean records, as reasons for the others."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, assert_never

from schemas.checks import AtLeast, Check, NotNegative, OneOf, Positive
from schemas.contract import Contract


class Broken(NamedTuple):
    """Why a row cannot land: the rule it broke and, in words, where, by which value and what would be right.

    `column` is the one that is to blame, if it is one.
    """

    rule: str
    reason: str
    column: str | None = None


def condition(contract: Contract, expression: Callable[[str], str]) -> str:
    """Python source that is true of a row that keeps every rule which the decoder's types cannot say.

    `expression` gives the source for a column's landing value, by name; the source uses the names in `allowed_values`
    and `Decimal`.
    """
    tests = []
    for number, check in enumerate(contract.checks):
        match check:
            case OneOf(column) if not contract.is_required(contract.column(column)):
                tests.append(f"({expression(column)} is None or {expression(column)} in allowed_{number})")
            case AtLeast(column, columns):
                tests += [_compared(contract, expression, [column, other], "{} >= {}") for other in columns]
            case Positive(columns) | NotNegative(columns):
                sign = "{} > 0" if isinstance(check, Positive) else "{} >= 0"
                decimals = [name for name in columns if contract.column(name).type == "decimal"]
                tests += [_compared(contract, expression, [name], sign) for name in decimals]
    return " and ".join(tests)


def allowed_values(contract: Contract) -> dict[str, frozenset[str]]:
    """What the names `allowed_<number of the check>` in a condition stand for."""
    checks = enumerate(contract.checks)
    return {f"allowed_{number}": frozenset(check.values) for number, check in checks if isinstance(check, OneOf)}


def first_broken(contract: Contract, row: Mapping[str, Any]) -> Broken | None:
    """The first rule that `row` (landing values by column name, None for a null) breaks."""
    return next((found for check in contract.checks if (found := _broken(check, row))), None)


def _compared(contract: Contract, expression: Callable[[str], str], names: Sequence[str], test: str) -> str:
    columns = [contract.column(name) for name in names]
    missing = [f"{expression(column.name)} is None" for column in columns if not contract.is_required(column)]
    landing = [(column.type, expression(column.name)) for column in columns]
    numbers = [f"Decimal({value})" if type_ == "decimal" else value for type_, value in landing]
    return f"({' or '.join([*missing, test.format(*numbers)])})"


def _broken(check: Check, row: Mapping[str, Any]) -> Broken | None:
    match check:
        case Positive(columns):
            return _first(row, columns, lambda value: _number(value) > 0, "positive", "a number above 0")
        case NotNegative(columns):
            return _first(row, columns, lambda value: _number(value) >= 0, "not_negative", "0 or more")
        case OneOf(column, values):
            return _first(row, (column,), lambda value: value in values, "one_of", f"one of {', '.join(values)}")
        case AtLeast(column, columns):
            if (highest := row[column]) is None:
                return None
            for name in columns:
                if row[name] is not None and _number(highest) < _number(row[name]):
                    reason = f"{column} is {highest!r} and {name} is {row[name]!r}; {column} must be at least {name}"
                    return Broken("at_least", reason, check.column)
            return None
        case _:
            assert_never(check)


def _number(value: Any) -> Any:
    """Of a number as it lands: decimals are text."""
    return Decimal(value) if isinstance(value, str) else value


def _first(
    row: Mapping[str, Any], columns: tuple[str, ...], keeps: Callable[[Any], bool], rule: str, valid: str
) -> Broken | None:
    for name in columns:
        if row[name] is not None and not keeps(row[name]):
            return Broken(rule, f"{name} is {row[name]!r}; valid: {valid}", name)
    return None
