"""The part of a contract that says what dropped files do not: how text, numbers and sheets are written."""

import codecs
from itertools import combinations
from typing import Annotated, Final

from msgspec import Meta

from schemas.date_formats import date_formats
from schemas.value import Value

_WITH_A_MARK: Final = ("utf-16", "utf-32")
Character = Annotated[str, Meta(pattern=r"^[^\r\n]?\Z", description="one character that ends no line, or none")]


class Csv(Value, frozen=True):
    """How delimited text is written. What is left out is detected: the delimiter, for one, from the header."""

    delimiter: Character = ""
    quote: Character = '"'
    escape: Character = ""
    header: tuple[str, ...] = ()
    """Names of the fields, for files without a header line."""
    skip_lines: Annotated[int, Meta(ge=0, le=1000)] = 0
    """Lines above the header."""
    comment: Character = ""
    """Lines that begin with it are left out."""

    def __post_init__(self) -> None:
        marks = {name: getattr(self, name) for name in ("delimiter", "quote", "escape", "comment")}
        for (name, mark), (other, same) in combinations(marks.items(), 2):
            if mark and mark == same:
                raise ValueError(f"{name} and {other} are both {mark!r}; they must differ")


class FixedField(Value, frozen=True):
    """The next `width` characters of a line; a `name` that no column accepts is filler."""

    name: str
    width: Annotated[int, Meta(ge=1, le=1_000_000)]


class FixedWidth(Value, frozen=True):
    """Text whose fields stand in columns of fixed width."""

    fields: Annotated[tuple[FixedField, ...], Meta(min_length=1)]
    skip_lines: Annotated[int, Meta(ge=0, le=1000)] = 0


class JsonRows(Value, frozen=True):
    """Where in a JSON document the rows are: `rows: data.items` for `{"data": {"items": […]}}`."""

    rows: str


class Excel(Value, frozen=True):
    """Which sheet of a workbook holds the rows (empty: the first that has the columns), and what stands above them."""

    sheet: str = ""
    skip_rows: Annotated[int, Meta(ge=0, le=1000)] = 0


class Numbers(Value, frozen=True):
    """How numbers are written in text: `1.234,56` has `decimal: ","` and `thousands: "."`."""

    decimal: Annotated[str, Meta(min_length=1, max_length=1)] = "."
    thousands: Character = ""

    def __post_init__(self) -> None:
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}; they must differ")
        if any(mark and mark in "0123456789+-eE" for mark in (self.decimal, self.thousands)):
            raise ValueError("decimal and thousands must not be a digit, a sign or e")


class Booleans(Value, frozen=True):
    """Texts that mean true or false, capitals aside, beside `true`, `false`, `1` and `0`."""

    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        true, false = ({word.casefold() for word in words} for words in (self.true, self.false))
        if both := true & false | true & {"false", "0"} | false & {"true", "1"}:
            raise ValueError(f"{min(both)!r} cannot mean both true and false")


class Files(Value, frozen=True, tag="files", tag_field="kind"):
    """Files dropped under `drop/<dataset>/`, and what they do not say of themselves."""

    encoding: str = "utf-8"
    """Of text; a byte order mark overrules it."""
    nulls: tuple[str, ...] = ()
    """Texts that mean no value, in every format; the empty one does where all is text."""
    numbers: Numbers = Numbers()
    dates: str | tuple[str, ...] = ()
    """How dates and moments are written, `%d.%m.%Y` in text or `epoch_ms` as a number, beside ISO form."""
    booleans: Booleans = Booleans()
    csv: Csv = Csv()
    fixed_width: FixedWidth | None = None
    json: JsonRows | None = None
    excel: Excel = Excel()

    def __post_init__(self) -> None:
        _check_encoding(self.encoding)
        try:
            date_formats(self.date_texts)
        except ValueError as error:
            raise ValueError(f"dates: {error}") from None

    @property
    def date_texts(self) -> tuple[str, ...]:
        """The formats in `dates`."""
        return (self.dates,) if isinstance(self.dates, str) else self.dates


def _check_encoding(encoding: str) -> None:
    """Raise ValueError unless text can be read in `encoding`."""
    sample = "id;1\n"
    try:
        encoded = sample.encode(encoding)
        is_read = codecs.getincrementaldecoder(encoding)("surrogateescape").decode(encoded, final=True) == sample
    except (LookupError, ValueError):
        is_read = False
    if not is_read:
        problem = f"{encoding!r} is not an encoding of text that Python knows"
    elif codecs.lookup(encoding).name in _WITH_A_MARK:
        problem = f"{encoding!r} needs a byte order mark, and files that have one need no encoding here"
    else:
        return
    raise ValueError(f"encoding: {problem}; valid: utf-8, cp1252, iso-8859-15, utf-16-le, …")
