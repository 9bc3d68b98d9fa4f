"""JSON without end, cut into pieces with whole rows in each.

The JSON library says where it can be cut: text that ends in a brace is cut there if it is valid once every open bracket
is closed after it. Nothing else is valid JSON, so a cut is never inside a string or a row. Where that finds no place,
rows are taken as the scanner finds them, whether they are valid or not.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

import msgspec

from delivery.limits import KIB
from producers.cutting import fields_of
from producers.files.formats.documents.objects import NO_JSON
from producers.files.formats.documents.scanning import BrokenError, Scanner
from producers.files.formats.reading import batches

_ROWS: Final = 1000
_KEYS_BYTES: Final = 16 * KIB
"""Longer keys are not repeated for rows that are looked at one by one."""
_TRIES: Final = 64
"""Braces looked at from the end of what was read, before rows are looked for one by one."""


def arrays(text: Scanner) -> Iterator[bytes]:
    """The elements of the array whose bracket is before this place, as arrays of some of them; raises `BrokenError`."""
    while (mark := text.next()) != b"]":
        if mark == b",":
            text.at += 1
            continue
        text.fill()
        if at := _array_cut(text):
            yield b"[" + text.data[text.at : at] + b"]"
            text.at = at
        else:
            for batch in batches(_elements(text), _ROWS):
                yield b"[" + b",".join(batch) + b"]"
    text.at += 1


def elements(array: bytes) -> list[bytes]:
    """The elements of an array, which need not be valid, as they stand there."""
    text = Scanner(io.BytesIO(array))
    text.past(b"[")
    found: list[bytes] = []
    while text.next() != b"]":
        found += _elements(text)
    return found


def _elements(text: Scanner) -> Iterator[bytes]:
    """The elements from here on until more has to be read; raises `BrokenError`."""
    reads = text.reads
    while text.reads == reads and (mark := text.next()) != b"]":
        if mark == b",":
            text.at += 1
        elif mark in b"}" or (element := text.value()) is None:
            raise text.broken()
        else:
            yield element


def _array_cut(text: Scanner) -> int:
    """After the last element that ends in what was read; 0 if there is none."""
    for at in _braces(text):
        if not fault(b"[" + text.data[text.at : at] + b"]"):
            return at
    return 0


def documents(text: Scanner, depth: int) -> Iterator[bytes]:
    """The object of objects, `depth` deep, whose bracket is before this place, as documents with some of its rows each.

    Keys that occur twice do so here. Raises `BrokenError`.
    """
    above: list[bytes] = []
    while (mark := text.next()) != b"}" or above:
        if mark == b",":
            text.at += 1
            continue
        text.fill()
        at, level = _document_cut(_opened(above), text, depth)
        if at:
            document = msgspec.json.format(_opened(above) + text.data[text.at : at] + b"}" * level, indent=-1)
            yield document  # it is searched faster without spaces
            above[:], text.at = _still_open(document, level), at
            continue
        for keys, rows in groupby(_rows(text, depth, above), key=itemgetter(0)):
            for batch in batches(map(itemgetter(1), rows), _ROWS):
                yield document_of(keys, batch)
    text.at += 1


def branches(document: bytes, depth: int) -> Iterator[tuple[tuple[bytes, ...], list[bytes]]]:
    """The rows of a document, which need not be valid, as fields under the same keys."""
    text = Scanner(io.BytesIO(document))
    text.past(b"{")
    above: list[bytes] = []
    while text.next() != b"}" or above:
        for keys, rows in groupby(_rows(text, depth, above), key=itemgetter(0)):
            yield keys, [field for _, field in rows]


def document_of(keys: Sequence[bytes], fields: Iterable[bytes]) -> bytes:
    """The document that has `fields` under `keys`."""
    return _opened(keys) + b",".join(fields) + b"}" * (len(keys) + 1)


def _rows(text: Scanner, depth: int, above: list[bytes]) -> Iterator[tuple[tuple[bytes, ...], bytes]]:
    """The keys above a row and its field, for each from here on until more has to be read; raises `BrokenError`.

    `above` has the keys of the objects that are open.
    """
    reads, keys = text.reads, tuple(above)
    if sum(map(len, keys)) > _KEYS_BYTES:
        raise BrokenError("its keys are too long")
    while text.reads == reads and ((mark := text.next()) != b"}" or above):
        if mark in (b",", b"}"):
            text.at += 1
            if mark == b"}":
                above.pop()
                keys = tuple(above)
        elif (key := text.key()) is None:
            raise text.broken()
        elif len(above) < depth - 1 and text.next() == b"{":
            text.at += 1
            above.append(key)
            keys = tuple(above)
        elif (value := text.value()) is None:
            raise text.broken()
        else:
            yield keys, key + b":" + value


def _opened(keys: Iterable[bytes]) -> bytes:
    """The beginning of a document down to the object under `keys`."""
    return b"{" + b"".join(key + b":{" for key in keys)


def _document_cut(opened: bytes, text: Scanner, depth: int) -> tuple[int, int]:
    """After the last branch that ends in what was read, and how many objects are open there; 0 if there is none."""
    for at in _braces(text):
        for level in range(depth, 0, -1):
            if not fault(opened + text.data[text.at : at] + b"}" * level):
                return at, level
    return 0, 0


def _still_open(document: bytes, level: int) -> Iterator[bytes]:
    """The keys of the objects that were open at the end of `document` when `level` brackets had to be added."""
    below = msgspec.Raw(document)
    for _ in range(level - 1):
        key, below = list(fields_of(below))[-1]
        yield msgspec.json.encode(key)


def _braces(text: Scanner) -> Iterator[int]:
    """Positions after closing braces in what was read, the last first."""
    end = len(text.data)
    for _ in range(_TRIES):
        at = text.data.rfind(b"}", text.at, end)
        if at < 0:
            return
        yield at + 1
        end = at


def fault(data: bytes) -> str:
    """Why `data` is not JSON; empty if it is."""
    try:
        data.decode()
        msgspec.json.decode(data, type=msgspec.Raw)
    except NO_JSON as error:
        return str(error)
    return ""
