"""JSON without end, cut into pieces that are JSON themselves.

Where it can be cut is left to the JSON library to say: text that ends in a brace is cut there if it is valid once every
open bracket is closed after it. Nothing else is valid JSON, so a cut is never inside a string or a row.
"""

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import msgspec

from producers.cutting import fields_of
from producers.files.formats.reading import BLOCK_BYTES, MAX_LINE_BYTES

_TRIES: Final = 64
"""Braces looked at from the end of what was read, before more is read."""
_BYTE: Final = re.compile(r"byte (\d+)")
_SPACE: Final = b" \t\r\n"


class BrokenError(ValueError):
    """The text is not JSON to its end; what came before has been given."""


def arrays(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """An array's elements, as arrays of some of them; raises `BrokenError`."""
    data = stream.read(BLOCK_BYTES).lstrip(_SPACE).removeprefix(b"[")
    while True:
        try:
            more = stream.read(BLOCK_BYTES)
        except Exception:
            with suppress(BrokenError):
                yield from _last_array(data)
            raise
        data += more
        if not more:
            yield from _last_array(data)
            return
        if at := _array_cut(data, len(data)):
            yield b"[" + data[:at] + b"]"
            data = data[at:].lstrip(_SPACE)
            if not data:
                data = stream.read(BLOCK_BYTES).lstrip(_SPACE)
            if data.startswith(b","):
                data = data[1:]
        elif len(data) > MAX_LINE_BYTES:
            yield from _last_array(data)
            return


def _last_array(data: bytes) -> Iterator[bytes]:
    """What is left of an array, with its closing bracket; raises `BrokenError` after the elements that are whole."""
    if fault := _fault(b"[" + data):
        if at := _array_cut(data, _where(fault, len(data))):
            yield b"[" + data[:at] + b"]"
        raise BrokenError(fault)
    yield b"[" + data


def _array_cut(data: bytes, end: int) -> int:
    """After the last element that ends before `end`; 0 if there is none."""
    for at in _braces(data, end):
        if not _fault(b"[" + data[:at] + b"]"):
            return at
    return 0


def documents(stream: io.BufferedIOBase, depth: int) -> Iterator[bytes]:
    """An object of objects, `depth` deep, as smaller ones with some of its branches each; raises `BrokenError`."""
    above, data = b"", stream.read(BLOCK_BYTES).lstrip(_SPACE)
    while True:
        try:
            more = stream.read(BLOCK_BYTES)
        except Exception:
            with suppress(BrokenError):
                yield from _last_document(above, data, depth)
            raise
        data += more
        if not more:
            yield from _last_document(above, data, depth)
            return
        at, level = _document_cut(above, data, len(data), depth)
        if at:
            document = msgspec.json.format(above + data[:at] + b"}" * level, indent=-1)  # is searched faster
            yield document
            above, data = _still_open(document, level), data[at:].lstrip(_SPACE)
            if not data:
                data = stream.read(BLOCK_BYTES).lstrip(_SPACE)
            if data.startswith(b","):
                data = data[1:]
        elif len(data) > MAX_LINE_BYTES:
            yield from _last_document(above, data, depth)
            return


def _last_document(above: bytes, data: bytes, depth: int) -> Iterator[bytes]:
    if fault := _fault(above + data):
        at, level = _document_cut(above, data, max(_where(fault, len(above + data)) - len(above), 0), depth)
        if at:
            yield above + data[:at] + b"}" * level
        raise BrokenError(fault)
    yield above + data


def _document_cut(above: bytes, data: bytes, end: int, depth: int) -> tuple[int, int]:
    """After the last branch that ends before `end`, and how many objects are open there; 0 if there is none."""
    for at in _braces(data, end):
        for level in range(depth, 0, -1):
            if not _fault(above + data[:at] + b"}" * level):
                return at, level
    return 0, 0


def _still_open(document: bytes, level: int) -> bytes:
    """The beginning of `document` down to the `level` objects that are open at its end, without what they hold."""
    above, below = b"{", msgspec.Raw(document)
    for _ in range(level - 1):
        key, below = list(fields_of(below))[-1]
        above += msgspec.json.encode(key) + b":{"
    return above


def _braces(data: bytes, end: int) -> Iterator[int]:
    """Positions after closing braces before `end`, the last first."""
    for _ in range(_TRIES):
        at = data.rfind(b"}", 0, end)
        if at < 0:
            return
        yield at + 1
        end = at


def _fault(data: bytes) -> str:
    """Why `data` is not JSON; empty if it is."""
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError) as error:
        return str(error)
    return ""


def _where(fault: str, otherwise: int) -> int:
    found = _BYTE.search(fault)
    return int(found[1]) if found else otherwise
