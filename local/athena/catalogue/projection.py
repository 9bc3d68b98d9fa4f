"""Partition projection: which partition an object belongs to, computed from the table's parameters.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
Objects whose path gives a value outside of a projected range belong to no partition, so no query sees them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from dateutil.relativedelta import relativedelta  # type: ignore[import-untyped]

from local.athena.catalogue.date_patterns import strftime_pattern
from local.athena.catalogue.glue import Table
from local.athena.errors import QueryError
from local.athena.reading.files import folder

_NOW = re.compile(r"NOW(?:\s*([+-])\s*(\d+)\s*(YEARS?|MONTHS?|WEEKS?|DAYS?|HOURS?|MINUTES?|SECONDS?))?", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")
Allows = Callable[[str], bool]


@dataclass(frozen=True)
class Projection:
    """A table's projected partitions. `start` is the location below which all of them are."""

    start: str
    pattern: re.Pattern[str]
    allowed: Mapping[str, Allows]
    injected: frozenset[str]

    def values(self, uri: str) -> Mapping[str, str] | None:
        """The partition of an object by key name; None when the object is in no projected partition."""
        found = self.pattern.match(uri)
        if found is None:
            return None
        values = found.groupdict()
        return values if all(allows(values[name]) for name, allows in self.allowed.items()) else None


def projection_of(table: Table, now: datetime) -> Projection | None:
    """The table's projection, or None when its partitions are registered; raises `QueryError` for wrong parameters."""
    if table.parameters.get("projection.enabled", "").lower() != "true" or not table.partition_keys:
        return None
    names = [key.name for key in table.partition_keys]
    default = folder(table.location) + "".join(f"{name}=${{{name}}}/" for name in names)
    template = folder(table.parameters.get("storage.location.template", default))
    types = {name: _parameter(table, name, "type").lower() for name in names}
    return Projection(
        start=_PLACEHOLDER.split(template)[0].rpartition("/")[0] + "/",
        pattern=_pattern(template, {name: _form(table, name, kind) for name, kind in types.items()}),
        allowed={name: _allows(table, name, kind, now) for name, kind in types.items()},
        injected=frozenset(name for name, kind in types.items() if kind == "injected"),
    )


def _form(table: Table, name: str, kind: str) -> str:
    """What a key's values look like in a path, as a regular expression; dates and enumerated values may have `/`."""
    if kind == "enum":
        values = [value.strip() for value in _parameter(table, name, "values").split(",")]
        return "|".join(map(re.escape, sorted(values, key=len, reverse=True)))
    if kind == "date":
        return "/".join("[^/]*" for _ in _parameter(table, name, "format").split("/"))
    return "[^/]+"


def _pattern(template: str, forms: Mapping[str, str]) -> re.Pattern[str]:
    pieces, seen = [], set()
    for index, piece in enumerate(_PLACEHOLDER.split(template)):
        name = piece.lower()
        if index % 2 == 0:
            pieces.append(re.escape(piece))
        elif name in seen:
            pieces.append(f"(?P={name})")
        else:
            seen.add(name)
            pieces.append(f"(?P<{name}>{forms.get(name, '')})")
    if seen != set(forms):
        raise QueryError(
            "INVALID_TABLE_PROPERTY", f"storage.location.template {template} must name the partition keys {list(forms)}"
        )
    return re.compile("".join(pieces))


def _parameter(table: Table, name: str, setting: str, default: str | None = None) -> str:
    key = f"projection.{name}.{setting}"
    value = table.parameters.get(key, default)
    if value is None:
        raise QueryError("INVALID_TABLE_PROPERTY", f"Table {table.database}.{table.name} is missing the property {key}")
    return value


def _allows(table: Table, name: str, kind: str, now: datetime) -> Allows:
    if kind == "enum":
        values = {value.strip() for value in _parameter(table, name, "values").split(",")}
        return values.__contains__
    if kind == "integer":
        return _integers(table, name)
    if kind == "date":
        return _dates(table, name, now)
    if kind == "injected":
        return bool
    raise QueryError(
        "INVALID_TABLE_PROPERTY", f"projection.{name}.type is '{kind}'; valid are enum, integer, date, injected"
    )


def _integers(table: Table, name: str) -> Allows:
    low, high = (int(bound) for bound in _parameter(table, name, "range").split(","))
    digits = int(_parameter(table, name, "digits", "0"))
    values = range(low, high + 1, int(_parameter(table, name, "interval", "1")))

    def allows(text: str) -> bool:
        return bool(re.fullmatch(r"-?\d+", text)) and int(text) in values and text == f"{int(text):0{digits}d}"

    return allows


def _dates(table: Table, name: str, now: datetime) -> Allows:
    form = strftime_pattern(_parameter(table, name, "format"))
    bounds = (_moment(bound.strip(), form, now) for bound in _parameter(table, name, "range").split(","))
    low, high = (_as_written(bound, form) for bound in bounds)
    step = int(_parameter(table, name, "interval", "1"))
    unit = table.parameters.get(f"projection.{name}.interval.unit", _smallest_unit(table, name)).lower().rstrip("s")
    if unit not in _UNITS:
        raise QueryError(
            "INVALID_TABLE_PROPERTY", f"projection.{name}.interval.unit is '{unit}'; valid are {', '.join(_UNITS)}"
        )

    def allows(text: str) -> bool:
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007 - projected dates have no zone
        except ValueError:
            return False
        return low <= moment <= high and moment.strftime(form) == text and _UNITS[unit](moment, low) % step == 0

    return allows


def _as_written(moment: datetime, form: str) -> datetime:
    """The moment as precise as the format is: with days, all of a range's first day is in it."""
    return datetime.strptime(moment.strftime(form), form)  # noqa: DTZ007


def _smallest_unit(table: Table, name: str) -> str:
    """The interval's unit for formats that end with the day or the month; others have to declare it."""
    letters = set(re.sub("'[^']*'", "", _parameter(table, name, "format"))) & set("MdHhms")
    if "d" in letters and not letters & set("Hhms"):
        return "days"
    if letters == {"M"}:
        return "months"
    return _parameter(table, name, "interval.unit")


def _months(moment: datetime, start: datetime) -> float:
    """Whole months since `start`; a fraction if it is not a whole number of them."""
    months = 12 * (moment.year - start.year) + moment.month - start.month
    return months if start + relativedelta(months=months) == moment else 0.5


def _seconds(size: int) -> Callable[[datetime, datetime], float]:
    return lambda moment, start: (moment - start).total_seconds() / size


_UNITS: Mapping[str, Callable[[datetime, datetime], float]] = {
    "year": lambda moment, start: _months(moment, start) / 12,
    "month": _months,
    "week": _seconds(7 * 86400),
    "day": _seconds(86400),
    "hour": _seconds(3600),
    "minute": _seconds(60),
    "second": _seconds(1),
}
"""How many intervals there are between two moments; a whole number for one that is projected."""


def _moment(bound: str, form: str, now: datetime) -> datetime:
    relative = _NOW.fullmatch(bound)
    if relative is None:
        return datetime.strptime(bound, form)  # noqa: DTZ007
    if relative[1] is None:
        return now
    unit = relative[3].lower().rstrip("s") + "s"
    moved: datetime = now + relativedelta(**{unit: int(f"{relative[1]}{relative[2]}")})
    return moved
