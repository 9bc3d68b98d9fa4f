"""Rows in a document, by the path that leads to them. However much there is under one key, little of it is held."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final, TypeAlias

import ijson
import msgspec

from producers.files.formats.reading import batches
from producers.files.formats.streams.opening import Stream

_ROWS: Final = 1000
_encoder: Final = msgspec.json.Encoder(decimal_format="number")
_encode: Final = _encoder.encode

Events: TypeAlias = Iterator[tuple[str, str, Any]]
"""What `ijson.parse` gives."""


def elements(stream: Stream, path: str) -> Iterator[bytes]:
    """The elements of the array under `path`."""
    return map(_encode, ijson.items(stream, f"{path}.item"))


def branches(stream: Stream, path: str, depth: int) -> Iterator[bytes]:
    """The object of objects under `path`, `depth` deep, as smaller ones with some of its values each.

    Keys that occur twice do so here.
    """
    for above, found in groupby(_values(stream, path, depth), key=_above):
        before = b"".join(b"{" + _encode(key) + b":" for key in above)
        for batch in batches(found, _ROWS):
            fields = b",".join(_encode(keys[-1]) + b":" + _encode(value) for keys, value in batch)
            yield before + b"{" + fields + b"}" * (len(above) + 1)


def _above(found: tuple[tuple[str, ...], Any]) -> tuple[str, ...]:
    return found[0][:-1]


def _values(stream: Stream, path: str, depth: int) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The values under `path` and the keys that lead to them: `depth`, or fewer where a value is not an object."""
    events: Events = ijson.parse(stream)
    for prefix, event, _ in events:
        if prefix == path and event == "start_map":
            yield from _values_below(events, depth)


def _values_below(events: Events, depth: int) -> Iterator[tuple[tuple[str, ...], Any]]:
    above: tuple[str, ...] = ()
    key = ""
    for _, event, value in events:
        if event == "map_key":
            key = value
        elif event == "start_map" and len(above) < depth - 1:
            above = (*above, key)
        elif event != "end_map":
            yield (*above, key), _value(event, value, events)
        elif above:
            above = above[:-1]
        else:
            return


def _value(event: str, value: Any, events: Events) -> Any:
    """The value that begins with `event`, read to its end."""
    if event == "start_map":
        found = {}
        for _, inner, content in events:
            if inner == "map_key":
                key = content
            elif inner == "end_map":
                break
            else:
                found[key] = _value(inner, content, events) if inner in _OPENING else content
        return found
    if event == "start_array":
        items = []
        for _, inner, content in events:
            if inner == "end_array":
                break
            items.append(_value(inner, content, events) if inner in _OPENING else content)
        return items
    return value


_OPENING: Final = ("start_map", "start_array")
