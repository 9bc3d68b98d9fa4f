"""Numbers as people write them, turned into numbers as JSON writes them."""

import re
from functools import cached_property

from producers.files.formats.reading import RowError
from schemas.contract import NUMBERS, Contract
from schemas.files import Files, Numbers


class NumberError(RowError):
    """A text that is not a number as the contract describes them."""

    def __init__(self, column: str, text: str, example: str) -> None:
        super().__init__(f"{column} is {text!r}; a number is written like {example}", column)


class Plain:
    """Makes numbers plain: `1.234,56` becomes `1234.56`. `columns` are those that hold numbers."""

    def __init__(self, contract: Contract, options: Files) -> None:
        self.marks: Numbers = options.numbers
        unusual = self.marks != Numbers()
        self.columns = frozenset(column.name for column in contract.columns if unusual and column.type in NUMBERS)

    @cached_property
    def pattern(self) -> str:
        """What a whole number or decimal looks like, in the syntax that both `re` and RE2 read."""
        decimal, thousands = re.escape(self.marks.decimal), re.escape(self.marks.thousands)
        grouped = rf"[0-9]{{1,3}}(?:{thousands}[0-9]{{3}})+|" if thousands else ""
        return rf"^\s*[+-]?(?:{grouped}[0-9]+)(?:{decimal}[0-9]*)?(?:[eE][+-]?[0-9]+)?\s*$"

    @cached_property
    def example(self) -> str:
        return f"1{self.marks.thousands}234{self.marks.decimal}56"

    def text(self, column: str, text: str) -> str:
        """`text` with a decimal point and nothing between thousands; raises `NumberError`."""
        if not self._compiled.match(text):
            raise NumberError(column, text, self.example)
        if self.marks.thousands:
            text = text.replace(self.marks.thousands, "")
        return text.replace(self.marks.decimal, ".").strip().removeprefix("+")

    def row(self, row: dict[str, str | None]) -> None:
        """Make the numbers in `row` plain; raises `NumberError`."""
        for column in self.columns:
            if value := row.get(column):
                row[column] = self.text(column, value)

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.ASCII)
