"""CAST, TRY_CAST and what happens without them, from one type of Trino to another.

https://trino.io/docs/current/functions/conversion.html
"""

from local.athena.trino.signatures import Typed, member_at, row_of
from local.athena.trino.types import Type, holds, quoted, text

_FROM_TEXT = {"tinyint", "smallint", "integer", "bigint", "real", "double", "boolean", "date"}
_FROM_JSON = {"boolean", "varchar", "json", "array", "map", "row"}
_TO_JSON = _FROM_JSON | {"date", "timestamp", "unknown"}
_INT_NAMES = {"integer": "INT"}


def coerced(value: Typed, wanted: Type) -> Typed:
    """The value as `wanted`, which it becomes without a CAST."""
    given = value.type
    if given == wanted:
        return value
    if value.fields:
        return row_of([coerced(field, kind) for field, kind in zip(value.fields, wanted.inner, strict=True)], wanted)
    if given.engine == wanted.engine and not has_char(wanted):
        return Typed(value.sql, wanted)
    return Typed(_changed(value.sql, given, wanted, strict=True) or f"CAST({value.sql} AS {wanted.engine})", wanted)


def cast(value: Typed, wanted: Type, strict: bool) -> Typed | None:
    """The value CAST to `wanted`; None if Trino has no such CAST. What cannot be cast fails if `strict`."""
    if value.type == wanted:
        return value
    sql = _changed(value.sql, value.type, wanted, strict)
    return None if sql is None else Typed(sql, wanted)


def stored(value: Typed, wanted: Type) -> Typed:
    """The value as INSERT puts it into a column: CAST, but no text loses more than blanks at its end."""
    changed = cast(value, wanted, strict=True)
    assert changed is not None
    if not (wanted.is_text and wanted.parameters and value.type.is_text) or value.type == wanted:
        return changed
    message = f"Cannot truncate non-space characters when casting from {value.type} to {wanted} on INSERT"
    failure = f"fail({text(f'INVALID_CAST_ARGUMENT: {message}')})"
    long = f"length(rtrim({value.sql}, ' ')) > {wanted.precision}"
    return Typed(f"CASE WHEN {long} THEN {failure} ELSE {changed.sql} END", wanted)


def _changed(sql: str, given: Type, wanted: Type, strict: bool) -> str | None:
    if given.name == "unknown":
        return f"CAST({sql} AS {wanted.engine})"
    if wanted.name == "json":
        return f"trino_to_json({sql}, {text(str(given))})" if _in_json(given, _TO_JSON) else None
    if given.name == "json":
        return _from_json(sql, wanted, strict)
    if given.inner or wanted.inner:
        return _compound(sql, given, wanted, strict)
    if "char" in (given.name, wanted.name):
        return _char(sql, given, wanted)
    if given.is_text:
        return _from_text(sql, wanted, strict)
    if wanted.is_text:
        return _to_text(sql, given, wanted, strict)
    if given.is_number or given.name == "boolean":
        return _from_number(sql, given, wanted, strict)
    return _from_time(sql, given, wanted)


def _in_json(kind: Type, names: set[str]) -> bool:
    """Whether the type is one of the names', or numbers, or made of such types."""
    if kind.name == "map" and not (kind.inner[0].is_number or kind.inner[0].name in ("boolean", "varchar", "unknown")):
        return False
    return (kind.is_number or kind.name in names) and all(_in_json(inner, names) for inner in kind.inner)


def _from_json(sql: str, wanted: Type, strict: bool) -> str | None:
    if not _in_json(wanted, _FROM_JSON):
        return None
    document = f"trino_json_as({sql}, {text(str(wanted))}, {str(strict).lower()})"
    return (
        f"CAST(CAST({document} AS JSON) AS {wanted.engine})" if wanted.inner else f"CAST({document} AS {wanted.engine})"
    )


def _compound(sql: str, given: Type, wanted: Type, strict: bool) -> str | None:
    if given.name != wanted.name or len(given.inner) != len(wanted.inner):
        return None
    if given.name == "row":
        return _row(sql, given, wanted, strict)
    changed = []
    for mine, its in zip(given.inner, wanted.inner, strict=True):
        value = cast(Typed("x", mine), its, strict)
        if value is None:
            return None
        changed.append(value.sql)
    if given.name == "array":
        return f"list_transform({sql}, lambda x: {changed[0]})"
    keys, values = (
        f"list_transform({part}({sql}), lambda x: {each})"
        for part, each in zip(("map_keys", "map_values"), changed, strict=True)
    )
    return f"CASE WHEN {sql} IS NOT NULL THEN map({keys}, {values}) END"


