"""https://trino.io/docs/current/functions/datetime.html"""

import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlglot import exp

from local.athena.errors import QueryError
from local.athena.trino.functions.failing import invalid
from local.athena.trino.functions.iso8601 import from_iso8601_date, from_iso8601_timestamp
from local.athena.trino.functions.zones import local_moment, zone_name, zone_of, zoned_parts
from local.athena.trino.signatures import Call, Function, Native, Returns, same_type, scalar
from local.athena.trino.types import (
    BIGINT,
    DATE,
    DAY_TO_SECOND,
    DOUBLE,
    TIMESTAMP,
    VARCHAR,
    YEAR_TO_MONTH,
    ZONED,
    Type,
)

_MOMENT, _ZONED, _TIME = Type("timestamp"), Type("timestamp with time zone"), Type("time")
_TIMES = (DATE, _MOMENT, _ZONED)
_CLOCK = ("millisecond", "second", "minute", "hour")
_CALENDAR = ("day", "week", "month", "quarter", "year")
_MICROS = {"millisecond": 1000, "second": 1_000_000, "minute": 60_000_000, "hour": 3_600_000_000}
_DAYS, _MONTHS = {"day": 1, "week": 7}, {"month": 1, "quarter": 3, "year": 12}


def _unit(call: Call, kind: Type) -> str:
    """The unit that is written; raises `QueryError` for another than such values have."""
    node = call.nodes[0]
    if not isinstance(node, exp.Literal):
        raise QueryError("NOT_SUPPORTED", f"{call.place}: The unit of {call.name} must be written as a text here")
    unit = node.name.lower()
    units = {"date": _CALENDAR, "time": _CLOCK}.get(kind.name, (*_CLOCK, *_CALENDAR))
    if unit not in units:
        shown = {"date": "DATE", "time": "TIME"}.get(kind.name, "Timestamp")
        raise QueryError("INVALID_FUNCTION_ARGUMENT", f"{call.place}: '{unit}' is not a valid {shown} field")
    return unit


def _last(call: Call) -> Type:
    return call.arguments[-1].type


def _truncated(call: Call) -> str:
    value = call.arguments[1]
    unit = _unit(call, value.type)
    if value.type.name == "date":
        return f"CAST(date_trunc('{unit}', {value.sql}) AS DATE)"
    if value.type.name == "time":
        return f"time_truncated({value.sql}, {_MICROS[unit]})"
    if value.type.name == "timestamp":
        return f"CAST(date_trunc('{unit}', {value.sql}) AS TIMESTAMP)"
    local = f"CAST(date_trunc('{unit}', local_time({value.sql})) AS TIMESTAMP)"
    return f"zoned(to_utc({local}, zone_id({value.sql})), zone_id({value.sql}))"


def _added(call: Call) -> str:
    count, value = call.arguments[1].sql, call.arguments[2]
    unit = _unit(call, value.type)
    if unit in _CLOCK:
        step = f"to_microseconds({count} * {_MICROS[unit]})"
    elif unit in _DAYS:
        step = f"to_days(CAST({count} * {_DAYS[unit]} AS INTEGER))"
    else:
        step = f"to_months(CAST({count} * {_MONTHS[unit]} AS INTEGER))"
    if value.type.name != "timestamp with time zone":
        return f"CAST({value.sql} + {step} AS {value.type.engine})"
    zone = f"zone_id({value.sql})"
    if unit in _CLOCK:
        return f"zoned(instant({value.sql}) + {step}, {zone})"
    return f"zoned(to_utc(local_time({value.sql}) + {step}, {zone}), {zone})"


def _difference(call: Call) -> str:
    """Whole units between two times: days and more on the clocks of the first one's zone, of microseconds on UTC's."""
    one, other = call.arguments[1:]
    unit = _unit(call, one.type)
    if one.type.name != "timestamp with time zone":
        return f"date_sub('{unit}', {one.sql}, {other.sql})"
    start, end = f"instant({one.sql})", f"instant({other.sql})"
    if unit in _CALENDAR and max(one.type.precision, other.type.precision) <= ZONED.precision:
        start, end = f"local_time({one.sql})", f"local_time(zoned({end}, zone_id({one.sql})))"
    return f"date_sub('{unit}', {start}, {end})"


def _fields(names: str, sql: str, kinds: tuple[Type, ...]) -> list[Function]:
    """A part of a time under each of its names; `sql` takes a local time."""
    local = {"timestamp with time zone": sql.replace("{0}", "local_time({0})")}
    return [scalar(name, [kind], BIGINT, local.get(kind.name, sql)) for name in names.split() for kind in kinds]


