"""The journal's files as bytes: frames of records, and ranges of delivered sequence numbers.

Both kinds of entry carry a checksum: an entry that a crash cut short or damaged ends the file and is never read.
"""

import struct
from collections.abc import Iterator, Sequence

from zlib_ng.zlib_ng import crc32

from delivery import limits
from local.firehose.records import Record

_FRAME = struct.Struct("<IIQQI")
"""CRC-32 of all that follows it, bytes of the body, first sequence number, arrival (epoch ms), number of records."""
_CRC = struct.Struct("<I")
_DONE = struct.Struct("<QQ")
"""First and last sequence number of a run of delivered records; a checksum of the two follows."""
_DONE_BYTES = _DONE.size + _CRC.size

LARGEST_FRAME_BYTES = _FRAME.size + 4 * limits.MAX_BATCH_RECORDS + limits.MAX_BATCH_BYTES
"""One put with as many and as large records as a call may have."""


def encode_frame(first: int, arrival_ms: int, payloads: Sequence[bytes]) -> bytes:
    """One put: a head with the records' lengths, then their data as is."""
    lengths = [len(data) for data in payloads]
    size = sum(lengths) + 4 * len(lengths)
    head = _FRAME.pack(0, size, first, arrival_ms, len(lengths)) + struct.pack(f"<{len(lengths)}I", *lengths)
    crc = crc32(head[_CRC.size :])
    for data in payloads:
        crc = crc32(data, crc)
    return b"".join([_CRC.pack(crc), head[_CRC.size :], *payloads])


def whole_frames(data: bytes) -> Iterator[memoryview]:
    """The frames at the start of `data`, up to the first that is incomplete or damaged."""
    rest = memoryview(data)
    while len(rest) >= _FRAME.size:
        crc, size, *_ = _FRAME.unpack_from(rest)
        end = _FRAME.size + size
        if len(rest) < end or crc32(rest[_CRC.size : end]) != crc:
            return
        yield rest[:end]
        rest = rest[end:]


def frame_numbers(frame: memoryview) -> range:
    """The sequence numbers of a whole frame's records."""
    _, _, first, _, count = _FRAME.unpack_from(frame)
    return range(first, first + count)


def frame_records(frame: memoryview) -> Iterator[Record]:
    """The records of a whole frame."""
    _, _, first, arrival_ms, count = _FRAME.unpack_from(frame)
    position = _FRAME.size + 4 * count
    for number, length in enumerate(struct.unpack_from(f"<{count}I", frame, _FRAME.size), first):
        yield Record(number, arrival_ms, bytes(frame[position : position + length]))
        position += length


def encode_done(ordered: Sequence[int]) -> bytes:
    """Delivered sequence numbers, ascending, as bytes."""
    packed = (_DONE.pack(first, last) for first, last in ranges(ordered))
    return b"".join(run + _CRC.pack(crc32(run)) for run in packed)


def decode_done(data: bytes) -> tuple[list[tuple[int, int]], int]:
    """The whole ranges at the start of `data` as (first, last), and how many bytes they take."""
    found: list[tuple[int, int]] = []
    for at in range(0, len(data) - _DONE_BYTES + 1, _DONE_BYTES):
        run = data[at : at + _DONE.size]
        if _CRC.unpack_from(data, at + _DONE.size)[0] != crc32(run):
            break
        found.append(_DONE.unpack(run))
    return found, len(found) * _DONE_BYTES


def ranges(ordered: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Runs of consecutive numbers as (first, last); `ordered` ascends and may repeat."""
    if not ordered:
        return
    first = last = ordered[0]
    for number in ordered:
        if number > last + 1:
            yield first, last
            first = number
        last = number
    yield first, last