def _row(sql: str, given: Type, wanted: Type, strict: bool) -> str | None:
    parts = []
    for place, (name, its) in enumerate(zip(wanted.members, wanted.inner, strict=True)):
        value = cast(member_at(Typed(sql, given), place), its, strict)
        if value is None:
            return None
        parts.append(f"{quoted(name)} := {value.sql}")
    return f"CASE WHEN {sql} IS NOT NULL THEN struct_pack({', '.join(parts)}) END"


def has_char(kind: Type) -> bool:
    """Whether texts of the type, or within it, have no blanks at their end."""
    return kind.name == "char" or any(map(has_char, kind.inner))


def padded(value: Typed) -> str:
    """A text with the blanks that belong to it if it is a char."""
    return f"rpad({value.sql}, {value.type.precision}, ' ')" if value.type.name == "char" else value.sql


def _char(sql: str, given: Type, wanted: Type) -> str | None:
    """A char from a text, or a varchar from a char; there are no other CASTs of a char."""
    if not (given.is_text and wanted.is_text):
        return None
    shorter = bool(wanted.parameters) and (not given.parameters or wanted.precision < given.precision)
    if wanted.name == "varchar":
        whole = padded(Typed(sql, given))
        return f"left({whole}, {wanted.precision})" if shorter else whole
    cut = f"left({sql}, {wanted.precision})" if shorter else sql
    return cut if given.name == "char" and not shorter else f"rtrim({cut}, ' ')"


def _from_text(sql: str, wanted: Type, strict: bool) -> str | None:
    if wanted.name == "varchar":
        return f"left({sql}, {wanted.precision})" if wanted.parameters else sql
    if wanted.name == "timestamp with time zone":
        return f"trino_text_to_zoned{'' if strict else '_or_null'}({sql}, {wanted.precision})"
    if wanted.name == "uuid":
        return f"CAST({sql} AS UUID)" if strict else f"TRY_CAST({sql} AS UUID)"
    if wanted.name in _FROM_TEXT:
        attempt = f"text_to_{wanted.name}({sql})"
    elif wanted.name in ("timestamp", "time"):
        attempt = _rounded(f"text_to_{wanted.name}({sql}, {wanted.precision})", 6, wanted)
    elif wanted.name == "decimal":
        attempt = f"TRY_CAST(text_below({sql}, {_limit(wanted)}) AS {wanted.engine})"
    else:
        return None
    return _strictly(sql, attempt, _unreadable(sql, wanted)) if strict else attempt


def _unreadable(sql: str, wanted: Type) -> str:
    """What Trino says of a text that is not a value of the type."""
    if wanted.name in ("date", "timestamp", "time"):
        return f"'INVALID_CAST_ARGUMENT: Value cannot be cast to {wanted.name}: ' || {sql}"
    if wanted.name == "decimal":
        kind = f"DECIMAL({wanted.precision}, {wanted.scale})"
        reason = f"CASE WHEN text_to_number({sql}) IS NULL THEN 'Value is not a number.' ELSE 'Value too large.' END"
        return f"'INVALID_CAST_ARGUMENT: Cannot cast VARCHAR ''' || {sql} || ''' to {kind}. ' || {reason}"
    name = _INT_NAMES.get(wanted.name, wanted.name.upper())
    return f"'INVALID_CAST_ARGUMENT: Cannot cast ''' || {sql} || ''' to {name}'"


def _strictly(sql: str, attempt: str, message: str) -> str:
    return f"coalesce({attempt}, CASE WHEN {sql} IS NOT NULL THEN fail({message}) END)"


def _to_text(sql: str, given: Type, wanted: Type, strict: bool) -> str | None:
    shown = _text_of(sql, given)
    if shown is None:
        return None
    if not wanted.parameters:
        return shown
    message = f"'Value ' || {shown} || ' cannot be represented as {wanted}'"
    failure = f"fail('INVALID_CAST_ARGUMENT: ' || {message})" if strict else "NULL"
    return f"CASE WHEN length({shown}) > {wanted.precision} THEN {failure} ELSE {shown} END"


def _text_of(sql: str, given: Type) -> str | None:
    """What a CAST to VARCHAR gives."""
    if given.is_integer or given.name in ("decimal", "date", "uuid", "boolean"):
        return f"CAST({sql} AS VARCHAR)"
    if given.name in ("double", "real"):
        return f"trino_double_text({_shortest(sql, given)})"
    if given.name in ("timestamp", "time"):
        return f"{given.name}_text({sql}, {given.precision})"
    if given.name == "timestamp with time zone":
        return f"zoned_text({sql}, {given.precision})"
    if given.name.startswith("interval"):
        return f"trino_interval_text({sql}, {text(given.name)})"
    return None


