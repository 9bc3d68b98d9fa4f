"""Dates and times as a contract says they are written, in the notation of `strptime`: `%d.%m.%Y %H:%M`, or as counts.

https://docs.python.org/3/library/datetime.html#format-codes
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from typing import Final

from schemas.epochs import PER_SECOND, Epoch

_CODES: Final = "YymbBdHIMSfpzaA"
_PIECES: Final = re.compile(r"%(.)|([^%]+|%\Z)", re.DOTALL)
_NEEDED: Final = (("a year", "Yy"), ("a month", "mbB"), ("a day", "d"))
_SAMPLES: Final = (
    datetime(2003, 2, 1, 4, 5, 6), datetime(2010, 11, 12, 10, 11, 12), datetime(2012, 12, 10, 13, 14, 15),  # noqa: DTZ001
)  # fmt: skip
_EXAMPLE: Final = datetime(2026, 12, 31, 18, 30)  # noqa: DTZ001
_ISO: Final = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")


class DateFormat:
    """One way to write dates or moments; raises `ValueError` when `text` does not describe one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._pieces = _PIECES.findall(text)
        codes = [code for code, _ in self._pieces if code not in ("", "%")]
        if unknown := [code for code in codes if code not in _CODES] or [
            "" for _, plain in self._pieces if plain == "%"
        ]:
            raise ValueError(f"{text!r} has %{unknown[0]}; valid: {', '.join(f'%{code}' for code in _CODES)}")
        for what, among in _NEEDED:
            if sum(code in among for code in codes) != 1:
                raise ValueError(f"{text!r} needs {what}, once: {' or '.join(f'%{code}' for code in among)}")
        if twice := [code for code in codes if codes.count(code) > 1]:
            raise ValueError(f"{text!r} has %{twice[0]} twice")
        if {"I", "p"} & {*codes} not in (set(), {"I", "p"}) or {"H", "I"} <= {*codes}:
            raise ValueError(f"{text!r} needs either %H, or %I and %p")
        self._has_time = not {"H", "I"}.isdisjoint(codes)
        self._codes = codes

    @property
    def example(self) -> str:
        return self.written(_EXAMPLE)

    def written(self, moment: datetime) -> str:
        """`moment` in this format."""
        return moment.strftime(self.text.replace("%z", "+0000"))

    def iso(self, text: str) -> str | None:
        """`text` as `2026-12-31` or `2026-12-31 18:30:00`; None if it is not written so, or there is no such day."""
        try:
            moment = datetime.strptime(text, self.text)  # noqa: DTZ007
        except ValueError:
            return None
        if self._adjoining and not self._adjoining.fullmatch(text):
            return None
        return moment.isoformat(" ") if self._has_time else moment.date().isoformat()

    @cached_property
    def rewriting(self) -> tuple[str, str] | None:
        """For RE2, what a text of two digits a part looks like, and its parts in the order of ISO; None where they are
        not digits, or where that takes more than another order.
        """
        order = [code for code in self._codes if code in "YmdHMSf"]
        if len(order) < len(self._codes):
            return None
        places = {code: rf"\{at}" for at, code in enumerate(order, start=1)}
        time = f" {places['H']}:{places.get('M', '00')}:{places.get('S', '00')}" if self._has_time else ""
        fraction = f".{places['f']}" if "f" in places else ""
        return rf"^\s*{self._digits}\s*$", f"{places['Y']}-{places['m']}-{places['d']}{time}{fraction}"

    @cached_property
    def _digits(self) -> str:
        """What a text whose parts are digits looks like, when all are written in full."""
        digits = {"Y": "([0-9]{4})", "f": "([0-9]{1,6})"}
        return "".join(
            digits.get(code, "([0-9]{2})") if code in _CODES and code else re.escape(plain or code)
            for code, plain in self._pieces
        )

    @cached_property
    def _adjoining(self) -> re.Pattern[str] | None:
        """What a text must look like in which nothing stands between two parts: `1122013` could be one of two days."""
        codes = [code if code in _CODES else "" for code, _ in self._pieces]
        adjoin = any(code and after for code, after in pairwise(codes))
        return re.compile(self._digits, re.ASCII) if adjoin and {*self._codes} <= {*"YymdHMSf"} else None


def date_formats(texts: Sequence[str]) -> tuple[DateFormat | Epoch, ...]:
    """The formats; raises `ValueError` when one is wrong, or a text means another moment by another one or by ISO."""
    formats = tuple(map(_format, texts))
    for form in map(_format, (*texts, *_ISO) if texts else ()):
        for other in formats:
            for text in map(form.written, _SAMPLES):
                if (found := other.iso(text)) and found != form.iso(text):
                    raise ValueError(f"{form.text!r} and {other.text!r} read {text!r} as different days or times")
    return formats


def _format(text: str) -> DateFormat | Epoch:
    return Epoch(text) if text in PER_SECOND else DateFormat(text)
