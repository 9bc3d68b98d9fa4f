"""Rows of a JSON file: nested documents, rows one a line, one object, or one array; none is held in memory."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Literal

import msgspec

from delivery.rows import Block, Leaf, Row
from producers.files.errors import DROP_AGAIN, FileError
from producers.files.formats.documents import slices
from producers.files.formats.documents.objects import NO_JSON, Objects
from producers.files.formats.documents.paths import Route
from producers.files.formats.documents.scanning import BrokenError, Scanner
from producers.files.formats.documents.unread import drift
from producers.files.formats.reading import BLOCK_BYTES, MAX_LINE_BYTES, TOO_LONG, Chunk, Position
from producers.files.formats.streams.opening import Opened
from producers.files.formats.streams.text import Lines, skip
from producers.loading import Item
from producers.rejects import Reject
from schemas.contract import Contract

_FIRST_LINES: Final = 3
"""Lines that distinguish rows, one a line, from a document."""
_AGAIN: Final = f"correct the file and {DROP_AGAIN}"


def chunks(file: Opened, contract: Contract, start: Position, end: int | None = None) -> Iterator[Chunk]:
    """Each row or leaf as it came, from `start` on; rows one a line up to the byte `end`.

    Raises `FileError`: at once when no row at its beginning has a column of the contract, later when the text breaks
    off.
    """
    objects = Objects(contract, file.options)
    beginning = _peek(file)
    if file.options.json:
        found = _at_path(file, file.options.json.rows, contract, objects)
    elif beginning.lstrip().startswith(b"["):
        found = _array(file, objects)
    elif is_lines(file):
        found = _lines(file, objects, start, end)
        yield from found if start.at else _checked(found, file, contract, objects)  # another reader saw the beginning
        return
    else:
        found = _document(file, contract, objects)
    for chunk in _checked(found, file, contract, objects):
        if chunk.after.at > start.at:
            yield chunk


def is_lines(file: Opened) -> bool:
    """Whether the file has a JSON object a line. One of the first three lines has to be a whole one, and they must not
    be the beginning of one object.
    """
    if file.options.json:
        return False
    *first, rest = (_peek(file).lstrip() + b"\n" * _FIRST_LINES).split(b"\n", _FIRST_LINES)
    if not _fault(first[0]):
        return True
    together = _fault(b"\n".join(first))
    if not together or ("truncated" in together and rest.strip()):
        return False
    return any(line.strip() and not _fault(line) for line in first)


def _checked(found: Iterator[Chunk], file: Opened, contract: Contract, objects: Objects) -> Iterator[Chunk]:
    """`found`, unless there is nothing in it or its first chunk is about something else."""
    checked = False
    for chunk in found:
        if chunk.items and not checked:
            _check_first(chunk.items, file, contract, objects)
            checked = True
            yield chunk._replace(note=drift(chunk.items, contract))
            continue
        yield chunk
    if not checked:
        raise FileError(file.uri, "the file holds no rows", f"each row has {', '.join(contract.key)}")


def _check_first(items: Sequence[Item], file: Opened, contract: Contract, objects: Objects) -> None:
    """One row with a column of the contract is enough: those without one are refused one by one."""
    rows = [item for item in items if isinstance(item, Row | Block)]
    if not rows or any(isinstance(item, Leaf) for item in items):
        return
    if not any(objects.known(line) for row in rows for line in row.data.splitlines()):
        names = ", ".join(column.name for column in contract.columns)
        begins = rows[0].data[:200].partition(b"\n")[0].decode(errors="backslashreplace")
        found = f"its first rows have no column of {contract.name}: {begins}"
        raise FileError(file.uri, found, f"the columns are {names}")


def _lines(file: Opened, objects: Objects, start: Position, end: int | None) -> Iterator[Chunk]:
    first = Position(file.mark)
    if start.at > first.at:
        skip(file.stream, start.at - first.at)
    lines = Lines(file.stream, max(first, start), end)
    while True:
        number = lines.position.line
        if not (block := lines.block()):
            return
        items = objects.of_lines(block, range(number, lines.position.line))
        yield Chunk(list(_one_by_one(block, number, objects)) if items is None else items, lines.position)


def _one_by_one(block: bytes, first: int, objects: Objects) -> Iterator[Item]:
    for number, line in enumerate(block.split(b"\n"), start=first):
        if not line.strip():
            continue
        try:
            yield from [_numbered(item, "line", number) for item in objects.one(line)]
        except NO_JSON as error:
            source_row = line.strip().decode(errors="backslashreplace")
            yield Reject("parse", f"line {number}: {error}; each line must be one JSON object", source_row, number)


def _numbered(item: Item, what: Literal["line", "element"], number: int) -> Item:
    if isinstance(item, Row):
        return item._replace(line=number)
    if not isinstance(item, Reject):
        return item
    return Reject(item.rule, f"{what} {number}: {item.reason}", item.source_row, number, item.column)


def _array(file: Opened, objects: Objects) -> Iterator[Chunk]:
    count, text = 0, Scanner(file.stream)
    try:
        text.past(b"[")
        for chunk in _of_arrays(slices.arrays(text), 0, objects):
            count = chunk.after.at
            yield chunk
        text.finish()
    except BrokenError as error:
        raise FileError(file.uri, f"the array breaks off after element {count} ({error})", _AGAIN) from error


def _of_arrays(arrays: Iterable[bytes], count: int, objects: Objects) -> Iterator[Chunk]:
    """The elements of arrays that are parts of one, after the first `count` of it."""
    for array in arrays:
        if (blocks := objects.of_array(array, count + 1)) is not None:
            count += sum(block.rows for block in blocks)
            yield Chunk(blocks, Position(count, count + 1))
            continue
        elements = slices.elements(array)
        items = list(_elements(elements, count, objects))
        count += len(elements)
        yield Chunk(items, Position(count, count + 1))


def _elements(elements: list[bytes], before: int, objects: Objects) -> Iterator[Item]:
    for number, element in enumerate(elements, start=before + 1):
        try:
            if not element.startswith(b"{"):
                raise msgspec.DecodeError("it is not an object; a row is one")
            yield from [_numbered(item, "element", number) for item in objects.one(element)]
        except NO_JSON as error:
            source_row = element.decode(errors="backslashreplace")
            yield Reject("parse", f"element {number}: {error}", source_row, number)


def _document(file: Opened, contract: Contract, objects: Objects) -> Iterator[Chunk]:
    """One object over several lines, or in one that is long: a row, or a document of rows."""
    count, text = 0, Scanner(file.stream)
    try:
        text.load(BLOCK_BYTES if contract.nest else MAX_LINE_BYTES)
        for chunk in _of_object(text, contract, objects):
            count = chunk.after.at
            yield chunk
        text.finish()
    except BrokenError as error:
        if not count:
            raise FileError(
                file.uri, f"it is not JSON: {error}", "it must be one object, an object a line, or an array"
            ) from error
        raise FileError(file.uri, f"the document breaks off after row {count} ({error})", _AGAIN) from error


def _of_object(text: Scanner, contract: Contract, objects: Objects) -> Iterator[Chunk]:
    """Raises `BrokenError` when it is a row that cannot be read."""
    reason = slices.fault(text.data) if text.ended else TOO_LONG
    if reason and (not contract.nest or (text.ended and text.data.count(b"{") == 1)):
        raise text.broken(reason)
    if reason:
        text.past(b"{")
        yield from _of_documents(slices.documents(text, len(contract.nest)), 0, contract, objects)
        return
    text.at = len(text.data)
    if contract.nest:
        yield from _of_documents([text.data], 0, contract, objects)
    else:
        yield Chunk(list(_elements([text.data.strip()], 0, objects)), Position(1, 2))


def _of_documents(documents: Iterable[bytes], count: int, contract: Contract, objects: Objects) -> Iterator[Chunk]:
    """The rows of documents that are parts of one, after the first `count` of it."""
    for document in documents:
        try:
            items: list[Item] = list(objects.one(document))
        except NO_JSON:
            branches = slices.branches(document, len(contract.nest))
            items = [item for keys, fields in branches for item in _fields(keys, fields, objects)]
        count += sum(item.rows if isinstance(item, Leaf) else 1 for item in items)
        yield Chunk(items, Position(count, count + 1))


def _fields(keys: Sequence[bytes], fields: list[bytes], objects: Objects) -> list[Item]:
    """The rows that are `fields` under `keys`; bad ones are separated from the others by halving."""
    document = slices.document_of(keys, fields)
    try:
        return list(objects.one(document))
    except NO_JSON as error:
        if len(fields) == 1:
            return [Reject("parse", str(error), document.decode(errors="backslashreplace"))]
    half = len(fields) // 2
    return _fields(keys, fields[:half], objects) + _fields(keys, fields[half:], objects)


def _at_path(file: Opened, path: str, contract: Contract, objects: Objects) -> Iterator[Chunk]:
    """The rows under `path` of a document: an array's elements, or a nested document's branches."""
    count, text = 0, Scanner(file.stream)
    route = Route(text, path, b"[{" if contract.nest else b"[")
    try:
        while bracket := route.enter():
            if bracket == b"[":
                found = _of_arrays(slices.arrays(text), count, objects)
            else:
                found = _of_documents(slices.documents(text, len(contract.nest)), count, contract, objects)
            for chunk in found:
                count = chunk.after.at
                yield chunk
    except BrokenError as error:
        raise FileError(file.uri, f"{path} breaks off after element {count} ({error})", _AGAIN) from error


def _peek(file: Opened) -> bytes:
    stream: Any = file.stream
    start: bytes = stream.peek(1)
    return start


def _fault(data: bytes) -> str:
    """Why `data` is not one JSON object, whatever its encoding; empty if it is, but for a value that Python takes."""
    text = data.decode(errors="replace")
    try:
        msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError) as error:
        return "" if data.count(b"{") == 1 and _is_python(text) else str(error)
    return ""


def _is_python(text: str) -> bool:
    """Whether `text` is an object for Python, which takes `NaN`, control characters and halves of pairs too."""
    try:
        return isinstance(json.loads(text, strict=False), dict)
    except (ValueError, RecursionError):
        return False
