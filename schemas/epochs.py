"""Moments as numbers: the seconds, milliseconds, microseconds or nanoseconds since 1970, UTC."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

PER_SECOND: Final = {"epoch_s": 1, "epoch_ms": 10**3, "epoch_us": 10**6, "epoch_ns": 10**9}
"""How a contract names each count, and how many of it a second has."""
_NUMBER: Final = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]+)?", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001
_EXAMPLE: Final = datetime(2026, 12, 31, 18, 30)  # noqa: DTZ001


class Epoch:
    """One of these counts, with the attributes of a `DateFormat`."""

    rewriting: None = None

    def __init__(self, text: str) -> None:
        self.text = text
        self._per_second = PER_SECOND[text]

    @property
    def example(self) -> str:
        return self.written(_EXAMPLE)

    def written(self, moment: datetime) -> str:
        """`moment`, in UTC, as this count."""
        return str((moment - _EPOCH) // timedelta(seconds=1) * self._per_second)

    def iso(self, text: str) -> str | None:
        """`text` as `2026-12-31 18:30:00`, cut to microseconds; None if it is not a number or no such moment."""
        if not _NUMBER.fullmatch(text):
            return None
        try:
            return (_EPOCH + timedelta(microseconds=int(Decimal(text) * 10**6 // self._per_second))).isoformat(" ")
        except OverflowError:
            return None
