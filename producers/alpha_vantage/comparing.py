"""What is new in a series, and whether its past has changed since it landed: pure, from rows and fingerprints."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from producers.alpha_vantage.documents import Rows
from producers.alpha_vantage.outcomes import Series, field_name

REMEMBERED_ROWS: Final = 100
"""The overlap: as many rows as a compact answer holds."""
_FINGERPRINT_BYTES: Final = 6
_EVENTS: Final = {"dividend amount": 0.0, "split coefficient": 1.0}
"""The fields of a day on which the whole history is adjusted again, and what they are on all other days."""


@dataclass(frozen=True)
class Landed:
    """How far a symbol has landed: the key of its newest finished row, and fingerprints of its newest rows by key."""

    newest: str
    fingerprints: Mapping[str, str]


@dataclass(frozen=True)
class News:
    """`rows` were not there before; `changed` are keys whose row was another; `gap`: rows between may be missing."""

    rows: Rows
    changed: tuple[str, ...] = ()
    gap: bool = False


def news(rows: Rows, before: Landed) -> News:
    """What is in `rows` and was not in `before`."""
    oldest = min(before.fingerprints, default=before.newest)
    known = {key: fingerprint(row) for key, row in rows.items() if key in before.fingerprints}
    return News(
        rows={key: row for key, row in rows.items() if key not in before.fingerprints and key > oldest},
        changed=tuple(key for key, found in known.items() if found != before.fingerprints[key]),
        gap=bool(rows) and min(rows) > before.newest,
    )


def landed(rows: Rows, before: Landed | None = None) -> Landed | None:
    """How far the symbol has landed once `rows` have: `before` brought up to date; None when nothing has."""
    newest_first = sorted(filter(_is_time, rows), reverse=True)[:REMEMBERED_ROWS]
    prints = {**(before.fingerprints if before else {}), **{key: fingerprint(rows[key]) for key in newest_first}}
    if not prints:
        return before
    kept = sorted(prints, reverse=True)[:REMEMBERED_ROWS]
    return Landed(kept[0], {key: prints[key] for key in kept})


def adjusts_history(series: Series, after: str) -> bool:
    """Whether a row later than `after` shows a split or a dividend."""
    return any(
        field_name(field) in _EVENTS and _number(value) != _EVENTS[field_name(field)]
        for key, fields in series.items()
        if key > after and isinstance(fields, Mapping)
        for field, value in fields.items()
    )


def fingerprint(row: object) -> str:
    """Twelve hexadecimal digits of a row's values: `144.55` and `144.5500` are the same number."""
    values = {name: _number(value) for name, value in row.items()} if isinstance(row, Mapping) else row
    encoded = msgspec.json.encode(values, order="sorted")
    return hashlib.blake2b(encoded, digest_size=_FINGERPRINT_BYTES).hexdigest()


def _is_time(key: str) -> bool:
    try:
        datetime.fromisoformat(key)
    except ValueError:
        return False
    return True


def _number(value: object) -> object:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return value
