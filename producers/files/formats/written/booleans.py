"""Booleans as people write them, turned into `true` and `false`."""

from producers.files.formats.reading import RowError
from schemas.files import Booleans


class BooleanNotation:
    """`Yes` becomes `true`, whatever its capitals."""

    as_they_are = "true|false"
    reads_numbers = False

    def __init__(self, words: Booleans) -> None:
        self._words = words
        self._meant = {"true": "true", "1": "true", "false": "false", "0": "false"}
        self._meant |= {word.casefold(): "true" for word in words.true}
        self._meant |= {word.casefold(): "false" for word in words.false}

    def plain(self, column: str, text: str) -> str:
        """`true` or `false`; raises `RowError`."""
        if meant := self._meant.get(text.strip().casefold()):
            return meant
        true, false = (", ".join(words) for words in (("true", *self._words.true), ("false", *self._words.false)))
        raise RowError(f"{column} is {text!r}; valid: {true}; {false}", column)