def _from_number(sql: str, given: Type, wanted: Type, strict: bool) -> str | None:
    if wanted.name == "boolean":
        return f"({sql} <> 0)"
    if not wanted.is_number or (given.name == "boolean" and wanted.name == "decimal"):
        return f"CAST({sql} AS {wanted.engine})" if given.name == "boolean" and wanted.is_number else None
    if (given.name, wanted.name) == ("double", "real"):
        return f"to_real({sql})"
    if wanted.name in ("double", "real") or (strict and _always_fits(given, wanted)):
        return f"CAST({sql} AS {wanted.engine})"
    value = sql
    if given.name in ("double", "real") and wanted.is_integer:
        value = f"round({sql})"
    elif given.name in ("double", "real"):  # of the digits that are shown
        value = f"CASE WHEN abs({sql}) < {_limit(wanted)} THEN CAST({_shortest(sql, given)} AS VARCHAR) END"
    attempt = f"TRY_CAST({value} AS {wanted.engine})"
    return _strictly(sql, attempt, _out_of_range(sql, given, wanted)) if strict else attempt


def _shortest(sql: str, kind: Type) -> str:
    """A double, or the double whose text is that of a real."""
    return f"trino_shortest({sql})" if kind.name == "real" else sql


def _limit(wanted: Type) -> str:
    """The least number that is too large for the decimal type; the engine does not check texts with an exponent."""
    return f"1e{wanted.precision - wanted.scale}"


def _out_of_range(sql: str, given: Type, wanted: Type) -> str:
    """What Trino says of a number that the type cannot hold."""
    shown = f"CAST({sql} AS VARCHAR)"
    if given.name in ("double", "real"):
        shown = f"trino_java_text({_shortest(sql, given)})"
    if wanted.name == "decimal":
        kind = f"DECIMAL({wanted.precision}, {wanted.scale})"
        return f"'INVALID_CAST_ARGUMENT: Cannot cast {given.name.upper()} ''' || {shown} || ''' to {kind}'"
    if given.name == "decimal":
        return f"'INVALID_CAST_ARGUMENT: Cannot cast ''' || {shown} || ''' to {wanted.name.upper()}'"
    if given.name in ("double", "real"):
        nan = f"'INVALID_CAST_ARGUMENT: Cannot cast {given.name} NaN to {wanted.name}'"
        large = f"'NUMERIC_VALUE_OUT_OF_RANGE: Out of range for {wanted.name}: ' || {shown}"
        if wanted.name == "bigint":
            return f"'INVALID_CAST_ARGUMENT: Unable to cast ' || {shown} || ' to bigint'"
        return f"CASE WHEN isnan({sql}) THEN {nan} ELSE {large} END"
    return f"'NUMERIC_VALUE_OUT_OF_RANGE: Out of range for {wanted.name}: ' || {shown}"


def _always_fits(given: Type, wanted: Type) -> bool:
    return given.name not in ("double", "real", "boolean") and holds(wanted, given)


def _from_time(sql: str, given: Type, wanted: Type) -> str | None:
    pair = (given.name, wanted.name)
    zoned = "timestamp with time zone"
    if pair in (("date", "timestamp"), ("timestamp", "date")):
        return f"CAST({sql} AS {wanted.engine})"
    if pair == ("timestamp", "time"):
        return _rounded(f"CAST({sql} AS TIME)", given.precision, wanted)
    if pair in (("timestamp", "timestamp"), ("time", "time")):
        return _rounded(sql, given.precision, wanted)
    digits = given.precision if given.parameters else 0
    if given.name in ("date", "timestamp") and wanted.name == zoned:
        return _rounded(f"zoned(CAST({sql} AS TIMESTAMP), 'UTC')", digits, wanted)
    if pair == (zoned, "date"):
        return f"CAST(local_time({sql}) AS DATE)"
    if given.name == zoned and wanted.name in ("time", "timestamp"):
        return _rounded(f"CAST(local_time({sql}) AS {wanted.engine})", digits, wanted)
    if pair == (zoned, zoned):
        return _rounded(sql, digits, wanted)
    return None


def _rounded(sql: str, digits: int, wanted: Type) -> str:
    """A time rounded half up to fewer digits of a second."""
    name = {"timestamp with time zone": "zoned"}.get(wanted.name, wanted.name)
    return f"{name}_rounded({sql}, {wanted.precision})" if digits > wanted.precision else sql
