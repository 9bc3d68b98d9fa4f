"""Numbers as people write them, turned into numbers as JSON writes them."""

import re
from functools import cached_property

from producers.files.formats.reading import RowError
from schemas.files import Numbers


class NumberNotation:
    """`1.234,56` becomes `1234.56`."""

    as_they_are = ""
    reads_numbers = False

    def __init__(self, marks: Numbers) -> None:
        self.marks = marks

    @cached_property
    def pattern(self) -> str:
        """What a whole number or decimal looks like, in the syntax that both `re` and RE2 read."""
        decimal, thousands = re.escape(self.marks.decimal), re.escape(self.marks.thousands)
        grouped = rf"[0-9]{{1,3}}(?:{thousands}[0-9]{{3}})+|" if thousands else ""
        return rf"^\s*[+-]?(?:{grouped}[0-9]+)(?:{decimal}[0-9]*)?(?:[eE][+-]?[0-9]+)?\s*$"

    def plain(self, column: str, text: str) -> str:
        """`text` with a decimal point and nothing between thousands; raises `RowError`."""
        if not self._compiled.match(text):
            example = f"1{self.marks.thousands}234{self.marks.decimal}56"
            raise RowError(f"{column} is {text!r}; a number is written like {example}", column)
        if self.marks.thousands:
            text = text.replace(self.marks.thousands, "")
        return text.replace(self.marks.decimal, ".").strip().removeprefix("+")

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.ASCII)
