"""Columns of text as it was written, made plain at once."""

import pyarrow as pa
import pyarrow.compute as pc

from producers.files.formats.reading import RowError
from producers.files.formats.written.dates import DateNotation
from producers.files.formats.written.notation import Notation
from producers.files.formats.written.numbers import NumberNotation

Wrong = dict[int, RowError]
"""Why texts are not what they should be, by their number in the column."""


def plain_texts(column: str, texts: pa.Array, notation: Notation) -> tuple[pa.Array, Wrong]:
    """`texts` as `notation` reads them one by one; what stands in the places of wrong ones means nothing."""
    if isinstance(notation, NumberNotation) and _are_numbers(texts, notation):
        return _plain_numbers(texts, notation), {}
    if isinstance(notation, DateNotation) and (moments := _in_iso_order(texts, notation)):
        return moments, {}
    return _one_by_one(column, texts, notation)


def _one_by_one(column: str, texts: pa.Array, notation: Notation) -> tuple[pa.Array, Wrong]:
    """Each text that occurs is read once."""
    encoded = texts.dictionary_encode()
    found: list[str | None] = []
    faults: dict[int, RowError] = {}
    for number, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            found.append(notation.plain(column, text))
        except RowError as error:
            found.append(None)
            faults[number] = error
    plain = pa.array(found, pa.string()).take(encoded.indices)
    if not faults:
        return plain, {}
    numbers = encoded.indices.to_pylist()
    return plain, {at: faults[number] for at, number in enumerate(numbers) if number in faults}


def _are_numbers(texts: pa.Array, notation: NumberNotation) -> bool:
    return pc.all(pc.match_substring_regex(texts, notation.pattern)).as_py() is not False


def _plain_numbers(texts: pa.Array, notation: NumberNotation) -> pa.Array:
    if notation.marks.thousands:
        texts = pc.replace_substring(texts, notation.marks.thousands, "")
    return pc.replace_substring_regex(pc.replace_substring(texts, notation.marks.decimal, "."), r"^\s*\+?|\s+$", "")


def _in_iso_order(texts: pa.Array, notation: DateNotation) -> pa.Array | None:
    """Dates and moments whose parts only had to be put in another order; None where that is not so of all."""
    for form in notation.formats:
        if form.rewriting:
            texts = pc.replace_substring_regex(texts, *form.rewriting)
    if pc.all(pc.match_substring_regex(texts, f"^(?:{notation.as_they_are})$")).as_py() is False:
        return None
    try:
        texts.cast(pa.date32() if notation.days else pa.timestamp("us"))  # a day may not exist
    except pa.ArrowInvalid:
        return None
    return texts