def _intervals() -> list[Function]:
    sizes = (("day", 86_400_000, None), ("hour", 3_600_000, 24), ("minute", 60_000, 60), ("second", 1000, 60))
    parts = [
        scalar(name, [DAY_TO_SECOND], BIGINT, f"({{0}} // {size})" + (f" % {most}" if most else ""))
        for name, size, most in (*sizes, ("millisecond", 1, 1000))
    ]
    return [
        *parts,
        scalar("year", [YEAR_TO_MONTH], BIGINT, "({0} // 12)"),
        scalar("month", [YEAR_TO_MONTH], BIGINT, "({0} % 12)"),
    ]


def _now(kind: str) -> Any:
    templates = {"date": "CAST({} AS DATE)", "timestamp": "{}", "zoned": "zoned({}, 'UTC')", "time": "CAST({} AS TIME)"}
    return lambda call: templates[kind].format(call.now)


def _digits(name: str) -> Returns:
    return lambda call: Type(name, (int(call.nodes[0].name),))


FUNCTIONS: tuple[Function, ...] = (
    scalar("current_date", [], DATE, _now("date")),
    scalar("current_timestamp", [], ZONED, _now("zoned")),
    scalar("current_timestamp", [BIGINT], _digits("timestamp with time zone"), _now("zoned")),
    scalar("now", [], ZONED, _now("zoned")),
    scalar("localtimestamp", [], TIMESTAMP, _now("timestamp")),
    scalar("localtimestamp", [BIGINT], _digits("timestamp"), _now("timestamp")),
    scalar("localtime", [], Type("time", (3,)), _now("time")),
    scalar("current_timezone", [], VARCHAR, "'UTC'"),
    scalar("date", [DATE], DATE, "{0}"),
    scalar("date", [_MOMENT], DATE, "CAST({0} AS DATE)"),
    scalar("date", [_ZONED], DATE, "CAST(local_time({0}) AS DATE)"),
    scalar("date", [VARCHAR], DATE, "text_as_date({0})"),
    scalar("last_day_of_month", [DATE], DATE, "last_day({0})"),
    scalar("last_day_of_month", [_MOMENT], DATE, "last_day({0})"),
    scalar("last_day_of_month", [_ZONED], DATE, "last_day(local_time({0}))"),
    scalar("from_iso8601_timestamp", [VARCHAR], ZONED, "trino_from_iso8601_timestamp({0})"),
    scalar("from_iso8601_date", [VARCHAR], DATE, "trino_from_iso8601_date({0})"),
    scalar("at_timezone", [_ZONED, VARCHAR], same_type, "zoned(instant({0}), trino_zone({1}))"),
    scalar("with_timezone", [_MOMENT, VARCHAR], lambda call: Type(ZONED.name, call.arguments[0].type.parameters),
           "zoned(to_utc({0}, trino_zone({1})), trino_zone({1}))"),
    scalar("from_unixtime", [DOUBLE], ZONED, "zoned(from_seconds({0}), 'UTC')"),
    scalar("from_unixtime", [DOUBLE, VARCHAR], ZONED, "zoned(from_seconds({0}), trino_zone({1}))"),
    scalar("from_unixtime", [DOUBLE, BIGINT, BIGINT], ZONED, "zoned(from_seconds({0}), trino_offset({1}, {2}))"),
    scalar("to_iso8601", [DATE], VARCHAR, "CAST({0} AS VARCHAR)"),
    scalar("to_iso8601", [_MOMENT], VARCHAR, lambda call: _iso(call)),
    scalar("to_iso8601", [_ZONED], VARCHAR, lambda call: _iso(call)),
    scalar("to_milliseconds", [DAY_TO_SECOND], BIGINT, "{0}"),
    scalar("to_unixtime", [_MOMENT], DOUBLE, "epoch({0})"),
    scalar("to_unixtime", [_ZONED], DOUBLE, "epoch(instant({0}))"),
    *(scalar("date_trunc", [VARCHAR, kind], _last, _truncated) for kind in (*_TIMES, _TIME)),
    *(scalar("date_add", [VARCHAR, BIGINT, kind], _last, _added) for kind in (*_TIMES, _TIME)),
    *(scalar("date_diff", [VARCHAR, kind, kind], BIGINT, _difference) for kind in (*_TIMES, _TIME)),
    scalar("parse_duration", [VARCHAR], DAY_TO_SECOND, "trino_parse_duration({0})"),
    scalar("human_readable_seconds", [DOUBLE], VARCHAR, "trino_human_readable_seconds({0})"),
    *_fields("day day_of_month", "day({0})", _TIMES),
    *_fields("day_of_week dow", "isodow({0})", _TIMES),
    *_fields("day_of_year doy", "dayofyear({0})", _TIMES),
    *_fields("month", "month({0})", _TIMES),
    *_fields("quarter", "quarter({0})", _TIMES),
    *_fields("week week_of_year", "week({0})", _TIMES),
    *_fields("year", "year({0})", _TIMES),
    *_fields("year_of_week yow", "isoyear({0})", _TIMES),
    *_fields("hour", "hour({0})", (_MOMENT, _ZONED, _TIME)),
    *_fields("minute", "minute({0})", (_MOMENT, _ZONED, _TIME)),
    *_fields("second", "second({0})", (_MOMENT, _ZONED, _TIME)),
    *_fields("millisecond", "(millisecond({0}) % 1000)", (_MOMENT, _ZONED, _TIME)),
    scalar("timezone_hour", [_ZONED], BIGINT, "(zone_minutes({0}) // 60)"),
    scalar("timezone_minute", [_ZONED], BIGINT, "(zone_minutes({0}) % 60)"),
    scalar("timezone", [_ZONED], VARCHAR, "zone_id({0})"),
    *_intervals(),
)  # fmt: skip


