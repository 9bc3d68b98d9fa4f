"""The journal's files as bytes: frames of records, and ranges of delivered sequence numbers."""

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from local.firehose.records import Record

DONE_RANGE = struct.Struct("<QQ")
"""First and last sequence number of a run of delivered records."""

_FRAME = struct.Struct("<IIQQI")
"""CRC-32 of all that follows it, bytes of the body, first sequence number, arrival (epoch ms), number of records."""
_CRC_BYTES = 4


def encode_frame(first: int, arrival_ms: int, payloads: Sequence[bytes]) -> bytes:
    """One put as bytes: the lengths of its records, then their data."""
    body = struct.pack(f"<{len(payloads)}I", *map(len, payloads)) + b"".join(payloads)
    head = _FRAME.pack(0, len(body), first, arrival_ms, len(payloads))[_CRC_BYTES:]
    return struct.pack("<I", zlib.crc32(body, zlib.crc32(head))) + head + body


def read_frames(path: Path) -> Iterator[Record]:
    """The records of a segment, up to the first frame that is incomplete or damaged."""
    data = memoryview(path.read_bytes())
    while len(data) >= _FRAME.size:
        crc, size, first, arrival_ms, count = _FRAME.unpack_from(data)
        end = _FRAME.size + size
        if len(data) < end or zlib.crc32(data[_CRC_BYTES:end]) != crc:
            return
        lengths = struct.unpack_from(f"<{count}I", data, _FRAME.size)
        position = _FRAME.size + 4 * count
        for offset, length in enumerate(lengths):
            yield Record(first + offset, arrival_ms, bytes(data[position : position + length]))
            position += length
        data = data[end:]


def read_done(path: Path) -> set[int]:
    """The sequence numbers that were delivered out of a segment; a range cut short by a crash counts for nothing."""
    if not path.exists():
        return set()
    data = path.read_bytes()
    whole = len(data) - len(data) % DONE_RANGE.size
    return {number for first, last in DONE_RANGE.iter_unpack(data[:whole]) for number in range(first, last + 1)}


def ranges(sequences: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Runs of consecutive numbers as (first, last)."""
    ordered = sorted(sequences)
    if not ordered:
        return
    first = last = ordered[0]
    for number in ordered[1:]:
        if number > last + 1:
            yield first, last
            first = number
        last = number
    yield first, last
