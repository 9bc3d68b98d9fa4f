"""What CompressionFormat makes of an object: its body, extension and Content-Encoding.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_ExtendedS3DestinationConfiguration.html
"""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from local.firehose.configuration.config import Compression

_SNAPPY_BLOCK = 32 * 1024
_HADOOP_BLOCK = 256 * 1024
_XERIAL_HEADER = b"\x82SNAPPY\x00" + struct.pack(">II", 1, 1)


@dataclass(frozen=True)
class Encoding:
    """How one compression format writes objects; `content_encoding` is empty where none is sent."""

    encode: Callable[[bytes], bytes]
    extension: str
    content_encoding: str


def encoding_of(compression: Compression) -> Encoding:
    """The encoding of a CompressionFormat."""
    return _ENCODINGS[compression]


def _zip(body: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data", body)
    return file.getvalue()


def _xerial_snappy(body: bytes) -> bytes:
    return _XERIAL_HEADER + b"".join(
        struct.pack(">I", len(block)) + block for _, block in _snappy_blocks(body, _SNAPPY_BLOCK)
    )


def _hadoop_snappy(body: bytes) -> bytes:
    return b"".join(struct.pack(">II", size, len(block)) + block for size, block in _snappy_blocks(body, _HADOOP_BLOCK))


def _snappy_blocks(body: bytes, step: int) -> Iterator[tuple[int, bytes]]:
    codec = pa.Codec("snappy")
    for start in range(0, len(body), step):
        block = body[start : start + step]
        yield len(block), codec.compress(block, asbytes=True)


_ENCODINGS: dict[Compression, Encoding] = {
    "UNCOMPRESSED": Encoding(bytes, "", ""),
    "GZIP": Encoding(lambda body: gzip.compress(body, mtime=0), ".gz", "gzip"),
    "ZIP": Encoding(_zip, ".zip", "zip"),
    "Snappy": Encoding(_xerial_snappy, ".snappy", "snappy-java"),
    "HADOOP_SNAPPY": Encoding(_hadoop_snappy, ".snappy", "hadoop-snappy"),
}