def _iso(call: Call) -> str:
    value = call.arguments[0]
    digits = value.type.precision
    if value.type.name == "timestamp":
        return f"replace(timestamp_text({value.sql}, {digits}), ' ', 'T')"
    return f"replace(timestamp_text(local_time({value.sql}), {digits}), ' ', 'T') || trino_iso_offset({value.sql})"


Moment = dict[str, Any]
_BEYOND_MICROSECONDS = re.compile(r"(?<=\.\d{6})\d+")
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*")
_DURATIONS = {"ns": "1e-6", "us": "1e-3", "ms": "1", "s": "1e3", "m": "6e4", "h": "36e5", "d": "864e5"}


def zone(name: str) -> str:
    """The name of a zone that exists; raises `TrinoError`."""
    try:
        zone_of(name)
    except ValueError as error:
        raise invalid(str(error)) from None
    return zone_name(name)


def offset(hours: int, minutes: int) -> str:
    whole, rest = divmod(abs(hours) * 60 + abs(minutes), 60)
    return zone_name(f"{'-' if hours < 0 or minutes < 0 else '+'}{whole:02d}:{rest:02d}")


def iso_offset(value: Moment) -> str:
    shown = local_moment(value).isoformat()[-6:]
    return "Z" if shown == "+00:00" else shown


def parse_duration(value: str) -> int:
    found = _DURATION.fullmatch(value)
    if not found:
        raise invalid(f"duration is not a valid data duration string: {value}")
    if found[2] not in _DURATIONS:
        raise invalid(f"Unknown time unit: {found[2]}")
    return int((Decimal(found[1]) * Decimal(_DURATIONS[found[2]])).quantize(Decimal(1), ROUND_HALF_UP))


def human_readable_seconds(value: float) -> str:
    rest = int(Decimal(repr(value)).quantize(Decimal(1), ROUND_HALF_UP))
    parts = []
    for name, size in (("week", 604_800), ("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    return ", ".join(parts) or "0 seconds"


def text_to_zoned(value: str, digits: int) -> Moment:
    moment = text_to_zoned_or_null(value, digits)
    if moment is None:
        raise ValueError(f"INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp with time zone: {value}")
    return moment


def text_to_zoned_or_null(value: str, digits: int) -> Moment | None:
    zoned = zoned_parts(value, digits) or zoned_parts(value.strip() + " UTC", digits)
    return None if zoned is None else {"at": zoned[0], "zone": zoned[1]}


def text_to_local(value: str) -> datetime | None:
    """The time that the clocks of the zone in the text show, cut to microseconds; None if the text has no zone."""
    cut = _BEYOND_MICROSECONDS.sub("", value)
    zoned = zoned_parts(cut)
    return None if zoned is None else local_moment({"at": zoned[0], "zone": zoned[1]}).replace(tzinfo=None)


def interval_text(value: int, kind: str) -> str:
    sign, size = "-" if value < 0 else "", abs(value)
    if kind == YEAR_TO_MONTH.name:
        return f"{sign}{size // 12}-{size % 12}"
    seconds, millis = divmod(size, 1000)
    days, rest = divmod(seconds, 86_400)
    return f"{sign}{days} {rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}.{millis:03d}"


_STRUCT = ZONED.engine
NATIVES = {
    "trino_zone": Native(zone, "VARCHAR"),
    "trino_offset": Native(offset, "VARCHAR"),
    "trino_from_iso8601_timestamp": Native(from_iso8601_timestamp, _STRUCT),
    "trino_from_iso8601_date": Native(from_iso8601_date, "DATE"),
    "trino_iso_offset": Native(iso_offset, "VARCHAR"),
    "trino_parse_duration": Native(parse_duration, "BIGINT"),
    "trino_human_readable_seconds": Native(human_readable_seconds, "VARCHAR"),
    "trino_text_to_zoned": Native(text_to_zoned, _STRUCT),
    "trino_text_to_zoned_or_null": Native(text_to_zoned_or_null, _STRUCT),
    "trino_text_to_local": Native(text_to_local, "TIMESTAMP"),
    "trino_interval_text": Native(interval_text, "VARCHAR"),
}
