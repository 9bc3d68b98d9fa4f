"""Rows of a JSON file: nested documents, rows one a line, one object, or one array."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final

import ijson
import msgspec

from delivery.packing import Leaf, Row
from producers.files.errors import FileError
from producers.files.opening import Opened
from producers.partitioning import cut, partition_in
from producers.rejects import Reject
from schemas.contract import Contract

_skeleton: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_row: Final = msgspec.json.Decoder(dict[str, Any])
_encoder: Final = msgspec.json.Encoder(decimal_format="number")


def rows(file: Opened, contract: Contract) -> Iterator[Row | Leaf | Reject]:
    """Each row or leaf as it came. An array or rows one a line take no memory; one document is read whole.

    Raises `FileError`: at once when the first row has no column of the contract, later when an array breaks off.
    """
    start = file.stream.peek(1).lstrip()
    found = _array(file, contract) if start.startswith(b"[") else _objects(file, contract)
    first = next(found, None)
    if first is None:
        raise FileError(file.uri, "the file holds no rows", f"each row has {', '.join(contract.key)}")
    if isinstance(first, Row) and not _known(first.data, contract):
        names = ", ".join(column.name for column in contract.columns)
        begins = first.data[:200].decode(errors="backslashreplace")
        raise FileError(
            file.uri, f"its first row has no column of {contract.name}: {begins}", f"the columns are {names}"
        )
    yield from chain([first], found)


def _objects(file: Opened, contract: Contract) -> Iterator[Row | Leaf | Reject]:
    """One object over several lines, or an object a line."""
    line = next(line for line in file.stream if line.strip())
    if _fault(line) is None:
        yield from _lines(chain([line], file.stream), contract)
        return
    document = line + file.stream.read()
    lines = document.splitlines(keepends=True)
    fault = _fault(document)
    if fault is None:
        yield from _lines([document], contract)
    elif any(_fault(line) is None for line in lines[1:3]):
        yield from _lines(lines, contract)
    else:
        raise FileError(file.uri, f"it is not JSON: {fault}", "it must be one object, an object a line, or an array")


def _lines(lines: Iterable[bytes], contract: Contract) -> Iterator[Row | Leaf | Reject]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield from _object(line, contract)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            source_row = line.strip().decode(errors="backslashreplace")
            yield Reject("parse", f"line {number}: {error}; each line must be one JSON object", source_row)


def _array(file: Opened, contract: Contract) -> Iterator[Row | Leaf | Reject]:
    number = 0
    try:
        for number, item in enumerate(ijson.items(file.stream, "item"), start=1):
            data = _encoder.encode(item)
            if isinstance(item, dict):
                yield from _object(data, contract)
            else:
                yield Reject("parse", f"element {number} is not an object; a row is one", data.decode())
    except ijson.JSONError as error:
        found = f"the array breaks off after element {number} ({str(error).splitlines()[0]})"
        raise FileError(
            file.uri, found, "correct the file and drop it again; rows are told apart by their key"
        ) from error


def _object(data: bytes, contract: Contract) -> Iterator[Row | Leaf | Reject]:
    """The rows of one object, which is a row itself unless the contract nests them.

    Raises `msgspec.DecodeError` or `UnicodeDecodeError`.
    """
    data.decode()
    small = msgspec.json.format(data, indent=-1)
    if contract.nest and not _has_key(_skeleton.decode(small), contract):
        yield from cut(small, contract)
    else:
        yield Row(partition_in(_row.decode(small), contract), small)


def _has_key(fields: dict[str, msgspec.Raw], contract: Contract) -> bool:
    return all(any(name in fields for name in contract.column(key).accepted_names) for key in contract.key)


def _known(data: bytes, contract: Contract) -> bool:
    fields = _row.decode(data)
    return any(name in fields for column in contract.columns for name in column.accepted_names)


def _fault(data: bytes) -> str | None:
    """Why `data` is not one JSON object; None if it is."""
    try:
        _skeleton.decode(data)
    except msgspec.DecodeError as error:
        return str(error)
    return None
